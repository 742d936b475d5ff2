"""Choose what a sweep tries, and start it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.charts.sweep_settings import named
from playground.errors import ConfigError, InputError, PlaygroundError
from playground.lessons.comparison import label
from playground.lessons.number_text import decimal_mark, read_number
from playground.lessons.text_tables import read_tables
from playground.training import TrainConfig
from playground.training.sweep import (
    CHOICES,
    ETAS,
    MOST_RUNS,
    SETTINGS,
    WHOLE,
    WIDTH,
    Axis,
    Plan,
    Sweep,
    Value,
    has_width,
)
from playground.ui.kit.buttons import button
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.controls import attempt_to_start
from playground.ui.pages.train.settings import chosen_config
from playground.ui.pages.train.sweep_words import (
    across_of,
    epochs_in_words,
    show_sweep,
    shown_value,
)
from playground.ui.server.session import manager, visitor
from playground.validation import counted

_NONE = "none"
_SEEDS, _ETA = "sweep_seeds", "sweep_eta"
_MOST_SAID = 4  # settings that cannot be trained
_MOST_VALUES = 8  # of one setting
_KEPT: Any = {"persist_state": "session"}
# From, to, how many, whether on a logarithmic scale.
_USUAL: Mapping[str, tuple[float, float, int, bool]] = {
    "lr": (0.001, 1.0, 7, True),
    WIDTH: (8, 512, 7, True),
    "batch_size": (16, 1024, 7, True),
    "momentum": (0.0, 0.9, 4, False),
    "weight_decay": (0.00001, 0.1, 5, True),
    "beta1": (0.5, 0.9, 3, False),
    "beta2": (0.9, 0.999, 3, False),
    "label_noise": (0.0, 0.5, 6, False),
    "train_size": (500, 16_000, 6, True),
    "epochs": (1, 8, 4, True),
}


def sweep_starter(*, opened: bool) -> None:
    """A setting or two, seeds, and whether the worse are left out.

    Args:
        opened: whether it stands open at first.
    """
    with st.expander("Start a sweep", icon=":material/grid_on:", expanded=opened):
        try:
            config = chosen_config()
        except PlaygroundError as error:
            st.caption(escape_markdown(str(error)))
            return
        _axis_controls(1, config, "Setting", SETTINGS[0])
        _axis_controls(2, config, "And", _NONE)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            tip = "Each setting is trained with so many seeds, from the one above on."
            # Without bounds, as all settings: Streamlit would keep 100 to itself and show it.
            st.number_input("Seeds", value=1, key=_SEEDS, width=112, help=tip, **_KEPT)
            st.selectbox(
                "Early stopping of the worse",
                [0, *ETAS],
                format_func=_halving_in_words,
                key=_ETA,
                width=270,
                help="Successive halving: after epochs 1, η, η², … the settings are compared by "
                "their test loss (the mean over the seeds), and only the best go on.",
                **_KEPT,
            )
        try:
            definition = _chosen(config)
            plan = manager().sweeps.plan(definition)
        except PlaygroundError as error:
            st.caption(f":material/error: {escape_markdown(str(error))}")
            off = True
        else:
            st.caption(_in_words(definition, plan))
            off = not plan.trials
        button(
            "Start the sweep",
            _start,
            icon="grid_on",
            type="primary",
            disabled=off,
            key="start_sweep",
        )


def _axis_controls(number: int, config: TrainConfig, title: str, usual: str) -> None:
    """Which setting, and its values."""
    offered = [name for name in SETTINGS if name != WIDTH or has_width(config)]
    names = [_NONE, *offered]
    key = f"sweep_setting_{number}"
    if st.session_state.get(key, usual) not in names:  # another network has been chosen since
        st.session_state[key] = usual
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            title,
            names,
            index=names.index(usual),
            format_func=lambda each: "Nothing else" if each == _NONE else label(each),
            key=key,
            width=190,
            **_KEPT,
        )
        if name == _NONE:
            return
        keys = _keys(number, name)
        if name in CHOICES:
            st.multiselect(
                "Values",
                CHOICES[name],
                CHOICES[name],
                format_func=lambda value: str(shown_value(value)),
                key=keys["values"],
                **_KEPT,
            )
            return
        low, high, count, log = _USUAL[name]
        step = 1.0 if name in WHOLE else 0.01
        for end, value in (("from", low), ("to", high)):
            st.number_input(
                end.capitalize(),
                value=float(value),
                step=step,
                format="%.9g",
                key=keys[end],
                width=118,
                **_KEPT,
            )
        st.number_input("How many", value=count, key=keys["count"], width=104, **_KEPT)
        st.toggle("Log scale", log, key=keys["log"], help="Each a multiple of the last.", **_KEPT)
        st.text_input(
            "Or exactly these",
            key=keys["list"],
            placeholder="0.1 0.3 1",
            help="Numbers with spaces between them.",
            width=170,
            **_KEPT,
        )


def _keys(number: int, name: str) -> dict[str, str]:
    parts = ("from", "to", "count", "log", "list", "values")
    return {part: f"sweep_{number}_{name}_{part}" for part in parts}


def _chosen(config: TrainConfig) -> Sweep:
    """The sweep that the controls show.

    Raises:
        ConfigError: when it cannot be.
    """
    state = st.session_state
    axes = [
        _axis(number, name)
        for number, usual in ((1, SETTINGS[0]), (2, _NONE))
        if (name := state.get(f"sweep_setting_{number}", usual)) != _NONE
    ]
    count = int(state.get(_SEEDS, 1))
    if not 1 <= count <= MOST_RUNS:
        raise ConfigError(f"{count} seeds were asked for", allowed=f"1 to {MOST_RUNS}")
    seeds = range(config.seed, config.seed + count)
    return Sweep(config, tuple(axes), tuple(seeds), int(state.get(_ETA, 0)))


def _axis(number: int, name: str) -> Axis:
    state, keys = st.session_state, _keys(number, name)
    if name in CHOICES:
        return Axis(name, tuple(state.get(keys["values"], CHOICES[name])))
    low, high, count, log = _USUAL[name]
    log = bool(state.get(keys["log"], log))
    if (given := str(state.get(keys["list"]) or "")).strip():
        return Axis(name, tuple(sorted(_listed(name, given))), log)
    ends = float(state.get(keys["from"], low)), float(state.get(keys["to"], high))
    return Axis.spread(name, *ends, int(state.get(keys["count"], count)), log=log)


def _listed(name: str, text: str) -> list[Value]:
    """The numbers of a list, read as those of a batch that is pasted are."""
    try:
        tables = read_tables(text).tables
        cells = [cell.text for table in tables for row in table.rows for cell in row]
        mark = decimal_mark(cells)
        numbers = [read_number(each, mark) for each in cells]
    except InputError as error:
        raise ConfigError(
            f"{label(name)}, in the list: {error.problem}",
            allowed="numbers with spaces between them",
        ) from None
    return [int(n) if name in WHOLE and n.is_integer() else n for n in numbers]


def _halving_in_words(eta: int) -> str:
    words = {0: "None: all to their end", 2: "The better half goes on", 3: "The best third goes on"}
    return words.get(eta, f"The best 1/{eta} go on")


def _in_words(definition: Sweep, plan: Plan) -> str:
    """How many runs, in which order, and what cannot be trained."""
    at_once = manager().limits.running
    said = [
        f"{counted(len(plan.trials), 'run')}, {at_once} at a time, all settings with one seed "
        "before the next seed. Whoever else starts a run waits for one of them at most."
    ]
    said += [f"{label(axis.name)}: {_values_in_words(axis)}." for axis in definition.axes]
    if definition.rungs:
        said.append(f"They are compared {epochs_in_words(definition.rungs)}.")
    elif definition.eta:
        said.append("There is nothing to compare before the end: nobody is left out.")
    axes = across_of(definition)
    for values, reason in list(plan.faults.items())[:_MOST_SAID]:
        where = named(axes, [shown_value(value) for value in values])
        said.append(f"Left out, {where or 'all'}: {reason}.")
    if (more := len(plan.faults) - _MOST_SAID) > 0:
        said.append(f"And {more} more.")
    return escape_markdown(" ".join(said).strip())


def _values_in_words(axis: Axis) -> str:
    """How a list or a range was read."""
    said = [v if isinstance(v, str) else f"{v:.12g}" for v in map(shown_value, axis.values)]
    if len(said) > _MOST_VALUES:
        said = [*said[: _MOST_VALUES - 2], "…", said[-1]]
    return ", ".join(said)


def _start() -> None:
    def action() -> None:
        show_sweep(manager().sweeps.start(_chosen(chosen_config()), visitor()).id)

    attempt_to_start(action)
