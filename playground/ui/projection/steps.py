"""The steps of the lessons, in the order in which a teacher walks through them.

A step of a lesson is one of its presets, a step of training one of its trainings, a step of
drawing the canvas or one of the panels that explain what was read. A plan has some of them in its
own order (`playground/lessons/plans.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from playground.lessons.plans import PREDICT, PlanStep
from playground.ui.kit.predicting import name_of, predictions
from playground.ui.kit.url_state import PRESET, LinkedState

if TYPE_CHECKING:
    from playground.lessons.presets import Preset

LESSONS = {
    "softmax": "Softmax",
    "cross_entropy": "Cross-entropy",
    "train": "Train",
    "draw": "Draw",
}
"""The pages that can be projected, by their place in the address, in order."""

CANVAS = "canvas"
_PANELS = {
    "X-ray": "What does the network see of your ink?",
    "Layer by layer": "What does each layer make of it?",
    "Surprise": "How surprised is it by what you meant?",
    "When did it decide?": "From which point of the pen on is it sure?",
    "Why?": "Which pixels speak for the answer?",
}


@dataclass(frozen=True)
class Step:
    """One thing to show.

    Attributes:
        page: a key of `LESSONS`; in a plan "" is the first page.
        id: tells it from the others of its page.
        title: a few words.
        question: what to ask the class.
        predicts: whether the answer can be covered until the class has voted.
    """

    page: str
    id: str
    title: str
    question: str
    predicts: bool = False


@lru_cache(maxsize=1)
def all_steps() -> tuple[Step, ...]:
    """Those of all lessons, one lesson after the other."""
    # Imported when somebody projects: the first page of a visit has no need of them.
    from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS
    from playground.lessons.training_presets import PRESETS

    softmax = [_preset("softmax", each) for each in SOFTMAX_PRESETS]
    losses = [_preset("cross_entropy", each) for each in CROSS_ENTROPY_PRESETS]
    trainings = [Step("train", e.id, e.title, e.question) for e in PRESETS]
    canvas = Step("draw", CANVAS, "Draw a digit", "Will it read your handwriting?")
    panels = [Step("draw", title, title, question) for title, question in _PANELS.items()]
    return (*softmax, *losses, *trainings, canvas, *panels)


def planned(step: PlanStep) -> Step:
    """What a plan shows, as a step."""
    query = {key: text for key, text in step.query.items() if key != PREDICT}
    shown = next(iter(query.values()), CANVAS)
    return Step(step.page, shown, step.title, step.question, step.is_covered)


def _preset(page: str, preset: Preset[Any]) -> Step:
    return Step(page, preset.id, preset.title, preset.question, predicts=True)


def steps_of(page: str) -> tuple[Step, ...]:
    """The steps of one lesson; none for other pages."""
    return tuple(step for step in all_steps() if step.page == page)


def shown_step(page: str) -> Step | None:
    """The step that a page shows now; None if it shows something else."""
    shown = _shown_id(page)
    return next((step for step in steps_of(page) if step.id == shown), None)


def _shown_id(page: str) -> str | None:
    # The pages are imported when they are asked, as what draws the steps is.
    if page == "train":
        from playground.ui.pages.train.presets import chosen_training
        from playground.ui.pages.train.sweep_words import is_sweep_open

        return None if is_sweep_open() else chosen_training()
    if page == "draw":
        from playground.ui.pages.draw.panels import open_panel

        return open_panel() or CANVAS
    linked = _linked(page)
    preset = linked.origin if linked else None
    return preset.id if preset else None


def step_from(page: str, by: int) -> Step | None:
    """The step that lies so many after (or, below 0, before) the one that a page shows.

    Where a page shows none of its steps, its first one comes next, and before it the last
    one of the lesson before. The walk ends at the first and at the last step of all.

    Returns:
        None if there is nothing to go to.
    """
    steps = all_steps()
    shown = shown_step(page)
    if shown is not None:
        place = steps.index(shown)
    elif page in LESSONS:
        first = steps.index(steps_of(page)[0])
        place = first - 1 if by > 0 else first
    else:
        place = -1
    wanted = max(0, min(len(steps) - 1, place + by))
    return None if steps[wanted] == shown or not by else steps[wanted]


def is_covered(page: str) -> bool:
    """Whether a page shows a question whose answer is covered."""
    linked = _linked(page)
    return linked is not None and linked.covered


def walk(page: str, by: int) -> Step | None:
    """The step that so many presses of a clicker lead to.

    For callbacks, once the page's own answer is shown.

    Returns:
        None if no other step is to be shown.
    """
    if by <= 0:
        return step_from(page, by)
    here, following = shown_step(page), step_from(page, 1)
    if following is None:
        return None
    steps = all_steps()
    step = steps[place_after(steps, steps.index(following) - 1, by)]
    return None if step == here else step


def place_after(steps: Sequence[Step], place: int, by: int) -> int:
    """The place that so many presses of a clicker lead to from a place among the steps.

    Forward a question that is passed takes two, if its answer is covered: the first one shows the
    answer, which is noted for the visit.
    """
    if by < 0:
        return max(0, place + by)
    covered = False
    for _ in range(by):
        if covered:
            predictions().shown.add(name_of(steps[place].page, steps[place].id))
            covered = False
        elif place + 1 < len(steps):
            place += 1
            covered = starts_covered(steps[place])
    return place


def starts_covered(step: Step) -> bool:
    """Whether a step that is gone to asks before its answer is seen."""
    return step.predicts and predictions().covers(step.page, step.id)


def query_to(step: Step) -> dict[str, str]:
    """What stands in the address when a walk has led to a step on another page."""
    return query_of(step) | ({PREDICT: "1"} if starts_covered(step) else {})


def script_of(step: Step) -> str:
    """The file of a step's page, as Streamlit knows it."""
    return f"pages/{step.page or 'home'}.py"


def query_of(step: Step) -> dict[str, str]:
    """What stands in the address when a step's page is opened at the step."""
    if not step.page:
        return {}
    if step.page == "train":
        from playground.ui.pages.train.presets import TRAINING

        return {TRAINING: step.id}
    if step.page == "draw":
        from playground.ui.pages.draw.panels import PANEL

        return {} if step.id == CANVAS else {PANEL: step.id}
    return {PRESET: step.id}


def show_answer(page: str) -> None:
    """Uncover the answer to the question that a page shows. For callbacks."""
    if linked := _linked(page):
        linked.reveal()


def show_step(step: Step) -> None:
    """Show a step on the page that is shown already. For callbacks."""
    if step.page == "train":
        from playground.ui.pages.train.presets import show_training

        show_training(step.id)
    elif step.page == "draw":
        from playground.ui.pages.draw.page import show_panel

        show_panel(None if step.id == CANVAS else step.id)
    elif linked := _linked(step.page):
        linked.choose(step.id)


def _linked(page: str) -> LinkedState[Any] | None:
    from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS
    from playground.lessons.states import CrossEntropyState, SoftmaxState

    if page == "softmax":
        return LinkedState(page, SoftmaxState(), SOFTMAX_PRESETS)
    if page == "cross_entropy":
        return LinkedState(page, CrossEntropyState(), CROSS_ENTROPY_PRESETS)
    return None
