"""Every step of the lessons in projection mode, without a browser."""

from __future__ import annotations

import re

import pytest
import visits
from streamlit.testing.v1 import AppTest
from visits import new_visit

from playground.lessons.plans import PLANS, Place
from playground.ui.kit.projecting import Projection
from playground.ui.kit.session_object import key_of
from playground.ui.projection.steps import LESSONS, query_of, steps_of


def opened(page: str) -> AppTest:
    """A new visit in projection mode, before its page has run."""
    return new_visit(page, **{key_of(Projection): Projection(on=True)})


@pytest.mark.parametrize("page", list(LESSONS))
def test_every_step_of_a_page_can_be_projected(page: str) -> None:
    app = opened(page)
    for step in steps_of(page):
        if page in ("train", "draw"):  # whose links count when a visit begins
            app = opened(page)
        follow(app, **query_of(step))
        assert not app.title, step
        if page != "draw":
            assert any(step.question in each.value for each in app.markdown), step


@pytest.mark.parametrize("page", ["softmax", "cross_entropy", "train"])
def test_a_planned_step_shows_no_question_but_its_own(page: str) -> None:
    for number, planned in enumerate(PLANS["45"].steps):
        if planned.page != page:
            continue
        app, place = opened(page), Place("45", number)
        app.session_state[key_of(Projection)] = Projection(on=True, place=place)
        follow(app, **planned.query, **place.address)
        said = [each.value for each in app.markdown if ":material/psychology:" in each.value]
        answers = [each.value for each in app.markdown if "Answer" in each.value]
        if planned.is_covered:
            assert len(said) == 1
            assert "**Predict first" in said[0]
        else:
            assert said == [f":material/psychology: {planned.question}"]
            assert answers == []


def follow(app: AppTest, **query: str) -> AppTest:
    assert not visits.follow(app, **query).warning, query
    return app


def test_a_projected_batch_greys_and_explains_what_it_does_not_count() -> None:
    app = follow(opened("cross_entropy"), section="batch", labels="2_-100_1")
    [table] = [each.proto.body for each in app.get("html") if "Arg max" in each.proto.body]
    [muted] = re.findall(r'<tr class="sp-muted">.*?</tr>', table)
    assert muted.count("ignored") == 2
    follow(app, section="batch", labels="-100_-100_-100")
    assert any("0/0, nan" in each.value for each in app.caption)
    rows = "1_-inf_0~0_inf_0~1_2_3"
    follow(app, section="batch", rows=rows)
    [table] = [each.proto.body for each in app.get("html") if "Arg max" in each.proto.body]
    assert "1, −∞, 0" in table
    assert "inf" not in table
    follow(app, section="batch", rival=rows, rows=rows, targets="0.5_0.5_0~1_0_0~0_0_1")
    assert any("∞/∞" in each.value for each in app.caption)


@pytest.mark.parametrize("query", [{"z": "2_-inf_0"}, {"t": "0", "z": "2_2_0"}])
def test_a_projected_figure_without_a_place_for_it_says_so(query: dict[str, str]) -> None:
    app = opened("softmax")
    for view in ("simplex", "temperature", "steps", "overflow"):
        follow(app, view=view, **query)
    if "t" not in query:
        app = opened("cross_entropy")
        for section in ("example", "ways"):
            follow(app, section=section, y="1", **query)
