"""Pages for tests: each belongs to a visitor who has never been here."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Playwright

from devtools.chromium import launch
from devtools.waiting import TIMEOUT_MS
from playground.ui.server.session import VISITOR_COOKIE

SIZE = {"width": 1280, "height": 720}
_OF_A_PAGE = ("viewport", "color_scheme", "reduced_motion")  # the others are of its browser
_MEDIA = {"color_scheme": "light", "reduced_motion": "no-preference", "media": "null"}
# What of a page lasts until it is undone.
_LASTING = ("add_init_script", "expose_binding", "expose_function", "route", "on", "once")
# What Streamlit shows until something comes pulses in each frame. On a busy machine that is a
# fifth of what a load takes of the processor, and no test looks at it.
_STILL_SKELETONS = """
const still = new CSSStyleSheet();
const skeleton = "[data-testid*=Skeleton]";
still.replaceSync(`${skeleton}, ${skeleton} * { animation: none !important }`);
document.adoptedStyleSheets.push(still);
"""


class Visitors:
    """Contexts that are kept, and given to the next visitor once one has left.

    Of each kind of browser (with touch, without) the first is the browser's own profile,
    which lies on the disk: only there Chromium keeps JavaScript that it has compiled, and from
    the third load on a page takes it half the processor time. Who comes at the same time
    gets a context in memory.

    The tab of a context is kept, too, with its process and what that has compiled: a new one takes
    nearly twice the processor time to load a page. What a test adds to it, scripts, routes and
    listeners, goes when its visitor leaves; a route of web sockets, which nothing takes away, goes
    with the tab.

    Args:
        folder: takes the profiles; one of its own.
    """

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self._playwright, self._folder = playwright, folder
        self._contexts: dict[str, list[BrowserContext]] = {}
        self._used: dict[Page, BrowserContext] = {}
        self._free: dict[BrowserContext, Page] = {}  # the tab of a context that nobody uses
        self._undo: dict[Page, list[Callable[[], object]]] = {}  # what its visitor has added
        self._first: set[Page] = set()  # of each profile: without any it would end
        self._spent: set[Page] = set()  # with something that cannot be undone
        self._said: dict[Page, list[str]] = {}  # by those in use, and not yet left
        self._problems: dict[Page, list[str]] = {}  # of the same

    def page(self, problems: list[str] | None = None, **options: Any) -> Page:
        """A page with the options of `Browser.new_context`, of 1280 × 720 unless they say more.

        Args:
            problems: takes its uncaught exceptions and what is an error in its console.
        """
        of_page = {name: options.pop(name) for name in _OF_A_PAGE if name in options}
        kept = self._kept(options)
        context = next((each for each in kept if each not in self._used.values()), None)
        if context is None:
            browser = kept[0].browser
            assert browser is not None
            context = browser.new_context(**options)
            context.add_init_script(_STILL_SKELETONS)
            kept.append(context)
        page = self._free.pop(context, None) or self._tab(context)
        self._used[page], self._undo[page] = context, []
        self._said[page], self._problems[page] = [], [] if problems is None else problems
        page.set_default_timeout(TIMEOUT_MS)
        page.set_viewport_size(of_page.pop("viewport", SIZE))
        page.emulate_media(**{**_MEDIA, **of_page})
        return page

    def open_pages(self) -> list[tuple[Page, list[str]]]:
        """Those that nobody has left or closed, each with what its console says."""
        return [(page, said) for page, said in self._said.items() if not page.is_closed()]

    def leave(self, page: Page) -> None:
        """Close all pages of this visitor but the tab, and forget all they have stored."""
        context = self._used.pop(page)
        with suppress(Error):  # it was closed by the test, or never went anywhere
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        del self._said[page], self._problems[page]
        for undo in self._undo.pop(page):
            with suppress(Error, KeyError):  # the test has done so
                undo()
        kept = None
        with suppress(Error):
            page.goto("about:blank")
            if page not in self._spent:
                kept = self._free[context] = page
        self._spent.discard(page)
        for each in context.pages:
            if each not in self._first and each is not kept:
                each.close()
        context.clear_cookies()

    def close(self) -> None:
        for first, *others in self._contexts.values():
            for context in (*others, first):  # the first is the browser of the others
                context.close()

    def _tab(self, context: BrowserContext) -> Page:
        page = context.new_page()

        def read(entry: ConsoleMessage) -> None:
            if page in self._said:
                self._said[page].append(f"{entry.type}: {entry.text}")
                if entry.type == "error" and not _is_streamlits_search(entry):
                    where = entry.location.get("url")
                    self._problems[page].append(f"console: {entry.text} ({where})")

        def note(error: Error) -> None:
            if page in self._said:
                self._said[page].append(f"uncaught: {error}")
                self._problems[page].append(f"uncaught: {error}")

        page.on("console", read)
        page.on("pageerror", note)
        self._note_what_is_added(page)
        return page

    def _note_what_is_added(self, page: Page) -> None:
        def noted(add: Callable[..., Any]) -> Callable[..., Any]:
            def add_and_note(*args: Any, **named: Any) -> Any:
                added = add(*args, **named)
                listener = partial(page.remove_listener, *args)
                self._undo[page].append(listener if added is None else added.close)
                return added

            return add_and_note

        for name in _LASTING:
            setattr(page, name, noted(getattr(page, name)))
        route_web_socket = page.route_web_socket

        def route_and_note(*args: Any, **named: Any) -> None:
            self._spent.add(page)
            route_web_socket(*args, **named)

        page.route_web_socket = route_and_note  # type: ignore[method-assign]

    def _kept(self, options: dict[str, Any]) -> list[BrowserContext]:
        kind = repr(sorted(options.items()))
        if kind not in self._contexts:
            folder = self._folder / f"profile-{len(self._contexts)}"
            profile = launch(self._playwright, folder, **options)
            profile.add_init_script(_STILL_SKELETONS)
            self._contexts[kind] = [profile]
            self._first.update(profile.pages)
        return self._contexts[kind]


def _is_streamlits_search(entry: ConsoleMessage) -> bool:
    """At a deep link Streamlit's page first looks for its server below the page's own path."""
    return "404" in entry.text and "/_stcore/" in entry.location.get("url", "")


def secret_of(page: Page, url: str) -> str:
    """What makes runs the visitor's own; given in advance to who has never been at this server."""
    cookies = {one["name"]: one["value"] for one in page.context.cookies(url)}
    secret = cookies.get(VISITOR_COOKIE, "") or secrets.token_urlsafe(24)
    be_visitor(page, url, secret)
    return secret


def be_visitor(page: Page, url: str, secret: str) -> None:
    """Make the visitor one whom the server knows by this secret."""
    page.context.add_cookies([{"name": VISITOR_COOKIE, "value": secret, "url": url}])
