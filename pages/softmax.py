"""Lesson: logits become probabilities."""

from playground.lessons.code import softmax_code
from playground.lessons.presets import SOFTMAX_PRESETS
from playground.lessons.results import softmax_result
from playground.lessons.states import VIEWS, SoftmaxState
from playground.ui.components.logit_bench import Bench, Values, logit_bench
from playground.ui.kit.projecting import projecting
from playground.ui.kit.url_state import LinkedState
from playground.ui.pages.lesson import (
    asked,
    code_view,
    lesson_page,
    place_choice,
    preset_buttons,
    projected,
    sliders_and_beside,
    switches,
)
from playground.ui.pages.softmax.views import columns, projected_view, view

SLIDERS = "softmax_sliders"

linked = LinkedState("softmax", SoftmaxState(), SOFTMAX_PRESETS)
linked.read()


def commit(values: Values) -> None:
    linked.change(logits=values.values, temperature=values.temperature)


def choices() -> None:
    place_choice(linked, "view", "View", VIEWS)
    preset_buttons(linked, SOFTMAX_PRESETS)


def body() -> None:
    state = linked.state
    sliders, beside = sliders_and_beside(steps=state.steps)
    bench = Bench(Values(state.logits, state.temperature), columns=columns(state))
    with sliders:
        logit_bench(bench, key=SLIDERS, on_commit=commit)
        asked(linked, softmax_result)
    with beside:
        view(linked, state, SLIDERS)
    switches(linked, steps=True)
    code_view(softmax_code, state, "softmax")


if projecting():
    projected(linked, softmax_result, lambda: projected_view(linked, SLIDERS, commit))
else:
    page = lesson_page(
        "Softmax: from logits to probabilities",
        "**Logits**, of any size and sign, become **probabilities**: positive, in the same order, "
        "with sum 1.",
        linked,
        choices,
    )
    with page:
        linked.in_fragment(body)
