"""A component of which a file does not come at first: it appears all the same, and styled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from playground.ui.server.assets import asset_url

from .bare_page import BareApp

APP = "scrubber_app.py"

NewPage = Callable[..., Page]


@pytest.mark.parametrize(
    "file", ["_kernel/kernel.css", "scrubber/scrubber.js", "_kernel/moment.js"]
)
def test_a_lost_file_is_fetched_again(
    file: str, page: Page, app: BareApp, page_problems: list[str]
) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    page.route(f"**/{file}", lose, times=1)
    app.open(page, restart=False)
    expect(page.get_by_role("slider", name="Moment")).to_be_visible()
    assert len(lost) == 1
    sheets = page.locator(".sp-scrubber > style").all_text_contents()
    assert [".sp-scrubber" in sheet and ".sp-hidden" in sheet for sheet in sheets] == [True]
    assert all("ERR_FAILED" in problem for problem in page_problems)
    page_problems.clear()


OVERTAKEN = """async (url) => {
  const { default: load } = await import(url);
  const call = (shown) => load("scrubber", 1, {
    data: [{ label: "Moment", steps: [0, 1], epochs: [0, 1], shown, live: false, answered: 0 }],
    parentElement: document.body,
    setTriggerValue() {},
  });
  const order = [], first = call(0).then(() => order.push("first"));
  await new Promise((resolve) => setTimeout(resolve, 300)); // what was lost would come now
  await Promise.all([first, call(1).then(() => order.push("second"))]);
  return [...order, document.querySelector(".sp-scrubber").dataset.shown];
}"""


def test_a_message_does_not_overtake_one_that_waits_for_a_lost_module(
    new_page: NewPage, bare_pages: str, page_problems: list[str]
) -> None:
    page = new_page()
    page.goto(f"{bare_pages}/bare_page.css")
    page.route("**/scrubber/scrubber.js", lambda route: route.abort(), times=1)
    assert page.evaluate(OVERTAKEN, asset_url("_kernel/load.js")) == ["first", "second", "1"]
    assert all("ERR_FAILED" in problem for problem in page_problems)
    page_problems.clear()


# A text gives its place to a translation, and then its maker changes it.
TRANSLATED = """async (url) => {
  const { default: load } = await import(url);
  const box = document.body.appendChild(document.createElement("p"));
  const text = box.appendChild(new Text("one"));
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  load("scrubber", 1, { data: [{}], parentElement: document.body, setTriggerValue() {} });
  text.replaceWith(Object.assign(document.createElement("font"), { textContent: "eins" }));
  await turn();
  text.nodeValue = "two";
  await turn();
  return box.textContent;
}"""


def test_what_is_translated_while_the_first_component_is_fetched_can_be_changed(
    new_page: NewPage, bare_pages: str
) -> None:
    page = new_page()
    page.goto(f"{bare_pages}/bare_page.css")
    page.route("**/scrubber/scrubber.js", lambda route: None)  # it never comes
    assert page.evaluate(TRANSLATED, asset_url("_kernel/load.js")) == "two"
