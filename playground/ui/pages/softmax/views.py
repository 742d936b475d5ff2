"""What may stand beside the sliders of the softmax lesson, one at a time."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground import charts
from playground.errors import InputError
from playground.lessons.libraries import softmax_pairs
from playground.lessons.states import SoftmaxState
from playground.palette import COLUMN_COLOURS
from playground.ui.components.figure import figure
from playground.ui.components.live_text import live_text
from playground.ui.components.logit_bench import Bench, Column, Values, logit_bench
from playground.ui.kit.buttons import button
from playground.ui.kit.number_field import number_field, say_typed
from playground.ui.kit.projecting import projecting
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.url_state import LinkedState
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.lesson import said_instead

HEIGHT = 320
_NUMBERS = {"steps", "overflow", "libraries"}  # views without a figure
Linked = LinkedState[SoftmaxState]


def columns(state: SoftmaxState) -> tuple[Column, ...]:
    """What stands beside the sliders: the probabilities, and if wanted all that leads to them."""
    between: tuple[Column, ...] = ("scaled", "shifted", "exponential") if state.steps else ()
    return (*between, "probability")


def projected_view(linked: Linked, bench: str, commit: Callable[[Values], None]) -> None:
    """The sliders on the whole screen, or with the picture that a view is."""
    state = linked.state
    below = state.view in {"overflow", "libraries"}  # wide, and made of text
    sliders = Bench(
        Values(state.logits, state.temperature),
        columns=() if below else columns(state) if state.view == "steps" else ("probability",),
        has_temperature=not below,
        resizable=False,
    )
    with st.container(key="sp_sliders"):
        logit_bench(sliders, key=bench, on_commit=commit)
    if state.view != "steps":  # whose numbers the sliders have beside them
        with st.container(key="sp_below" if below else "sp_beside"):
            view(linked, state, bench)


def view(linked: Linked, state: SoftmaxState, bench: str) -> None:
    """The chosen view.

    Args:
        bench: key of the sliders, which the figures follow while one is dragged.
    """
    if state.view not in _NUMBERS and said_instead(state.logits, state.temperature):
        return
    _VIEWS[state.view](linked, state, bench)


def _steps(linked: Linked, state: SoftmaxState, bench: str) -> None:
    """The formula and, in the same colours, the numbers of one class in it."""
    dark = st.context.theme.type == "dark"
    paint = {
        column: rf"\textcolor{{{colour.dark if dark else colour.light}}}"
        for column, colour in COLUMN_COLOURS.items()
    }
    z, e, p = paint["logit"], paint["exponential"], paint["probability"]
    st.latex(
        rf"{p}{{p_k}} = \frac{{{e}{{e^{{z_k/T - m}}}}}}{{{e}{{\sum_j e^{{z_j/T - m}}}}}},"
        rf"\qquad m = \max_j \frac{{{z}{{z_j}}}}{{T}}"
    )
    _class_choice(linked, state, "Written out for class")
    live_text(
        "softmax",
        state.logits,
        temperature=state.temperature,
        target=state.target,
        key="written_out",
        follows=bench,
    )
    st.caption(
        "“All steps” shows them of every class. Subtracting the largest changes no probability and "
        "keeps every exponent at or below 0."
        + " T = 0 is the limit: only the largest logits keep a probability."
        * (state.temperature == 0.0)
    )


def _temperature(linked: Linked, state: SoftmaxState, bench: str) -> None:
    st.latex(
        r"{p_k = \mathrm{softmax}(z/T)_k} \qquad\allowbreak {T \to 0:\ \text{arg max}}"
        r"\qquad\allowbreak {T \to \infty:\ \tfrac1K}"
    )
    chart = charts.temperature_curve(state.logits, state.temperature)
    figure(chart, key="temperature", height=HEIGHT, follows=bench)


def _shift(linked: Linked, state: SoftmaxState, bench: str) -> None:
    st.latex(
        r"\mathrm{softmax}(z + c)_k = \frac{e^{c}\, e^{z_k}}{e^{c} \sum_j e^{z_j}}"
        r" = \mathrm{softmax}(z)_k"
    )
    number_field("Constant c added to every logit", linked, "constant", width=260)
    say_typed(linked, "constant")
    try:
        chart = charts.shift(state.logits, state.temperature, state.constant)
    except InputError as error:  # z + c is beyond what a float64 can hold
        st.info(escape_markdown(str(error)), icon=":material/visibility_off:")
        return
    figure(chart, key="shift", height=HEIGHT - 40, follows=bench)


def _overflow(linked: Linked, state: SoftmaxState, bench: str) -> None:
    """The notebooks' form beside the stable one; both without the temperature, as printed."""
    st.latex(
        r"\frac{e^{z_k}}{\sum_j e^{z_j}} = \frac{e^{z_k - m}}{\sum_j e^{z_j - m}},"
        r"\quad m = \max_j z_j"
    )
    live_text("overflow", state.logits, key="both_forms", follows=bench)


def _libraries(linked: Linked, state: SoftmaxState, bench: str) -> None:
    def show() -> None:
        pairs = softmax_pairs(state.logits, state.temperature)
        form = "{:14}  numpy    {}\n{:14}  PyTorch  {}"
        if not projecting():
            form = "{}\n  numpy    {}\n{}  PyTorch  {}"
        lines = [form.format(p.what, p.numpy, "", p.torch) for p in pairs]
        st.code("\n".join(lines), language=None, wrap_lines=True)
        if not projecting():  # there the code fills the screen
            st.caption(
                "Each in its own type: numpy counts in float64 and prints 8 digits, PyTorch counts "
                "in float32 and prints 4."
                + " In float32 what is beyond 3.4 · 10³⁸ is ∞, and ∞ − ∞ is nan."
                * ("nan" in pairs[0].torch)
            )

    with st.container(key="sp_at_release"):  # neither library is asked during a drag
        with_torch(show)


def _simplex(linked: Linked, state: SoftmaxState, bench: str) -> None:
    if len(state.logits) != 3:
        _needs(linked, state, 3, "The triangle has a corner for each of three classes.")
        return
    _class_choice(linked, state, "Loss if the true class is")
    chart = charts.simplex(state.logits, state.temperature, state.target)
    figure(chart, key="simplex", height=HEIGHT, follows=bench)


def _sigmoid(linked: Linked, state: SoftmaxState, bench: str) -> None:
    if len(state.logits) != 2:
        _needs(linked, state, 2, "With two classes softmax is a sigmoid of one difference.")
        return
    st.latex(
        r"p_1 = \frac{e^{z_1/T}}{e^{z_0/T} + e^{z_1/T}} = \frac{1}{1 + e^{-(z_1 - z_0)/T}}"
        r" = \sigma\!\left(\tfrac{z_1 - z_0}{T}\right)"
    )
    chart = charts.sigmoid_curve(state.logits, state.temperature)
    figure(chart, key="sigmoid", height=HEIGHT - 60, follows=bench)
    live_text(
        "sigmoid", state.logits, temperature=state.temperature, key="both_names", follows=bench
    )


def _jacobian(linked: Linked, state: SoftmaxState, bench: str) -> None:
    st.latex(r"\frac{\partial p_i}{\partial z_j} = \tfrac1T\, p_i\,(\delta_{ij} - p_j)")
    chart = charts.jacobian(state.logits, state.temperature)
    figure(chart, key="jacobian", height=HEIGHT, follows=bench)


def _class_choice(linked: Linked, state: SoftmaxState, label: str) -> None:
    st.segmented_control(label, range(len(state.logits)), **linked.control("target"))


def _needs(linked: Linked, state: SoftmaxState, count: int, why: str) -> None:
    st.markdown(f"{why} There are {len(state.logits)} now.")
    logits = (state.logits + (0.0,) * count)[:count]
    button(f"Show {count} classes", lambda: linked.change(logits=logits), icon="filter_list")


_VIEWS: dict[str, Callable[[Linked, SoftmaxState, str], None]] = {
    "steps": _steps,
    "temperature": _temperature,
    "shift": _shift,
    "overflow": _overflow,
    "libraries": _libraries,
    "simplex": _simplex,
    "sigmoid": _sigmoid,
    "jacobian": _jacobian,
}
