"""Lesson: logits become probabilities."""

import streamlit as st

from playground.lessons.code import softmax_code
from playground.lessons.presets import SOFTMAX_PRESETS
from playground.lessons.results import softmax_result
from playground.lessons.states import SoftmaxState
from playground.ui.components.logit_bench import Bench, Values, logit_bench
from playground.ui.kit.projecting import projecting
from playground.ui.kit.url_state import LinkedState
from playground.ui.pages.lesson import code_view, notes, preset_buttons, projected, question
from playground.ui.pages.softmax.views import projected_view, view, view_choice

SLIDERS = "softmax_sliders"

linked = LinkedState("softmax", SoftmaxState(), SOFTMAX_PRESETS)
linked.read()


def commit(values: Values) -> None:
    linked.change(logits=values.values, temperature=values.temperature)


def body() -> None:
    state = linked.state
    question(linked, softmax_result)
    sliders, beside = st.columns([11, 10], gap="medium")
    with sliders:
        logit_bench(Bench(Values(state.logits, state.temperature)), key=SLIDERS, on_commit=commit)
    with beside:
        view(linked, state, SLIDERS)
    code_view(linked, softmax_code, state, "softmax")


def lesson() -> None:
    st.title("Softmax: from logits to probabilities")
    st.markdown(
        "A network's last layer gives one number a class, the **logits**: any size, any sign. "
        "Softmax makes **probabilities** of them: positive, in the same order, with sum 1."
    )
    with st.container():  # always there, so that what follows keeps its place
        notes(linked)
    preset_buttons(linked, SOFTMAX_PRESETS)
    view_choice(linked)
    linked.in_fragment(body)


if projecting():
    projected(linked, softmax_result, lambda: projected_view(linked, SLIDERS, commit))
else:
    lesson()
