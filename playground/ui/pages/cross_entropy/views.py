"""The sections of the cross-entropy lesson that have one example under the sliders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from playground import charts, maths
from playground.lessons.libraries import five_ways, softmax_twice
from playground.lessons.results import difference
from playground.lessons.states import CrossEntropyState
from playground.ui.components.counting_button import counting_button
from playground.ui.components.figure import figure
from playground.ui.components.logit_bench import Bench, Column, Values, logit_bench
from playground.ui.kit.number_field import number_field, say_typed
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import short
from playground.ui.kit.url_state import LinkedState
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.lesson import said_instead

HEIGHT = 300
Linked = LinkedState[CrossEntropyState]


def example_section(linked: Linked, state: CrossEntropyState) -> None:
    """One example: its loss, the slope in each logit, and a step down that slope."""
    sliders, beside = st.columns([11, 10], gap="medium")
    with sliders:
        logit_sliders(linked, state, "example_sliders", ("probability", "loss", "gradient"))
        gradient_step(linked, state)
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
    stepped = _step(state)
    before = maths.cross_entropy(state.logits, state.target)
    after = maths.cross_entropy(stepped, state.target)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number_field("Rate η", linked, "rate", low=0.0, width=140)
        counting_button(
            "Take one gradient step",
            key="gradient_step",
            on_press=lambda steps: _take_steps(linked, steps),
            tip="Each logit moves by −η (p − y).",
        )
    say_typed(linked, "rate")
    verdict = "falls" if after < before else "rises" if after > before else "stays"
    st.markdown(f"The next step: the loss {verdict}, {short(before)} → {short(after)}.")


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


def probabilities_section(linked: Linked, state: CrossEntropyState) -> None:
    """The loss of probabilities given as they are, which need not sum to 1."""
    sliders, beside = st.columns([11, 10], gap="medium")
    with sliders:
        probability_sliders(linked, state)
    with beside:
        st.latex(r"D(q, y) = -\sum_k y_k \log q_k = -\log q_y \quad (y \text{ one-hot})")
        probability_curve(state)
        total = sum(state.probabilities)
        if not np.isclose(total, 1.0, atol=1e-3):
            st.info(
                f"These sum to {short(total)}, so they are no probabilities. The formula takes "
                "them all the same, and its result cannot be compared with other losses.",
                icon=":material/info:",
            )


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


def ways_section(linked: Linked, state: CrossEntropyState) -> None:
    """The same loss five ways, and the trap of softmax twice."""
    sliders, beside = st.columns([11, 10], gap="medium")
    with sliders:
        logit_sliders(linked, state, "ways_sliders", ("exponential", "probability", "loss"))
        _twice(state)
    with beside:
        with_torch(lambda: _ways_table(state))
        if not said_instead(state.logits):
            chart = charts.softmax_twice(state.logits, state.target)
            figure(chart, key="twice", height=HEIGHT, follows="ways_sliders")


def _twice(state: CrossEntropyState) -> None:
    once = maths.cross_entropy(state.logits, state.target)
    twice = softmax_twice(state.logits, state.target)
    floor = float(np.log(np.e + len(state.logits) - 1) - 1)
    st.markdown(
        "**The trap: softmax twice.** `CrossEntropyLoss` applies the softmax itself. Fed with "
        f"probabilities it gives **{short(twice)}** instead of **{short(once)}**. It can "
        f"never fall below {short(floor)}, and its slope fades long before: learning slows."
    )
    st.latex(r"\mathrm{CE}(\mathrm{softmax}(z), y) \;\geq\; \log(e + K - 1) - 1")


def _ways_table(state: CrossEntropyState) -> None:
    rows = [
        [way.name, way.formula, f"**{short(way.value, 12)}**"]
        for way in five_ways(state.logits, state.target)
    ]
    number_table(["Way", "Formula", "Loss"], rows, label="The same loss five ways")
    for way in five_ways(state.logits, state.target):
        if way.note:
            st.caption(f"{way.name}: {way.note}.")


def binary_section(linked: Linked, state: CrossEntropyState) -> None:
    """Two classes: one logit with a sigmoid beside two logits with a softmax."""
    s, t = difference(state.pair), int(state.positive)
    sliders, beside = st.columns([11, 10], gap="medium")
    with sliders:
        pair_sliders(linked, state, ("probability", "loss", "gradient"))
        _binary_table(state.pair, s, t)
    with beside:
        st.latex(r"s = z_1 - z_0 \qquad L = -t \log \sigma(s) - (1 - t) \log(1 - \sigma(s))")
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


def _binary_table(pair: tuple[float, ...], s: float, t: int) -> None:
    with np.errstate(divide="ignore", over="ignore"):
        p = np.float32(1) / (np.float32(1) + np.exp(np.float32(-s)))
        naive = -np.log(p if t else np.float32(1) - p)
    from_logit = maths.binary_cross_entropy(s, t)
    rows = [
        ["softmax of two logits, cross-entropy", short(maths.cross_entropy(pair, t), 12)],
        ["sigmoid of s, binary cross-entropy, from the logit", short(from_logit, 12)],
        ["the same from the probability σ(s), in float32", short(float(naive), 12)],
    ]
    number_table([f"s = {short(s)}, t = {t}", "Loss"], rows, label="The same loss three ways")


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


ONE_EXAMPLE: dict[str, Callable[[Linked, CrossEntropyState], None]] = {
    "example": example_section,
    "probabilities": probabilities_section,
    "ways": ways_section,
    "binary": binary_section,
}
