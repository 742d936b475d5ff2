"""What a browser is allowed to do with our pages, and which other sites may talk to us."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit import config, file_util

from playground.ui.server import security as headers
from playground.ui.server.security import (
    SameOrigin,
    SecurityHeaders,
    VisitorCookie,
    content_security_policy,
    page_policy,
    script_hashes,
)
from playground.ui.server.session import VISITOR_COOKIE

Options = Callable[..., None]
HOST = "play.example.org"


@pytest.fixture
def options() -> Iterator[Options]:
    """Set Streamlit's options as `streamlit run` does, "server_enableCORS=False" and so on."""

    def change(**values: Any) -> None:
        given = {name.replace("_", "."): value for name, value in values.items()}
        config.get_config_options(force_reparse=True, options_from_flags=given)
        page_policy.cache_clear()

    yield change
    change()


def scope_of(kind: str = "http", *, path: str = "/", method: str = "GET", scheme: str = "http",
             **given: str) -> Scope:  # fmt: skip
    pairs = {"host": HOST, "accept": "text/html", **given}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in pairs.items()]
    scope: Scope = {"type": kind, "path": path, "scheme": scheme, "headers": raw}
    return scope | ({"method": method} if kind == "http" else {})


def answer(middleware: type, scope: Scope, *cookies: str, cache_control: str = "") -> list[Message]:
    """What is sent where the app behind the middleware says yes and sets these cookies."""
    sent: list[Message] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        raw = [(b"set-cookie", cookie.encode()) for cookie in cookies]
        raw += [(b"cache-control", cache_control.encode())] * bool(cache_control)
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": b"yes"})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    anyio.run(middleware(app), scope, receive, send)
    return sent


def headers_of(messages: list[Message]) -> list[tuple[str, str]]:
    return [(name.decode().lower(), value.decode()) for name, value in messages[0]["headers"]]


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split("; "))}


# ---------------------------------------------------------------- the policy


class Scripts(HTMLParser):
    """The scripts of a page, read by another reader than the one under test."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.sources: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = dict(attrs).get("src")
        if tag == "script" and source:
            self.sources.append(source)
        self._inside = tag == "script" and not source

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def test_every_script_of_streamlits_page_may_run_and_no_other() -> None:
    html = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    scripts = Scripts()
    scripts.feed(html)
    assert scripts.sources
    assert all(source.startswith("./") for source in scripts.sources)
    wanted = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts.inline
    ]
    assert wanted
    assert script_hashes(html) == wanted
    assert directives(page_policy())["script-src"] == [
        "'self'", "blob:", "'wasm-unsafe-eval'", *wanted,
    ]  # fmt: skip


def test_the_policy_starts_from_nothing() -> None:
    policy = directives(content_security_policy("<script>1</script>"))
    assert policy["default-src"] == ["'none'"]
    for closed in ("object-src", "base-uri", "form-action"):
        assert policy[closed] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert policy["connect-src"] == ["'self'", "data:"]
    words = [word for sources in policy.values() for word in sources]
    assert "'unsafe-eval'" not in words
    assert "*" not in words
    assert not [word for word in words if word.startswith("http")]
    assert [name for name, sources in policy.items() if "'unsafe-inline'" in sources] == [
        "style-src"
    ]


@pytest.mark.parametrize(
    "origin", ["https://school.example", "http://10.0.0.5:8080", "https://*.school.example"]
)
def test_an_origin_may_be_allowed_to_show_the_app_in_a_frame(origin: str, options: Options) -> None:
    options(client_allowedOrigins=(origin, f"{origin}/"))
    assert directives(page_policy())["frame-ancestors"] == ["'self'", origin, origin]


@pytest.mark.parametrize(
    "text",
    ["*", "https:", "https://a.example; script-src *", "https://a.example *", "'unsafe-inline'",
     "https://a.example,b", "javascript:alert(1)", "https://a.example\nX: 1", ""],
)  # fmt: skip
def test_what_is_no_origin_opens_nothing(
    text: str, options: Options, caplog: pytest.LogCaptureFixture
) -> None:
    options(client_allowedOrigins=(text,))
    with caplog.at_level(logging.WARNING):
        policy = page_policy()
    assert policy == content_security_policy(
        (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    )
    assert [record.getMessage().count("\n") for record in caplog.records] == [0]


def test_streamlits_own_list_of_embedders_does_not_count(options: Options) -> None:
    options()
    assert config.get_option("client.allowedOrigins")
    assert headers.embedders() == ()


# ---------------------------------------------------------------- with every answer


@pytest.mark.parametrize("path", ["/", "/train", "/static/js/x.js", "/_stcore/health"])
def test_every_answer_has_the_headers(path: str) -> None:
    found = dict(headers_of(answer(SecurityHeaders, scope_of(path=path))))
    assert found["content-security-policy"] == page_policy()
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert "camera=(self)" in found["permissions-policy"]
    assert "geolocation=()" in found["permissions-policy"]
    assert "cross-origin-opener-policy" not in found  # only where the connection is encrypted


def test_a_file_of_a_session_can_run_nothing() -> None:
    found = dict(headers_of(answer(SecurityHeaders, scope_of(path="/media/0123.svg"))))
    policy = directives(found["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["sandbox"] == []
    assert "script-src" not in policy


def test_cookies_of_an_encrypted_connection_stay_on_it() -> None:
    cookies = ("_streamlit_xsrf=1; Path=/", "a=b; Secure; Path=/", "c=d; path=/; secure")
    plain = headers_of(answer(SecurityHeaders, scope_of(), *cookies))
    assert [value for name, value in plain if name == "set-cookie"] == list(cookies)
    encrypted = headers_of(answer(SecurityHeaders, scope_of(scheme="https"), *cookies))
    assert [value for name, value in encrypted if name == "set-cookie"] == [
        "_streamlit_xsrf=1; Path=/; Secure", *cookies[1:],
    ]  # fmt: skip
    assert ("cross-origin-opener-policy", "same-origin") in encrypted


# ---------------------------------------------------------------- other origins


FOREIGN = [
    "https://evil.example",
    "null",
    "",
    f"https://{HOST}:8501",  # another port is another program
    f"https://{HOST}.evil.example",
    f"https://{HOST}@evil.example",
    f"https://evil.example/{HOST}",
    "http://localhost:8501",  # Streamlit's own check would let these two in
    "http://127.0.0.1",
    "https://[",
    HOST,
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_origin_opens_no_session(
    origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        sent = answer(SameOrigin, scope_of("websocket", path="/_stcore/stream", origin=origin))
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_a_page_of_another_origin_changes_nothing(method: str) -> None:
    sent = answer(SameOrigin, scope_of(method=method, origin="https://evil.example"))
    assert sent[0]["status"] == 403
    assert answer(SameOrigin, scope_of(method=method, origin=f"https://{HOST}"))[0]["status"] == 200


@pytest.mark.parametrize("given", [{"origin": f"https://{HOST}"}, {"origin": f"http://{HOST}"}, {}])
def test_our_own_page_and_programs_open_sessions(given: dict[str, str]) -> None:
    assert answer(SameOrigin, scope_of("websocket", **given)) == [{"type": "websocket.accept"}]


def test_anybody_may_read_what_is_public() -> None:
    assert answer(SameOrigin, scope_of(origin="https://evil.example"))[0]["status"] == 200


def test_two_origins_are_none_of_ours() -> None:
    scope = scope_of("websocket", origin=f"https://{HOST}")
    scope["headers"].append((b"origin", f"https://{HOST}".encode()))
    assert answer(SameOrigin, scope)[0]["type"] == "websocket.close"


def test_the_operator_may_name_other_origins(options: Options) -> None:
    def is_open(origin: str) -> bool:
        sent = answer(SameOrigin, scope_of("websocket", origin=origin))
        return bool(sent[0]["type"] == "websocket.accept")

    options(server_corsAllowedOrigins=("https://school.example",))
    assert is_open("https://school.example")
    assert not is_open("https://school.example:444")
    options(browser_serverAddress="front.example")
    assert is_open("https://front.example")
    assert not is_open("https://school.example")
    options(server_enableCORS=False)
    assert is_open("https://evil.example")


def test_a_strange_origin_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    origin = "https://evil.example/" + "x" * 5000
    with caplog.at_level(logging.WARNING):
        answer(SameOrigin, scope_of("websocket", origin=origin))
    (record,) = caplog.records
    assert len(record.getMessage()) < 400


# ---------------------------------------------------------------- the visitor's cookie


def cookies_of(cache_control: str = "", **given: str) -> list[str]:
    sent = answer(VisitorCookie, scope_of(**given), cache_control=cache_control)
    return [value for name, value in headers_of(sent) if name == "set-cookie"]


def test_a_page_brings_a_secret_that_scripts_cannot_read() -> None:
    one, other = cookies_of(), cookies_of()
    assert len(one) == len(other) == 1
    assert one != other
    found = re.fullmatch(rf"{VISITOR_COOKIE}=([\w-]{{32}}); (.*)", one[0])
    assert found is not None
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(found[2].split("; "))
    assert "Secure" not in found[2]
    assert cookies_of(scheme="https")[0].endswith("; Secure")


def test_a_known_visitor_and_a_file_get_none() -> None:
    assert cookies_of(cookie=f"{VISITOR_COOKIE}={'s' * 32}") == []
    assert cookies_of(accept="*/*") == []
    assert cookies_of("public, max-age=31536000, immutable") == []  # what others are given, too
    assert len(cookies_of("private, no-cache")) == 1


def test_a_cookie_of_that_name_that_is_no_secret_is_replaced() -> None:
    assert len(cookies_of(cookie=f"{VISITOR_COOKIE}=")) == 1
    assert len(cookies_of(cookie=f"{VISITOR_COOKIE}=dark")) == 1


@pytest.mark.parametrize("cookie", ["a/b=1", "a,b=1; c", "=", ";;", "x" * 4000, '"', "a=\x7f"])
def test_cookies_of_other_servers_on_this_host_cost_nobody_the_page(cookie: str) -> None:
    assert len(cookies_of(cookie=cookie)) == 1
    assert cookies_of(cookie=f"{cookie}; {VISITOR_COOKIE}={'s' * 32}") == []
