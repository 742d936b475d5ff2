"""The controls that describe a run, bound to the URL, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from typing import Any

import streamlit as st

from playground import golden_values
from playground.errors import ConfigError
from playground.lessons import describe
from playground.networks import NETWORKS, Option
from playground.training import OPTIMIZERS, SCHEDULES, TrainConfig
from playground.ui.pages.train import data, link_warnings
from playground.ui.server.session import manager

DEFAULT = TrainConfig()
_ALL_EXAMPLES = golden_values.TRAIN_IMAGES
_NARROW = 112  # px
# In the URL, which survives a reload, and in the session, which survives a visit to another page.
_KEPT: Any = {"bind": "query-params", "persist_state": "session"}


def settings(on_live_change: Callable[[str], None]) -> None:
    """Draw the controls. Their values are read with `chosen_config`.

    Args:
        on_live_change: called with the name of a setting that a run takes over at once.
    """
    link_warnings.read_link(_NUMBERS)
    most = _largest()
    # Fixed widths in a row that wraps: one line on a laptop, two to a line on a phone.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        data.data_choice(width=165)
        _choice("Network", "model", _network_titles(), DEFAULT.model, width=290)
        tip = "Also works while the run goes on, and leaves a mark on the chart."
        live: dict[str, Any] = {"on_change": partial(on_live_change, "lr"), "width": _NARROW}
        _number(
            "Learning rate",
            "lr",
            DEFAULT.lr,
            1e-6,
            1e6,
            step=0.001,
            format="%.6g",
            help=tip,
            **live,
        )
        tip = "Of SGD. Also works live."
        live["on_change"] = partial(on_live_change, "momentum")
        _number("Momentum", "momentum", DEFAULT.momentum, 0.0, 0.999, step=0.05, help=tip, **live)
        _number("Batch size", "batch", DEFAULT.batch_size, 1, most["batch"], width=_NARROW)
        _number("Epochs", "epochs", DEFAULT.epochs, 1, most["epochs"], width=_NARROW)
        with st.popover("Settings", icon=":material/tune:", width=128):
            _more_settings(on_live_change)
    with st.container():  # always there, so that what stands below keeps its place
        data.data_panel(opened=not st.query_params.get("run"))


def _largest() -> dict[str, int]:
    """By the controls' keys, the highest values that this server allows."""
    limits = manager().limits
    return {
        "epochs": limits.epochs,
        "batch": min(limits.batch, _ALL_EXAMPLES),
        "units": limits.units,
        "channels": limits.channels,
    }


def _network_settings() -> None:
    """What the chosen network can be told besides its name."""
    most = _largest()
    for option, usual in _size_controls(st.session_state.get("model", DEFAULT.model), {}):
        if isinstance(usual, int):
            highest = most.get(option.key, option.high)
            _number(option.label, option.key, usual, option.low, highest)
        else:
            tip = "Numbers between commas, one for each layer."
            st.text_input(option.label, usual, key=option.key, help=tip, **_KEPT)
    label = "Classes to learn" if data.class_labels_matter() else "Digits to learn"
    tip = "Labels such as 4 9; for the binary network two, or one against the rest."
    every = "all that the network has"
    st.text_input(label, "", key="digits", placeholder=every, help=tip, **_KEPT)


def _network_titles() -> dict[str, str]:
    return {name: network.title for name, network in NETWORKS.items()}


def _size_controls(model: str, given: Mapping[str, Any]) -> Iterator[tuple[Option, Any]]:
    """The options of a network that have a control, which shows a number or widths as text."""
    for option in NETWORKS[model].options:
        if option.key:
            value = given.get(option.name, option.default)
            yield option, value if isinstance(option.default, int) else ", ".join(map(str, value))


def _network_options(model: str) -> dict[str, Any]:
    """The options that differ from the network's own.

    Raises:
        ConfigError: when the text of the layers holds something else than numbers.
    """
    state = st.session_state
    options: dict[str, Any] = {}
    for option, usual in _size_controls(model, {}):
        if (value := state.get(option.key, usual)) == usual:
            continue
        if isinstance(usual, int):
            options[option.name] = int(value)
        else:
            options[option.name] = _whole_numbers(value, option.label.lower(), usual)
    if state.get("no_relu") and "activation" in NETWORKS[model].defaults:
        options["activation"] = "none"
    return options


def _whole_numbers(text: str, what: str, example: str) -> list[int]:
    parts = text.replace(",", " ").replace("-", " ").split()
    if not parts or not all(part.isascii() and part.isdecimal() for part in parts):
        raise ConfigError(
            f"The {what} are “{text[:60]}”",
            allowed=f"whole numbers between commas, as {example}",
        )
    return [int(part[:9]) for part in parts]


def _more_settings(on_live_change: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="sp_more_settings"):
        _network_settings()
        _training_settings(on_live_change)
    st.markdown("**Breaks on purpose**")
    with st.container(horizontal=True, vertical_alignment="bottom", key="sp_broken_settings"):
        _broken_settings()


def _training_settings(on_live_change: Callable[[str], None]) -> None:
    names = {name: describe.OPTIMIZERS[name] for name in OPTIMIZERS}
    _choice("Optimizer", "optimizer", names, DEFAULT.optimizer)
    if st.session_state.get("optimizer", DEFAULT.optimizer) == "sgd":
        tip = "Needs a momentum above 0."
        st.checkbox("Nesterov momentum", value=False, key="nesterov", help=tip, **_KEPT)
    else:
        fine: dict[str, Any] = {"format": "%.6g"}
        fine["help"] = "Of Adam: how much of the past its mean of the gradients keeps at each step."
        _number("β₁", "beta1", DEFAULT.beta1, 0.0, 0.9999, step=0.01, **fine)
        fine["help"] = "The same of its mean of their squares."
        _number("β₂", "beta2", DEFAULT.beta2, 0.0, 0.999999, step=0.001, **fine)
    names = {name: describe.SCHEDULES[name] for name in SCHEDULES}
    _choice("Learning-rate schedule", "schedule", names, DEFAULT.schedule)
    live = partial(on_live_change, "weight_decay")
    _number("Weight decay", "decay", 0.0, 0.0, 1000.0, step=0.0001, format="%.6g", on_change=live)
    tip = "The first so many; at the highest value all that the network's classes have."
    most = _ALL_EXAMPLES
    _number("Training examples", "examples", most, 1, most, step=1000, help=tip)
    tip = "Fraction of training labels replaced by another class."
    _number("Wrong labels", "noise", 0.0, 0.0, 1.0, step=0.05, format="%.2f", help=tip)
    _number("Seed", "seed", DEFAULT.seed, 0, 2**31 - 1)
    _choice("Device", "device", describe.DEVICES, DEFAULT.device)


def _broken_settings() -> None:
    _choice("Weights at the start", "init", describe.INITS, DEFAULT.init)
    st.checkbox("Softmax twice", value=False, key="twice", **_KEPT)
    st.checkbox("Shuffle the training labels", value=False, key="shuffled", **_KEPT)
    tip = "Of notebook A's and B's networks."
    st.checkbox("No ReLU between the layers", value=False, key="no_relu", help=tip, **_KEPT)


def _choice(label: str, key: str, names: dict[str, str], default: str, **options: Any) -> None:
    chosen = st.selectbox(
        label,
        list(names),
        index=list(names).index(default),
        format_func=lambda name: names[name],
        key=key,
        **_KEPT,
        **options,
    )
    link_warnings.check_choice(label, key, names[chosen], names.values())


def _number(label: str, key: str, default: float, low: float, high: float, **options: Any) -> None:
    number = st.number_input(
        label, min_value=low, max_value=high, value=default, key=key, **_KEPT, **options
    )
    link_warnings.check_number(label, key, number, low, high)


def log_switch() -> None:
    """Whether the loss is drawn on a logarithmic scale."""
    st.toggle("Log scale", key="log", help="Of the loss.", **_KEPT)


def log_scale() -> bool:
    """Whether it is on."""
    return bool(st.session_state.get("log"))


def chosen_config() -> TrainConfig:
    """The configuration the controls show.

    Raises:
        ConfigError: when they do not fit together.
    """
    state = st.session_state
    examples = int(state.get("examples", _ALL_EXAMPLES))
    model = state.get("model", DEFAULT.model)
    digits = str(state.get("digits") or "")
    optimizer = state.get("optimizer", DEFAULT.optimizer)
    return TrainConfig(
        model=model,
        model_options=_network_options(model),
        dataset=data.chosen_dataset(),
        classes=tuple(_whole_numbers(digits, "classes to learn", "4, 9"))
        if digits.strip()
        else None,
        optimizer=optimizer,
        lr=float(state.get("lr", DEFAULT.lr)),
        momentum=float(state.get("momentum", DEFAULT.momentum)),
        nesterov=optimizer == "sgd" and bool(state.get("nesterov", DEFAULT.nesterov)),
        beta1=float(state.get("beta1", DEFAULT.beta1)),
        beta2=float(state.get("beta2", DEFAULT.beta2)),
        device=state.get("device", DEFAULT.device),
        weight_decay=float(state.get("decay", DEFAULT.weight_decay)),
        schedule=state.get("schedule", DEFAULT.schedule),
        batch_size=int(state.get("batch", DEFAULT.batch_size)),
        epochs=int(state.get("epochs", DEFAULT.epochs)),
        seed=int(state.get("seed", DEFAULT.seed)),
        train_size=None if examples == _ALL_EXAMPLES else examples,
        label_noise=float(state.get("noise", DEFAULT.label_noise)),
        init=state.get("init", DEFAULT.init),
        double_softmax=bool(state.get("twice", DEFAULT.double_softmax)),
        shuffled_labels=bool(state.get("shuffled", DEFAULT.shuffled_labels)),
    )


def set_config(config: TrainConfig, *, but: Container[str] = ()) -> None:
    """Let the controls show a configuration. For callbacks, and before the controls.

    What is larger than this server allows, as of a run from before, is shown as large as it may.

    Args:
        but: keys of controls to leave as they are.
    """
    state, most = _state_of(config), _largest()
    state |= {key: min(int(state[key]), highest) for key, highest in most.items()}
    st.session_state.update({k: v for k, v in state.items() if k not in but})


def _state_of(config: TrainConfig) -> dict[str, Any]:
    """By the controls' keys, the values with which they add up to a configuration."""
    options = config.model_options
    sizes = [control for model in NETWORKS for control in _size_controls(model, options)]
    return data.state_of(config.dataset) | {
        "model": config.model,
        "lr": config.lr,
        "momentum": config.momentum,
        "batch": config.batch_size,
        "epochs": config.epochs,
        "optimizer": config.optimizer,
        "nesterov": config.nesterov,
        "beta1": config.beta1,
        "beta2": config.beta2,
        "device": config.device,
        "schedule": config.schedule,
        "decay": config.weight_decay,
        "examples": config.train_size or _ALL_EXAMPLES,
        "noise": config.label_noise,
        "seed": config.seed,
        "init": config.init,
        "twice": config.double_softmax,
        "shuffled": config.shuffled_labels,
        "no_relu": options.get("activation") == "none",
        **{option.key: shown for option, shown in sizes},
        "digits": "" if config.classes is None else " ".join(map(str, config.classes)),
    }


# Keys of the controls for numbers.
_NUMBERS = tuple(key for key, value in _state_of(DEFAULT).items() if type(value) in {int, float})


def link_texts() -> dict[str, dict[str, str]]:
    """What the choices are called in links, and the texts that stand for them on the page."""
    return {
        data.KEY: data.link_texts(),
        "model": _network_titles()
        | {former: each.title for each in NETWORKS.values() for former in each.former_titles},
        "optimizer": describe.OPTIMIZERS,
        "schedule": describe.SCHEDULES,
        "init": describe.INITS,
        "device": describe.DEVICES,
    }


def link_parameters(config: TrainConfig) -> dict[str, str]:
    """The address of a configuration: its values other than the defaults, as widgets read them."""
    texts, state = link_texts(), _state_of(config)
    return {
        key: texts[key][state[key]] if key in texts else str(state[key])
        for key, usual in _state_of(DEFAULT).items()
        if state[key] != usual
    }
