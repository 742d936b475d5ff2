"""Short links: what a code may lead to, how many are kept, and under which address."""

from __future__ import annotations

import asyncio
import errno
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import pytest
import segno
from starlette.applications import Starlette
from starlette.types import Message
from streamlit import config

from playground.errors import InputError
from playground.ui.server import short_links as share
from playground.ui.server.short_links import (
    ALPHABET,
    CODE_LENGTH,
    MOST_CHARACTERS,
    MOST_HOST,
    MOST_LINKS,
    MOST_OF_ONE,
    Origin,
    ShortLinks,
    class_origin,
    qr_squares,
    read_origin,
    read_target,
)


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/", "", ""),
        ("/softmax", "?preset=A8", "softmax?preset=A8"),
        ("/softmax/", "preset=A8", "softmax?preset=A8"),
        ("/softmax", "?z=2_1&preset=A8&projection=1", "softmax?preset=A8&z=2_1"),
        ("/train", "?projection=1&embed=true&run=abc", "train?run=abc"),
        ("/train", "?lesson=45&step=16&notes=1&run=abc", "train?run=abc"),
        ("/draw", "?panel=Why%3F", "draw?panel=Why%3F"),
    ],
)
def test_a_target_is_a_page_and_its_state_in_one_order(path: str, query: str, target: str) -> None:
    assert read_target(path, query) == target


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("//evil.example/softmax", ""),
        ("https://evil.example", ""),
        ("/\\evil.example", ""),
        ("/softmax/../admin", ""),
        ("/%2e%2e/etc", ""),
        ("/_stcore/health", ""),
        ("/s/abc234", ""),
        ("/softmax\r\nSet-Cookie: a=b", ""),
        ("/softmax", "a=" + "x" * MOST_CHARACTERS),
        ("/softmax", "a=" + "ü" * (MOST_CHARACTERS // 3)),
        ("/softmax", "&".join(f"a{i}=1" for i in range(61))),
        ("/softmax", "a=%ff"),
        ("/softmax", "a=\ud800"),
        ("/softmax\udfff", ""),
        ("", ""),
        (None, ""),
        ("/softmax", {"a": 1}),
    ],
)
def test_what_is_none_of_our_pages_gets_no_code(path: object, query: object) -> None:
    with pytest.raises(InputError):
        read_target(path, query)


def test_a_query_cannot_leave_its_place() -> None:
    target = read_target("/softmax", "?a=1%0d%0aLocation:%20//evil&b=%2F%2Fevil#c")
    assert re.fullmatch(r"softmax\?[\w=&%.+-]+", target)


def test_the_same_state_has_the_same_code_also_in_another_process() -> None:
    links, others = ShortLinks(), ShortLinks()
    code = links.code_for("softmax?preset=A8")
    assert links.code_for("softmax?preset=A8") == code
    assert others.code_for("softmax?preset=A8") == code
    assert links.code_for("softmax?preset=A2") != code
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert links.target(code) == links.target(code.upper()) == "softmax?preset=A8"
    assert links.target("zzzzzz") is None


def test_two_targets_with_one_digest_get_two_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "_code", lambda target, attempt: f"code{attempt}")
    links = ShortLinks()
    codes = [links.code_for(target) for target in ("train", "draw", "train", "")]
    assert codes == ["code0", "code1", "code0", "code2"]
    assert [links.target(code) for code in codes] == ["train", "draw", "train", ""]


def test_those_that_nobody_followed_are_forgotten_first_and_then_the_oldest() -> None:
    links = ShortLinks(most_links=3)
    codes = [links.code_for(f"softmax?z={n}") for n in range(3)]
    assert links.target(codes[0]) == "softmax?z=0"  # followed: 1 goes first
    codes += [links.code_for(f"softmax?z={n}") for n in (3, 4)]
    assert len(links) == 3
    assert [links.target(code) is not None for code in codes] == [True, False, False, True, True]
    codes.append(links.code_for("softmax?z=5"))  # all have been followed by now
    assert [links.target(code) is not None for code in codes] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("follows", [False, True])
def test_a_stranger_who_asks_for_many_pushes_out_his_own(follows: bool) -> None:
    links = ShortLinks()
    of_the_class = links.code_for("softmax?preset=A8", "teacher")
    unseen = links.code_for("draw", "another teacher")
    for n in range(MOST_LINKS + 1):
        code = links.code_for(f"softmax?z={n}", f"stranger {n % 12}")
        if follows:
            links.target(code)
    assert len(links) == MOST_LINKS
    assert links.target(of_the_class) == "softmax?preset=A8"
    assert links.target(unseen) == "draw"


def test_a_stranger_cannot_take_a_link_over_and_push_it_out() -> None:
    links = ShortLinks()
    code = links.code_for("softmax?preset=A8", "teacher")
    assert links.code_for("softmax?preset=A8", "stranger") == code
    for n in range(MOST_OF_ONE + 1):
        links.code_for(f"softmax?z={n}", "stranger")
    assert len(links) == 1 + MOST_OF_ONE
    assert links.target(code) == "softmax?preset=A8"


def test_all_targets_together_are_bounded() -> None:
    links = ShortLinks(most_stored=1000)
    for n in range(50):
        links.code_for(f"softmax?z={n:0>100}")
    assert len(links) == 9  # of 110 characters


@pytest.mark.parametrize(
    ("text", "is_this_computer"),
    [
        ("http://localhost:8501", True),
        ("http://127.0.0.1:8501", True),
        ("http://127.8.9.1", True),
        ("http://[::1]:8501", True),
        ("http://app.localhost", True),
        ("http://0.0.0.0:8501", True),
        ("http://192.168.1.20:8501", False),
        ("https://playground.example.org", False),
        ("http://[fd00::5]:8501", False),
        ("http://localhost.example.org", False),
    ],
)
def test_an_origin_is_read_and_written(text: str, is_this_computer: bool) -> None:
    origin = read_origin(text)
    assert str(origin) == text
    assert origin.is_this_computer is is_this_computer


@pytest.mark.parametrize(
    "text",
    [
        "javascript://x", "http://", "http://a/b", "http://u:p@host", "http://host?x", "host:8501",
        "http://host:99999", "http://ho st", "http://[::1", "http://" + "a" * 300, 5, None,
        "file:///etc/passwd", "http://host\n",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: object) -> None:
    with pytest.raises(InputError):
        read_origin(text)


def test_a_host_is_no_longer_than_a_code_can_be_read() -> None:
    assert read_origin(f"https://{'a' * MOST_HOST}:8501").port == 8501
    with pytest.raises(InputError, match=r"has 101 characters\. Allowed: up to 100 .*shorter"):
        read_origin("https://" + "a" * (MOST_HOST + 1))


@pytest.fixture
def listening() -> Iterator[None]:
    before = config.get_option("server.address")
    yield
    config.set_option("server.address", before)


@pytest.mark.parametrize(
    ("listens", "lan", "reached"),
    [
        (None, "192.168.1.20", "192.168.1.20"),
        ("0.0.0.0", "192.168.1.20", "192.168.1.20"),  # noqa: S104
        ("0.0.0.0", None, None),  # noqa: S104
        ("localhost", "192.168.1.20", None),
        ("127.0.0.1", "192.168.1.20", None),
        ("10.0.0.7", "192.168.1.20", "10.0.0.7"),
    ],
)
@pytest.mark.usefixtures("listening")
def test_where_a_class_finds_a_server_of_this_computer(
    listens: str | None, lan: str | None, reached: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.set_option("server.address", listens)
    monkeypatch.setattr(share, "lan_address", lambda: lan)
    here = Origin("http", "localhost", 8501)
    assert class_origin(here) == (replace(here, host=reached) if reached else None)
    elsewhere = Origin("https", "playground.example.org", None)
    assert class_origin(elsewhere) == elsewhere


def test_a_computer_without_a_way_out_has_the_address_of_its_interface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where it opens a hotspot for a class."""

    class Alone(socket.socket):
        def connect(self, address: Any) -> None:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")

    def address_of(_: int, code: int, request: bytes) -> bytes:
        name = request.rstrip(b"\0").decode()
        if name == "eth0":
            raise OSError(errno.EADDRNOTAVAIL, "none")
        return bytes(20) + socket.inet_aton({"lo": "127.0.0.1", "wlan0": "10.42.0.1"}[name])

    monkeypatch.setattr(socket, "socket", Alone)
    monkeypatch.setattr(socket, "if_nameindex", lambda: [*enumerate(("lo", "eth0", "wlan0"))])
    monkeypatch.setattr("fcntl.ioctl", address_of)
    assert share.lan_address() == ("10.42.0.1" if sys.platform == "linux" else None)


def test_a_qr_code_has_every_dark_module_and_a_white_edge() -> None:
    link = "http://192.168.1.20:8501/s/abc234"
    size, squares = qr_squares(link)
    dark = {
        (int(x) + i, int(y))
        for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", squares)
        for i in range(int(n))
    }
    matrix = segno.make_qr(link, error="m").matrix
    assert size == len(matrix) + 8
    assert dark == {
        (x + 4, y + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module
    }


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Speaks to the routes as a server does, in parts of at most 1,000 bytes."""

    def __init__(self) -> None:
        self._app = Starlette(routes=share.share_routes())
        self.host = "192.168.1.7"  # where it is
        self.breaks_off = False

    def get(self, path: str) -> Answer:
        return asyncio.run(self._ask("GET", path, b"", ""))

    def post(self, path: str, content: bytes, kind: str = "application/json") -> Answer:
        return asyncio.run(self._ask("POST", path, content, kind))

    async def _ask(self, method: str, path: str, content: bytes, kind: str) -> Answer:
        parts = [content[i : i + 1000] for i in range(0, len(content), 1000)] or [b""]
        sent: list[Message] = []

        async def receive() -> Message:
            if self.breaks_off:
                return {"type": "http.disconnect"}
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(),
            "query_string": b"", "root_path": "", "scheme": "http", "server": ("host", 80),
            "headers": [(b"content-type", kind.encode())], "client": (self.host, 40_000),
        }  # fmt: skip
        await self._app(scope, receive, send)
        headers = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    links = ShortLinks()
    monkeypatch.setattr(share, "short_links", lambda: links)
    return Client()


def asked(**changes: object) -> bytes:
    return json.dumps(ASKED | changes).encode()


ASKED = {"origin": "http://192.168.1.20:8501", "path": "/softmax", "query": "?preset=A8"}


def test_a_link_is_made_and_followed(client: Client) -> None:
    made = client.post("/s", asked()).json()
    assert made["link"].startswith("http://192.168.1.20:8501/s/")
    followed = client.get(made["link"].removeprefix("http://192.168.1.20:8501"))
    assert (followed.status, followed.headers["location"]) == (302, "/softmax?preset=A8")


def test_nobody_waits_while_a_code_is_drawn(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noted(link: str) -> tuple[int, str]:
        threads.append(threading.current_thread())
        return qr_squares(link)

    monkeypatch.setattr(share, "qr_squares", noted)
    assert client.post("/s", asked()).json()["size"] > 20
    [thread] = threads
    assert thread is not threading.current_thread()  # where requests are answered


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b" " * 30_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (asked(query="x=\ud800"), "application/json", 400),
        (asked(path="/softmax\ud800"), "application/json", 400),
        (asked(origin="http://host\ud800"), "application/json", 400),
        (b"path=/softmax", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
    ],
)
def test_a_forged_request_is_refused(
    client: Client, content: bytes, kind: str, status: int
) -> None:
    answer = client.post("/s", content, kind)
    assert answer.status == status
    assert answer.json()["problem"]


def test_each_address_in_the_network_has_links_of_its_own(client: Client) -> None:
    codes = {}
    for host in ("192.168.1.7", "192.168.1.8", "2001:db8::1", "2001:db8::2", "2001:db8:1::1"):
        client.host = host
        codes[host] = client.post("/s", asked(query=f"?z={len(codes)}")).json()["link"]
    makers = set(share.short_links()._made)
    assert makers == {"192.168.1.7", "192.168.1.8", "2001:db8::/64", "2001:db8:1::/64"}


def test_a_request_that_is_broken_off_is_no_error(client: Client) -> None:
    client.breaks_off = True
    assert client.post("/s", asked()).status == 400


def test_a_wrong_code_is_explained(client: Client) -> None:
    for code in ("zzzzzz", "..%2f..%2fetc", "<script>", "x" * 5000):
        answer = client.get(f"/s/{code}")
        assert answer.status == 404
        assert "script" not in answer.body.decode()


@pytest.mark.usefixtures("listening")
def test_without_a_way_to_us_there_is_no_code_but_advice(client: Client) -> None:
    config.set_option("server.address", "localhost")
    made = client.post("/s", asked(origin="http://localhost:8501")).json()
    assert made.keys() == {"problem"}
    assert "ADDRESS=0.0.0.0" in made["problem"]


@pytest.mark.usefixtures("client")
def test_links_lie_below_the_base_path() -> None:
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", "play")
    try:
        assert read_target("/play/softmax", "") == "softmax"
        assert read_target("/play/", "") == read_target("/play", "") == ""
        with pytest.raises(InputError):
            read_target("/softmax", "")
        below = Client()
        made = below.post("/play/s", asked(path="/play/softmax")).json()
        assert made["link"].startswith("http://192.168.1.20:8501/play/s/")
        code = made["link"].rpartition("/")[2]
        location = below.get(f"/play/s/{code}").headers["location"]
        assert location == "/play/softmax?preset=A8"
    finally:
        config.set_option("server.baseUrlPath", before)
