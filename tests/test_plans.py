"""The plans of lessons: what they show is there, and the teacher's guide says the same."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from playground.lessons.plans import LESSON, PLANS, STEP, Place, Plan, PlanStep, read_place
from playground.ui.projection.steps import CANVAS, all_steps, planned

GUIDE = Path(__file__).resolve().parents[1] / "docs/teaching.md"
SERVER = "http://localhost:8501"
STEPS = [
    pytest.param(step, id=f"{lesson}-{number}")
    for lesson, plan in PLANS.items()
    for number, step in enumerate(plan.steps, 1)
]
ON_A_LINE = 44  # letters that fit into the bar beside its buttons, 1024 px wide


def table(steps: tuple[PlanStep, ...]) -> str:
    """A part of a plan as the guide has it."""
    lines = ["| min | show | ask | watch for |", "|---|---|---|---|"]
    for step in steps:
        query = urlencode({**step.query, "projection": "1"}, quote_via=quote)
        link = f"[{step.title}]({SERVER}/{step.page}?{query})"
        lines.append(f"| {step.minute} | {link} | {step.question} | {step.watch} |")
    return "\n".join(lines)


def test_the_guide_has_every_step_of_every_plan_in_its_order() -> None:
    text, place = GUIDE.read_text(), 0
    for lesson, plan in PLANS.items():
        place = text.index(f"## The lesson of {lesson} minutes\n", place)
        for name, steps in plan.parts.items():
            wanted = f"### {name}\n\n{table(steps)}\n\n"
            assert wanted in text, (
                f"docs/teaching.md lacks, as playground/lessons has it:\n{wanted}"
            )
            place = text.index(wanted, place)  # after the part before
    rows = re.findall(r"^\| \d+ \| \[", text, re.MULTILINE)
    assert len(rows) == len(STEPS)  # and no others


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_minutes_of_a_plan_go_up_and_its_parts_are_named_by_them(plan: Plan) -> None:
    minutes = [step.minute for step in plan.steps]
    assert minutes == sorted(set(minutes))
    starts = [steps[0].minute for steps in plan.parts.values()]
    ends = [*starts[1:], plan.minutes]
    for name, start, end in zip(plan.parts, starts, ends, strict=True):
        assert name.startswith(f"{start}–{end} ")
    assert minutes[0] == 0
    assert minutes[-1] < plan.minutes
    for number, step in enumerate(plan.steps):
        assert step in plan.parts[plan.part_of(number)]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_a_plan_shows_what_there_is(step: PlanStep) -> None:
    found = planned(step)
    known = {(each.page, each.id): each for each in all_steps()}
    if step.page:
        assert (found.page, found.id) in known
        assert found.predicts <= known[found.page, found.id].predicts
    else:
        assert found.id == CANVAS
    assert len(step.question) <= ON_A_LINE
    assert not set(step.question) & set("*_`[]$\\|")  # the bar shows it as it is
    assert "|" not in step.watch + step.title  # which ends a cell of the guide's tables


def test_every_step_is_a_link() -> None:
    for lesson, plan in PLANS.items():
        for number, step in enumerate(plan.steps):
            place = Place(lesson, number)
            assert read_place(place.address) == place
            assert place.step is step
            assert place.following == (plan.steps[number + 1 :] or (None,))[0]


@pytest.mark.parametrize(
    ("lesson", "step", "number"),
    [
        ("45", None, 0),
        ("45", "25", 24),
        *(("45", text, None) for text in ("0", "26", "-1", "01", " 1", "1.0", "١", "", "x")),
        *((text, "1", None) for text in ("", "foo", "045", "45 ", "30")),
    ],
)
def test_what_is_no_step_is_none(lesson: str, step: str | None, number: int | None) -> None:
    query = {LESSON: lesson} | ({} if step is None else {STEP: step})
    found = read_place(query)
    assert (found and found.number) == number


def test_a_lesson_goes_on_at_the_page_that_was_gone_to() -> None:
    place = Place("20", 0)
    for page in ("softmax", "cross_entropy", "train", "draw"):
        found = place.first_on(page)
        assert found is not None
        assert found.step.page == page
        assert page not in {step.page for step in found.plan.steps[: found.number]}
    assert place.first_on("notebooks") is None
