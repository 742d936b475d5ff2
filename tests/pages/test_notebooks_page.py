"""The page of the notebooks: each cell, its numbers beside those printed, its way into a lesson."""

from __future__ import annotations

import math
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from visits import follow, new_visit

from playground.golden_values import ROWS, TRAPS
from playground.lessons.notebooks import FURTHER_READING, NOTEBOOKS, cells
from playground.ui.kit.text import escape_markdown

ALL = [cell for notebook in NOTEBOOKS for cell in cells(notebook)]


def test_every_row_of_the_reference_has_its_cell_in_order() -> None:
    wanted = [f"A{n}" for n in range(1, 19)] + [f"B{n}" for n in range(1, 10)]
    assert [cell.row.id for cell in ALL] == wanted == [row.id for row in ROWS]
    assert {trap for cell in ALL for trap in cell.traps} == set(TRAPS)


@pytest.mark.parametrize("cell", ALL, ids=lambda cell: cell.row.id)
def test_what_is_computed_is_what_was_printed(cell) -> None:
    """All that was printed has its comparison, and a cell without numbers says what is so here."""
    printed = [one.printed for one in cell.comparisons]
    expected = []
    for example in cell.row.examples:
        if example.expected is not None:
            many = isinstance(example.expected, tuple)
            expected.append(example.expected if many else (example.expected,))
        if example.predictions:
            expected.append(example.predictions)
    assert printed == expected
    for one in cell.comparisons:
        assert one.here == pytest.approx(one.printed, rel=0, abs=one.tolerance)
        assert one.agrees
    assert bool(cell.facts) is not bool(expected)


def test_what_a_cell_says_is_so() -> None:
    facts = {cell.row.id: cell.facts for cell in ALL}
    numbers = {name: re.findall(r"\d+\.\d+", said) for name, said in facts.items()}
    assert facts["A2"].endswith("sums to 1.")
    assert numbers["A3"] == ["0.6657", "0.5735", "0.2507", "0.4966"]  # the last was printed, too
    leads = [math.log(1 + 2 * math.exp(-lead)) for lead in (1, 3, 6)]
    assert numbers["A12"] == [f"{loss:.4f}" for loss in leads]
    sure = f"{math.log(1 + math.exp(-1.5)):.12g}"
    assert numbers["A13"] == ["1.5", sure, "1.5", sure]
    loss = math.log(sum(math.exp(logit) for logit in (2.0, 1.0, 0.1))) - 2.0
    assert numbers["A14"][3:] == 2 * [f"{loss:.12g}"]
    sizes = {name: re.findall(r"[\d,]+(?= weights)", facts[name]) for name in ("A15", "B8", "B9")}
    assert sizes == {"A15": ["682,090"], "B8": ["3,943"], "B9": ["3,931"]}


def test_a_number_that_differs_in_a_digit_that_counts_is_marked() -> None:
    one = next(cell for cell in ALL if cell.row.id == "A4").comparisons[0]
    assert not type(one)(one.inputs, (one.printed[0] + 1e-11,), one.here, one.tolerance).agrees
    assert not type(one)(one.inputs, (), one.here, one.tolerance).agrees


def test_the_page_shows_all_of_it_and_its_links_show_what_they_say() -> None:
    app = follow(new_visit("notebooks"))
    assert not app.warning
    text = "\n".join(each.value for each in app.markdown)
    tables = "\n".join(each.proto.body for each in app.get("html") if "Here" in each.proto.body)
    for cell in ALL:
        assert f"**{cell.row.id}** · {escape_markdown(cell.row.idea)}" in text
        assert escape_markdown(cell.facts) in text
        for one in cell.comparisons:
            assert all(f"{value!r}".removesuffix(".0") in tables for value in one.printed)
    assert text.count("**Trap:**") == sum(len(trap.rows) for trap in TRAPS)
    assert "nan, nan, nan" in text
    assert "✗" not in tables
    assert all(address in text for _, address in FURTHER_READING)
    links = [each.proto for each in app.get("page_link")]
    assert [link.page for link in links] == [cell.link.page for cell in ALL]
    visits: dict[str, AppTest] = {}
    for target in dict.fromkeys(f"{link.page}?{link.query_string}" for link in links):
        page, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        if page == "train" or page not in visits:
            visits[page] = new_visit(page)
        assert not follow(visits[page], **query).warning, target
        assert urlencode(query) in target
