"""Short links to exactly this state of a page, and their QR codes: made here, by no service.

    POST /s            {"origin", "path", "query"} → {"link", "size", "squares"} or {"problem"}
    GET  /s/<code>     → 302 to the page and query that the code stands for

A code only ever leads to one of our own pages: what is stored is the page's name and a query
that was read and written anew. It is as much as the long link and no more: a run in it can be
looked at, and steering it still takes the cookie of the browser that started it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import re
import socket
import struct
import sys
import threading
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import config

from playground.errors import InputError
from playground.ui.server.assets import below_base
from playground.validation import short_repr

PAGES = ("", "softmax", "cross_entropy", "train", "draw", "notebooks")
"""The pages a code may lead to, by their place in the address; the first is the home page."""

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of the codes: no 0, 1, i, l, o, which look like others on a beamer."""
CODE_LENGTH = 6  # 31⁶ ≈ 9 · 10⁸: few enough letters to type, too many to try
MOST_CHARACTERS = 10_000  # of one target; the longest batch that fits into an address has 8,300
MOST_LINKS = 2_000
MOST_OF_ONE = 200
"""Links kept for one address: a school may have one for all of its teachers."""
MOST_STORED = 4_000_000  # characters of all targets together
MOST_HOST = 100
"""Characters of a host's name; a code for more has squares too small for the last row."""
_MOST_PARAMETERS = 60
BELOW = "below"
"""The parameter with what stood below a page in an address; see `paths`."""
# The class gets the page for a laptop, and the page itself.
_LEFT_OUT = ("projection", "lesson", "step", "notes", "embed", "embed_options", BELOW)
_QUIET = 4  # modules of white around a QR code, as ISO 18004 asks

_log = logging.getLogger(__name__)


# ---------------------------------------------------------------- what a code stands for


def read_target(path: object, query: object) -> str:
    """A page and its state as one text, in one way for each state: "softmax?preset=A8&z=1_2".

    Args:
        path: as in the address, with `server.baseUrlPath` if there is one.
        query: as in the address, with or without its question mark.

    Raises:
        InputError: it is none of our pages, too long, or no query.
    """
    if not isinstance(path, str) or not isinstance(query, str):
        raise InputError(
            f"A link is {short_repr((path, query))}", allowed="a path and a query as texts"
        )
    if len(path) + len(query) > MOST_CHARACTERS:
        raise InputError(
            f"The link has {len(path) + len(query):,} characters",
            allowed=f"up to {MOST_CHARACTERS:,}",
            advice="Take a smaller batch, or numbers with fewer digits",
        )
    page = _page_of(path)
    try:
        pairs = parse_qsl(
            query.removeprefix("?"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
        kept = sorted((key, value) for key, value in pairs if key not in _LEFT_OUT)
        target = f"{page}?{urlencode(kept)}" if kept else page
    except ValueError as error:  # half of a surrogate pair, too, which JSON may hold
        raise InputError(
            f"The query is {short_repr(query)}",
            allowed=f"up to {_MOST_PARAMETERS} parameters in UTF-8",
        ) from error
    if len(target) > MOST_CHARACTERS:  # percent signs may have made it longer
        raise InputError(f"The link has {len(target):,} characters", allowed=f"{MOST_CHARACTERS:,}")
    return target


def _page_of(path: str) -> str:
    known = {below_base(name).rstrip("/"): name for name in PAGES}
    page = known.get(path.rstrip("/")) if path.startswith("/") else None
    if page is None:
        allowed = ", ".join(name for name in PAGES if name)
        raise InputError(
            f"There is no page {short_repr(path)}", allowed=f"{allowed}, or the first page"
        )
    return page


@dataclass(eq=False)
class _Link:
    target: str
    makers: set[str] = field(default_factory=set)  # whoever has asked for it
    followed: bool = False


class ShortLinks:
    """Codes and their targets, in memory.

    May be used by several threads. The same target has the same code as long as it is known,
    and after it was forgotten as well, unless another one has taken that code. Where there are
    too many, whoever has asked for the most loses one: the oldest that nobody has followed, or
    else the oldest. So nobody can push out the links of others by asking for many.

    Args:
        most_links: how many are kept.
        most_stored: characters of all targets together.
        most_of_one: how many are kept for one maker.
    """

    def __init__(
        self,
        most_links: int = MOST_LINKS,
        most_stored: int = MOST_STORED,
        most_of_one: int = MOST_OF_ONE,
    ) -> None:
        self._most_links, self._most_stored = most_links, most_stored
        self._most_of_one = most_of_one
        self._links: dict[str, _Link] = {}
        self._made: dict[str, dict[str, None]] = {}  # codes of each maker, the oldest first
        self._stored = 0
        self._lock = threading.Lock()

    def code_for(self, target: str, maker: str = "") -> str:
        """The code of a target from `read_target`.

        Args:
            maker: who asks, for instance an address in the network.
        """
        with self._lock:
            attempt = 0
            code = _code(target, attempt)
            while code in self._links and self._links[code].target != target:
                attempt += 1
                code = _code(target, attempt)
            if code not in self._links:
                self._links[code] = _Link(target)
                self._stored += len(target)
            self._links[code].makers.add(maker)
            made = self._made.setdefault(maker, {})
            made.pop(code, None)
            made[code] = None  # the youngest, also when it is asked for again
            if len(made) > self._most_of_one:
                self._forget_one(maker, code)
            while len(self._links) > self._most_links or self._stored > self._most_stored:
                most = max(self._made, key=lambda one: len(self._made[one].keys() - {code}))
                self._forget_one(most, code)
            return code

    def _forget_one(self, maker: str, kept: str) -> None:
        made = self._made[maker]
        others = [code for code in made if code != kept]
        code = next((one for one in others if not self._links[one].followed), others[0])
        del made[code]
        if not made:
            del self._made[maker]
        self._links[code].makers.discard(maker)
        if not self._links[code].makers:
            self._stored -= len(self._links.pop(code).target)

    def target(self, code: str) -> str | None:
        """What a code stands for; None if that is not known, or not any more."""
        with self._lock:
            link = self._links.get(code.lower())
            if link is None:
                return None
            link.followed = True
            return link.target

    def __len__(self) -> int:
        return len(self._links)


def _code(target: str, attempt: int) -> str:
    digest = hashlib.sha256(f"{attempt} {target}".encode()).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


@lru_cache(maxsize=1)
def short_links() -> ShortLinks:
    """Those of this process."""
    return ShortLinks()


# ---------------------------------------------------------------- where a class finds us


@dataclass(frozen=True)
class Origin:
    """The front of an address: `http`, `192.168.1.20`, 8501 (None for the usual port)."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port is None else f":{self.port}")

    @property
    def is_this_computer(self) -> bool:
        """Whether only the computer itself can use it."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return address.is_loopback or address.is_unspecified


def read_origin(text: object) -> Origin:
    """Read what a browser calls `location.origin`.

    Raises:
        InputError: it is something else.
    """
    wrong = InputError(
        f"The origin is {short_repr(text)}", allowed="such as http://192.168.1.20:8501"
    )
    if not isinstance(text, str) or len(text) > 300:
        raise wrong
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    host = parts.hostname or ""
    if len(host) > MOST_HOST:
        raise InputError(
            f"The host's name has {len(host)} characters",
            allowed=f"up to {MOST_HOST} for a code that can be read from the last row",
            advice="Open the page under a shorter name or the computer's number",
        )
    origin = Origin(parts.scheme, host, port)
    is_name = re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]*:[0-9a-f:.]*", host)
    if parts.scheme not in {"http", "https"} or not is_name or str(origin) != text.lower():
        raise wrong
    return origin


def class_origin(visitor: Origin) -> Origin | None:
    """The origin under which others reach this server; None if they cannot.

    Args:
        visitor: the one in the visitor's own address. It is right for others, too, unless it
            means "this computer"; then this computer's address in its network is taken.
    """
    if not visitor.is_this_computer:
        return visitor
    listens = str(config.get_option("server.address") or "0.0.0.0")  # noqa: S104 - Streamlit's own
    if listens in {"0.0.0.0", "::"}:  # noqa: S104
        address = lan_address()
        return None if address is None else replace(visitor, host=address)
    alone = replace(visitor, host=listens.lower())
    return None if alone.is_this_computer else alone


_SIOCGIFADDR = 0x8915  # of Linux: the address of an interface


def lan_address() -> str | None:
    """This computer's address in its network, or None if it is in none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of nobody: chooses the way out, no more
        except OSError:  # no way out: its network may be a hotspot of its own
            return _interface_address(probe)
        address = str(probe.getsockname()[0])
    return None if ipaddress.ip_address(address).is_loopback else address


def _interface_address(any_socket: socket.socket) -> str | None:
    """The address of the first interface that has one, on Linux; None elsewhere."""
    if sys.platform != "linux":
        return None
    import fcntl

    for _, name in socket.if_nameindex():
        request = struct.pack("256s", name.encode()[:15])
        try:
            answer = fcntl.ioctl(any_socket.fileno(), _SIOCGIFADDR, request)
        except OSError:  # it has none
            continue
        address = socket.inet_ntoa(answer[20:24])
        if not ipaddress.ip_address(address).is_loopback:
            return address
    return None


NOT_REACHABLE = (
    "Nobody else can open this page: its address means “this computer”. Stop the server, start "
    "it with  make run ADDRESS=0.0.0.0  (or streamlit run app.py --server.address 0.0.0.0) on a "
    "computer that is in the same network as the class, and show the code again. If it was started "
    "so, open this page under this computer's own number in that network."
)


# ---------------------------------------------------------------- the QR code


def qr_squares(link: str) -> tuple[int, str]:
    """A QR code (ISO 18004, level M) as an SVG path.

    Returns:
        Its side in modules, with the white edge of 4, and a path of 1 × n boxes: the dark ones.
    """
    import segno  # only whoever asks for a code pays for it

    matrix = segno.make_qr(link, error="m").matrix
    boxes = []
    for y, row in enumerate(matrix):
        text = "".join("#" if module else " " for module in row)
        for run in re.finditer("#+", text):
            n = len(run.group())
            boxes.append(f"M{run.start() + _QUIET} {y + _QUIET}h{n}v1h-{n}z")
    return len(matrix) + 2 * _QUIET, "".join(boxes)


# ---------------------------------------------------------------- routes


def share_url() -> str:
    """The path to which a page and its query are posted."""
    return below_base("s")


def share_routes() -> list[Route]:
    """Routes of `st.App` that make short links and follow them."""
    return [
        Route(share_url(), _make, methods=["POST"]),
        Route(below_base("s/{code}"), _follow, methods=["GET", "HEAD"]),
    ]


async def _make(request: Request) -> Response:
    # A form of another site cannot send this type, and a script of another site may not.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return JSONResponse({"problem": "JSON is expected."}, status_code=415)
    try:
        sent = await _body(request)
        target = read_target(sent.get("path"), sent.get("query"))
        reached = class_origin(read_origin(sent.get("origin")))
    except ClientDisconnect:  # nobody is there to be told
        return Response(status_code=400)
    except InputError as error:
        _log.warning("Dropped a request for a short link: %s", error)
        return JSONResponse({"problem": str(error)}, status_code=400)
    if reached is None:
        return JSONResponse({"problem": NOT_REACHABLE})
    link = f"{reached}{share_url()}/{short_links().code_for(target, _maker(request))}"
    size, squares = await run_in_threadpool(qr_squares, link)  # tens of milliseconds
    return JSONResponse({"link": link, "size": size, "squares": squares})


def _maker(request: Request) -> str:
    """An address, and of version 6 the network, of which a household has one with any number."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host


async def _body(request: Request) -> dict[str, Any]:
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > 2 * MOST_CHARACTERS:
            raise InputError(f"The request has more than {2 * MOST_CHARACTERS:,} bytes")
    try:
        sent = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The request is {short_repr(content[:80])}", allowed="JSON") from error
    if not isinstance(sent, dict):
        raise InputError(f"The request is {short_repr(sent)}", allowed="a JSON object")
    return sent


async def _follow(request: Request) -> Response:
    target = short_links().target(request.path_params["code"])
    headers = {"Cache-Control": "no-store"}
    if target is None:
        return HTMLResponse(_UNKNOWN.format(home=below_base("")), 404, headers)
    return RedirectResponse(below_base(target), 302, headers)


_UNKNOWN = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Unknown link</title></head><body>
<h1>This short link is not known</h1>
<p>It is mistyped, or the server was started anew since. Ask for a new one,
or <a href="{home}">begin at the first page</a>.</p></body></html>"""
