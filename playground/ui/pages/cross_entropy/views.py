"""The sections of the cross-entropy lesson that have one example under the sliders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from playground import charts, maths
from playground.lessons.libraries import five_ways
from playground.lessons.results import difference
from playground.lessons.states import CrossEntropyState
from playground.ui.components.counting_button import counting_button
from playground.ui.components.figure import figure
from playground.ui.components.live_text import live_text
from playground.ui.components.logit_bench import Bench, Column, Values, logit_bench
from playground.ui.kit.number_field import number_field, say_typed
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import short
from playground.ui.kit.url_state import LinkedState
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.lesson import said_instead, sliders_and_beside

HEIGHT = 300
Linked = LinkedState[CrossEntropyState]
Ask = Callable[[], None]  # shows what to predict before looking


def columns(state: CrossEntropyState, *more: Column) -> tuple[Column, ...]:
    """What stands beside the sliders: the probabilities and `more`, and if wanted all steps."""
    if not state.steps:
        return ("probability", *more)
    return ("shifted", "exponential", "probability", "loss", *more)


def example_section(linked: Linked, state: CrossEntropyState, ask: Ask) -> None:
    """One example: its loss, the slope in each logit, and a step down that slope."""
    sliders, beside = sliders_and_beside(steps=state.steps)
    with sliders:
        logit_sliders(linked, state, "example_sliders", columns(state, "gradient"))
        gradient_step(linked, state)
        ask()
    with beside:
        st.latex(
            r"L = -\log p_y = -z_y + \log \sum_k e^{z_k}"
            r"\qquad \frac{\partial L}{\partial z_k} = p_k - y_k"
        )
        if not said_instead(state.logits):
            chart = charts.loss_curve_of_logits(state.logits, state.target)
            figure(chart, key="loss_curve", height=HEIGHT, follows="example_sliders")


def gradient_step(linked: Linked, state: CrossEntropyState) -> None:
    """The button that moves the logits down the slope, and what the loss will do."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number_field("Rate η", linked, "rate", low=0.0, width=140)
        counting_button(
            "Take one gradient step",
            key="gradient_step",
            on_press=lambda steps: _take_steps(linked, steps),
            tip="Each logit moves by −η (p − y).",
        )
    say_typed(linked, "rate")
    live_text(
        "step",
        state.logits,
        target=state.target,
        rate=state.rate,
        key="next_step",
        follows="example_sliders",
    )


def _step(state: CrossEntropyState) -> tuple[float, ...]:
    """z − η (p − y), held within what a float64 can hold; a masked class stays masked."""
    slope = maths.cross_entropy_gradient(state.logits, state.target)
    largest = np.finfo(np.float64).max
    with np.errstate(over="ignore"):
        moved = np.clip(np.asarray(state.logits) - state.rate * slope, -largest, largest)
    return tuple(np.where(np.isneginf(state.logits), -np.inf, moved).tolist())


def _take_steps(linked: Linked, steps: int) -> None:
    state = linked.state
    for _ in range(steps):
        state = replace(state, logits=_step(state))
    linked.change(logits=state.logits)


def probabilities_section(linked: Linked, state: CrossEntropyState, ask: Ask) -> None:
    """The loss of probabilities given as they are, which need not sum to 1."""
    sliders, beside = sliders_and_beside()
    with sliders:
        probability_sliders(linked, state)
        ask()
        live_text("total", state.probabilities, key="total", follows="probability_sliders")
    with beside:
        st.latex(r"D(q, y) = -\sum_k y_k \log q_k = -\log q_y \quad (y \text{ one-hot})")
        probability_curve(state)


def probability_sliders(
    linked: Linked, state: CrossEntropyState, *, resizable: bool = True
) -> None:
    """The bench of probabilities, with the true class."""

    def commit(values: Values) -> None:
        linked.change(probabilities=values.values, target=values.target or 0)

    bench = Bench(
        Values(state.probabilities, target=state.target),
        kind="probabilities",
        columns=("loss",),
        has_temperature=False,
        has_target=True,
        resizable=resizable,
    )
    logit_bench(bench, key="probability_sliders", on_commit=commit)


def probability_curve(state: CrossEntropyState) -> None:
    """−log q with the true class's point, where there is a place for it."""
    if max(state.probabilities) <= 1:
        chart = charts.loss_curve(state.probabilities, state.target)
        figure(chart, key="q_curve", height=HEIGHT, follows="probability_sliders")
        return
    st.info(
        "A value above 1 has a negative loss: no probability could have one, so there "
        "is no place for it on the curve.",
        icon=":material/info:",
    )


def ways_section(linked: Linked, state: CrossEntropyState, ask: Ask) -> None:
    """The same loss five ways, and the trap of softmax twice."""
    sliders, beside = sliders_and_beside(steps=state.steps)
    with sliders:
        logit_sliders(linked, state, "ways_sliders", columns(state))
        ask()
        with st.container(key="sp_at_release"):  # PyTorch is not asked during a drag
            with_torch(lambda: _ways_table(state))
    with beside:
        _twice(state)
        if not said_instead(state.logits):
            chart = charts.softmax_twice(state.logits, state.target)
            figure(chart, key="twice", height=HEIGHT, follows="ways_sliders")


def _twice(state: CrossEntropyState) -> None:
    live_text("twice", state.logits, target=state.target, key="fed_twice", follows="ways_sliders")
    st.latex(r"\mathrm{CE}(\mathrm{softmax}(z), y) \;\geq\; \log(e + K - 1) - 1")


def _ways_table(state: CrossEntropyState) -> None:
    ways = five_ways(state.logits, state.target)
    rows = [[way.name, f"**{short(way.value, 12)}**", way.formula] for way in ways]
    # The formula last: a phone has no room for all, and the loss is what is to be seen.
    number_table(["Way", "Loss", "Formula"], rows, label="The same loss five ways")
    for way in ways:
        if way.note:
            st.caption(f"{way.name}: {way.note}.")


def binary_section(linked: Linked, state: CrossEntropyState, ask: Ask) -> None:
    """Two classes: one logit with a sigmoid beside two logits with a softmax."""
    s, t = difference(state.pair), int(state.positive)
    sliders, beside = sliders_and_beside(steps=state.steps)
    with sliders:
        pair_sliders(linked, state, columns(state, "gradient"))
        ask()
        live_text("binary", state.pair, target=t, key="three_ways", follows="pair_sliders")
    with beside:
        st.latex(
            r"{s = z_1 - z_0} \qquad\allowbreak"
            r" L = -t \log \sigma(s) - (1 - t) \log(1 - \sigma(s))"
        )
        figure(charts.binary_loss(s, t), key="binary", height=HEIGHT, follows="pair_sliders")


def pair_sliders(linked: Linked, state: CrossEntropyState, columns: tuple[Column, ...]) -> None:
    """The bench of two logits, one of which is the true class's."""

    def commit(values: Values) -> None:
        pair = (values.values[0], values.values[1])
        linked.change(pair=pair, positive=values.target == 1)

    values = Values(state.pair, target=int(state.positive))
    bench = Bench(
        values,
        columns=columns,
        has_temperature=False,
        has_target=True,
        resizable=False,
        maskable=False,
    )
    logit_bench(bench, key="pair_sliders", on_commit=commit)


def logit_sliders(
    linked: Linked,
    state: CrossEntropyState,
    key: str,
    columns: tuple[Column, ...],
    *,
    resizable: bool = True,
) -> None:
    """The bench of one example, with its true class."""

    def commit(values: Values) -> None:
        linked.change(logits=values.values, target=values.target or 0)

    bench = Bench(
        Values(state.logits, target=state.target),
        columns=columns,
        has_temperature=False,
        has_target=True,
        resizable=resizable,
    )
    logit_bench(bench, key=key, on_commit=commit)


def real_digits(linked: Linked, state: CrossEntropyState, ask: Ask) -> None:
    """The sections with digits of MNIST, once PyTorch is there."""
    # Imported when it is shown: it needs PyTorch and MNIST, which take a while to load.
    from playground.ui.pages.cross_entropy.digit_sections import digit_section, wall_section

    (digit_section if state.section == "digit" else wall_section)(linked, state, ask)


WITH_STEPS = {"example", "ways", "binary"}
"""Sections whose sliders are logits, which become probabilities step by step."""

ONE_EXAMPLE: dict[str, Callable[[Linked, CrossEntropyState, Ask], None]] = {
    "example": example_section,
    "probabilities": probabilities_section,
    "ways": ways_section,
    "binary": binary_section,
}
