"""The tab that one visitor after the other has: nothing in it is left of the one before."""

from __future__ import annotations

from devtools.serving import Server

from .contexts import SIZE, Visitors, be_visitor

OF_A_VISITOR = """() => [
  window.left, typeof window.ask, localStorage.length, sessionStorage.length,
  document.cookie.includes("left"), matchMedia("(prefers-color-scheme: dark)").matches,
  matchMedia("(prefers-reduced-motion: reduce)").matches, matchMedia("print").matches,
  innerWidth, innerHeight,
]"""
NOBODY = [None, "undefined", 0, 0, False, False, False, False, SIZE["width"], SIZE["height"]]


def test_what_a_visitor_leaves_in_a_tab_is_not_there_for_the_next(
    visitors: Visitors, server: Server
) -> None:
    address = f"{server.url}/_stcore/health"
    problems: list[str] = []
    heard: list[str] = []
    page = visitors.page(problems)
    be_visitor(page, server.url, "secret")
    page.add_init_script("window.left = true")
    page.expose_function("ask", lambda: None)
    page.on("console", lambda entry: heard.append(entry.text))
    page.route("**/_stcore/routed", lambda route: route.fulfill(body="routed"))
    page.emulate_media(color_scheme="dark", reduced_motion="reduce", media="print")
    page.set_viewport_size({"width": 400, "height": 300})
    page.goto(address)
    page.evaluate("document.cookie = localStorage.left = sessionStorage.left = 'left'")
    page.evaluate("console.error('once')")
    found = page.evaluate(OF_A_VISITOR)
    assert found == [True, "function", 1, 1, True, True, True, True, 400, 300]
    assert (heard, len(problems)) == (["once"], 1)
    visitors.leave(page)

    of_the_next: list[str] = []
    assert visitors.page(of_the_next) is page
    page.goto(address)
    assert page.evaluate(OF_A_VISITOR) == NOBODY
    assert "secret" not in [cookie["value"] for cookie in page.context.cookies()]
    page.goto(f"{server.url}/_stcore/routed")
    assert page.inner_text("body") != "routed"
    page.evaluate("console.error('twice')")
    assert (heard, len(problems), len(of_the_next)) == (["once"], 1, 1)
    visitors.leave(page)


def test_a_tab_whose_web_sockets_a_test_has_held_is_given_to_nobody(visitors: Visitors) -> None:
    page = visitors.page()
    page.route_web_socket("**/_stcore/stream", lambda _: None)
    visitors.leave(page)
    assert page.is_closed()
    other = visitors.page()
    assert other is not page
    visitors.leave(other)
