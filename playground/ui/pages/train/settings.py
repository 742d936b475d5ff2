"""The controls that describe a run, bound to the URL, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from playground.errors import ConfigError
from playground.lessons import describe
from playground.networks import NETWORKS, Option
from playground.training import TrainConfig
from playground.ui.kit import link_warnings
from playground.ui.kit.links import goes_back, read_choice
from playground.ui.pages.train import data
from playground.ui.pages.train.number_fields import (
    ALL_EXAMPLES,
    KEPT,
    NumberField,
    faults,
    largest,
    number_fields,
)

DEFAULT = TrainConfig()
_OF_OTHER_PARTS = ("log", "lab", "run", "moment", "own", "training", "look_panels", "sweep")
_OF_ADAM = ("beta1", "beta2")
_NESTEROV = "Nesterov momentum"
_NARROW = 112  # px
# By the keys of controls, the field of the configuration that each shows as it is.
_FIELDS = {
    "model": "model",
    "lr": "lr",
    "momentum": "momentum",
    "batch": "batch_size",
    "epochs": "epochs",
    "patience": "patience",
    "optimizer": "optimizer",
    "nesterov": "nesterov",
    "beta1": "beta1",
    "beta2": "beta2",
    "device": "device",
    "schedule": "schedule",
    "decay": "weight_decay",
    "noise": "label_noise",
    "seed": "seed",
    "init": "init",
    "twice": "double_softmax",
    "shuffled": "shuffled_labels",
}


def settings(on_live_change: Callable[[str], None]) -> None:
    """Draw the controls. Their values are read with `chosen_config`.

    Args:
        on_live_change: called with the name of a setting that a run takes over at once.
    """
    fields = number_fields()
    # Fixed widths in a row that wraps: one line on a laptop, two to a line on a phone.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choice("Data", data.KEY, width=165)
        _choice("Network", "model", width=290)
        tip = "Also works while the run goes on, and leaves a mark on the chart."
        live: dict[str, Any] = {"on_change": partial(on_live_change, "lr"), "width": _NARROW}
        fields["lr"].draw(help=tip, **live)
        live["on_change"] = partial(on_live_change, "momentum")
        fields["momentum"].draw(help="Of SGD. Also works live.", **live)
        fields["batch"].draw(width=_NARROW)
        fields["epochs"].draw(width=_NARROW)
        with st.popover("Settings", icon=":material/tune:", width=128):
            _more_settings(fields, on_live_change)
    _check_absent(fields)
    with st.container():  # always there, so that what stands below keeps its place
        data.data_panel(opened=not st.query_params.get("run"))


def _check_absent(fields: Mapping[str, NumberField]) -> None:
    """Say what a link asks of another network or optimizer than the chosen ones."""
    chosen = NETWORKS[st.session_state.get("model", DEFAULT.model)]
    for option in (option for each in NETWORKS.values() for option in each.options):
        if option.key and option not in chosen.options:
            link_warnings.check_absent(option.label, option.key, "the chosen network has none")
    labels = {"nesterov": _NESTEROV} | {key: fields[key].label for key in _OF_ADAM}
    for key, label in labels.items():  # those of the chosen one have been checked
        link_warnings.check_absent(label, key, "the chosen optimizer has none")


def _network_settings() -> None:
    """What the chosen network can be told besides its name."""
    for option, usual in _size_controls(st.session_state.get("model", DEFAULT.model), {}):
        if isinstance(usual, int):
            _size_field(option).draw()
        else:
            tip = "Numbers between commas, one for each layer."
            st.text_input(option.label, usual, key=option.key, help=tip, **KEPT)
    label = "Classes to learn" if data.class_labels_matter() else "Digits to learn"
    tip = "Labels such as 4 9; for the binary network two, or one against the rest."
    every = "all that the network has"
    st.text_input(label, "", key="digits", placeholder=every, help=tip, **KEPT)


def _size_field(option: Option) -> NumberField:
    """The field of an option that is a whole number."""
    high = largest().get(option.key, option.high)
    usual = option.default if isinstance(option.default, int) else option.low
    return NumberField(option.key, option.label, usual, option.low, high)


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


def _more_settings(
    fields: Mapping[str, NumberField], on_live_change: Callable[[str], None]
) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="sp_more_settings"):
        _network_settings()
        _training_settings(fields, on_live_change)
    st.markdown("**Breaks on purpose**")
    with st.container(horizontal=True, vertical_alignment="bottom", key="sp_broken_settings"):
        _broken_settings()


def _training_settings(
    fields: Mapping[str, NumberField], on_live_change: Callable[[str], None]
) -> None:
    _choice("Optimizer", "optimizer")
    if st.session_state.get("optimizer", DEFAULT.optimizer) == "sgd":
        tip = "Needs a momentum above 0."
        _switch(_NESTEROV, "nesterov", help=tip)
    else:
        tip = "Of Adam: how much of the past its mean of the gradients keeps at each step."
        fields["beta1"].draw(help=tip)
        fields["beta2"].draw(help="The same of its mean of their squares.")
    _choice("Learning-rate schedule", "schedule")
    tip = (
        "Stops after so many epochs without a lower test loss than ever before; 0: never. "
        "What is tested on decides then, too, so it is no longer unseen."
    )
    fields["patience"].draw(help=tip)
    fields["decay"].draw(on_change=partial(on_live_change, "weight_decay"))
    tip = "The first so many; at the highest value all that the network's classes have."
    fields["examples"].draw(help=tip)
    fields["noise"].draw(help="Fraction of training labels replaced by another class.")
    fields["seed"].draw()
    _choice("Device", "device")


def _broken_settings() -> None:
    _choice("Weights at the start", "init")
    _switch("Softmax twice", "twice")
    _switch("Shuffle the training labels", "shuffled")
    _switch("No ReLU between the layers", "no_relu", help="Of notebook A's and B's networks.")


def _switch(label: str, key: str, **options: Any) -> None:
    on = st.checkbox(label, value=False, key=key, **KEPT, **options)
    link_warnings.check_switch(label, key, on)


def _choice(label: str, key: str, **options: Any) -> None:
    choice = choices()[key]
    chosen = st.selectbox(
        label,
        list(choice.names),
        index=list(choice.names).index(choice.usual),
        format_func=choice.names.__getitem__,
        key=key,
        persist_state="session",
        **options,
    )
    link_warnings.check_choice(label, key, chosen, choice.names, choice.former)


def log_switch() -> None:
    """Whether the loss is drawn on a logarithmic scale."""
    on = st.toggle("Log scale", key="log", help="Of the loss.", **KEPT)
    link_warnings.check_switch("Log scale", "log", on)


def log_scale() -> bool:
    """Whether it is on."""
    return bool(st.session_state.get("log"))


def chosen_config() -> TrainConfig:
    """The configuration the controls show.

    Raises:
        ConfigError: when they do not fit together.
    """
    state = st.session_state
    _require_numbers()
    is_sgd = state.get("optimizer", DEFAULT.optimizer) == "sgd"
    unused = _OF_ADAM if is_sgd else ("nesterov",)  # is not shown either
    values: dict[str, Any] = {}
    for key, name in _FIELDS.items():
        usual = getattr(DEFAULT, name)
        values[name] = usual if key in unused else type(usual)(state.get(key, usual))
    examples = int(state.get("examples", ALL_EXAMPLES))
    digits = str(state.get("digits") or "")
    return TrainConfig(
        **values,
        model_options=_network_options(values["model"]),
        dataset=data.chosen_dataset(),
        classes=tuple(_whole_numbers(digits, "classes to learn", "4, 9"))
        if digits.strip()
        else None,
        train_size=None if examples == ALL_EXAMPLES else examples,
    )


def _require_numbers() -> None:
    if problem := number_problem():
        raise ConfigError(problem, advice="Correct what is red above")


def number_problem() -> str:
    """What is wrong with the numbers that the page shows, "" if nothing is."""
    state = st.session_state
    model = state.get("model", DEFAULT.model)
    adam = state.get("optimizer", DEFAULT.optimizer) != "sgd"
    shown = [each for each in number_fields().values() if adam or each.key not in _OF_ADAM]
    sizes = (option for option, usual in _size_controls(model, {}) if isinstance(usual, int))
    return "; ".join(faults([*shown, *map(_size_field, sizes)]))


def set_config(config: TrainConfig, *, but: Container[str] = ()) -> None:
    """Let the controls show a configuration. For callbacks, and before the controls.

    What is larger than this server allows, as of a run from before, is shown as large as it may.

    Args:
        but: keys of controls to leave as they are.
    """
    state, most = _state_of(config), largest()
    state |= {key: min(int(state[key]), highest) for key, highest in most.items()}
    st.session_state.update({k: v for k, v in state.items() if k not in but})


def _state_of(config: TrainConfig) -> dict[str, Any]:
    """By the controls' keys, the values with which they add up to a configuration."""
    options = config.model_options
    sizes = [control for model in NETWORKS for control in _size_controls(model, options)]
    shown = {key: getattr(config, name) for key, name in _FIELDS.items()}
    return data.state_of(config.dataset) | {
        **shown,
        "examples": config.train_size or ALL_EXAMPLES,
        "no_relu": options.get("activation") == "none",
        **{option.key: text for option, text in sizes},
        "digits": "" if config.classes is None else " ".join(map(str, config.classes)),
    }


@dataclass(frozen=True)
class Choice:
    """What a choice may be in links.

    Attributes:
        names: what each id is called on the page.
        usual: the id that is left out.
        also: what else ids are called in links.
    """

    names: Mapping[str, str]
    usual: str
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """The ids are what the controls choose from."""
        return {name: name for name in self.names}

    @property
    def former(self) -> dict[str, str]:
        """What ids were called in links from before: then a link had the text of the page."""
        return {text: name for name, text in self.names.items()} | dict(self.also)


def choices() -> dict[str, Choice]:
    """By the controls' keys, those that are a choice among names."""
    networks = {name: network.title for name, network in NETWORKS.items()}
    former = {title: each.name for each in NETWORKS.values() for title in each.former_titles}
    texts = {
        "optimizer": describe.OPTIMIZERS,
        "schedule": describe.SCHEDULES,
        "init": describe.INITS,
        "device": describe.DEVICES,
    }
    return {
        data.KEY: Choice(data.TITLES, data.DEFAULT, data.own_link()),
        "model": Choice(networks, DEFAULT.model, former),
        **{key: Choice(names, getattr(DEFAULT, key)) for key, names in texts.items()},
    }


def read_link() -> None:
    """Take in what the address asks of the settings. Before anything is drawn, each run."""
    sizes = [option for each in NETWORKS.values() for option in each.options if option.key]
    numbers = {field.key: field.allows for field in number_fields().values()} | {
        option.key: _size_field(option).allows
        for option in sizes
        if isinstance(option.default, int)
    }
    link_warnings.read_link(numbers)
    for key, choice in choices().items():
        read_choice(key, choice.values, choice.usual, choice.former)


def setting_keys() -> set[str]:
    """Of the controls, and what they are called in the address."""
    return {*_state_of(DEFAULT), *data.DATA_KEYS}


def parameters() -> set[str]:
    """What the page's address may hold."""
    return {*_state_of(DEFAULT), *_OF_OTHER_PARTS}


def link_parameters(config: TrainConfig) -> dict[str, str]:
    """The address of a configuration: its values other than the defaults, as widgets read them."""
    state = _state_of(config)
    return {
        key: _in_address(state[key])
        for key, usual in _state_of(DEFAULT).items()
        if state[key] != usual
    }


def _in_address(value: Any) -> str:
    return f"{value:.12g}" if type(value) in {int, float} else str(value)


def says_config(config: TrainConfig) -> bool:
    """Whether the address has a value for all in which a configuration differs from the default."""
    # On the browser's way back the controls are yet to follow the address.
    state, usual = {} if goes_back() else st.session_state, _state_of(DEFAULT)
    return all(
        state[key] != usual[key] if key in state else key in st.query_params
        for key in link_parameters(config)
    )
