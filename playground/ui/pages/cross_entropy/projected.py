"""The cross-entropy lesson in projection mode: in each section sliders and one picture."""

from __future__ import annotations

import streamlit as st

from playground import charts
from playground.charts.base import digits
from playground.lessons.batch import Losses, losses_of
from playground.lessons.libraries import five_ways
from playground.lessons.results import difference
from playground.lessons.states import CrossEntropyState
from playground.ui.components.figure import figure
from playground.ui.components.logit_bench import Column
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import short
from playground.ui.kit.url_state import LinkedState
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.cross_entropy.batch_table import say_reasons, true_cells
from playground.ui.pages.cross_entropy.views import (
    HEIGHT,
    gradient_step,
    logit_sliders,
    pair_sliders,
    probability_curve,
    probability_sliders,
    real_digits,
)
from playground.ui.pages.lesson import said_instead

Linked = LinkedState[CrossEntropyState]


def projected_section(linked: Linked) -> None:
    """The section that is chosen. `lesson.projected` says what the containers' keys mean."""
    state = linked.state
    if state.section in {"digit", "wall"}:
        with st.container(key="sp_alone"):
            # The question stands above.
            with_torch(lambda: real_digits(linked, state, lambda: None))
        return
    if state.section == "batch":
        with st.container(key="sp_alone"), st.container(key="sp_batch"):
            _batch(state)
        return
    with st.container(key="sp_sliders"):
        _sliders(linked, state)
    with st.container(key="sp_beside"):
        _picture(linked, state)


def _sliders(linked: Linked, state: CrossEntropyState) -> None:
    if state.section == "probabilities":
        probability_sliders(linked, state, resizable=False)
    elif state.section == "binary":
        pair_sliders(linked, state, ("probability", "loss"))
    elif state.section == "ways":
        logit_sliders(linked, state, "ways_sliders", ("probability", "loss"), resizable=False)
    else:
        slope: tuple[Column, ...] = ("probability", "gradient")
        logit_sliders(linked, state, "example_sliders", slope, resizable=False)
        gradient_step(linked, state)


def _picture(linked: Linked, state: CrossEntropyState) -> None:
    if state.section == "probabilities":
        probability_curve(state)
    elif state.section == "binary":
        chart = charts.binary_loss(difference(state.pair), int(state.positive))
        figure(chart, key="binary", height=HEIGHT, follows="pair_sliders")
    elif state.section == "ways" and linked.preset and linked.preset.id == "twice":
        if not said_instead(state.logits):
            chart = charts.softmax_twice(state.logits, state.target)
            figure(chart, key="twice", height=HEIGHT, follows="ways_sliders")
    elif state.section == "ways":
        with st.container(key="sp_at_release"):
            with_torch(lambda: _ways(state))
    elif not said_instead(state.logits):
        chart = charts.loss_curve_of_logits(state.logits, state.target)
        figure(chart, key="loss_curve", height=HEIGHT, follows="example_sliders")


def _ways(state: CrossEntropyState) -> None:
    ways = five_ways(state.logits, state.target)
    rows = [[way.name, f"**{short(way.value, 10)}**"] for way in ways]
    number_table(["Way", "Loss"], rows, label="The same loss five ways")


def _batch(state: CrossEntropyState) -> None:
    """Both predictions of each row with their losses; the means in the last row."""
    columns: list[list[str]] = [true_cells(state)]
    last = ["mean"]
    both = [losses_of(each, state) for each in (state.batch, state.rival)]
    n = sum(both[0].counts)
    for logits, losses in zip((state.batch, state.rival), both, strict=True):
        columns.append([", ".join(map(digits, row)) for row in logits])
        columns.append([_predicted(losses, i, y) for i, y in enumerate(state.labels)])
        columns.append(
            [
                short(loss) if counts else "ignored"
                for loss, counts in zip(losses.each, losses.counts, strict=True)
            ]
        )
        last += ["", f"{losses.hits} of {n}", f"**{short(losses.mean)}**"]
    heads = ["True class", *(2 * ["Logits", "Arg max", "Loss"])]
    rows = [list(row) for row in zip(*columns, strict=True)]
    muted = {i for i, counts in enumerate(both[0].counts) if not counts}
    label = "Two predictions for the same classes"
    number_table(heads, [*rows, last], label=label, muted=muted)
    say_reasons(both)


def _predicted(losses: Losses, row: int, label: int) -> str:
    mark = f" {'✓' if losses.predictions[row] == label else '✗'}" * losses.counts[row]
    return f"{losses.predictions[row]}{mark}"
