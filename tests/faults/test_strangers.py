"""What strangers send to a running server, by the hundred, and many pages at once.

Each answer is looked through for the sentence of a failing page, and the server's log, after each
test, for tracebacks (`shared_server.py`).
"""

from __future__ import annotations

import json
import random
import string
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from campaign import Campaign
from streamlit.proto.WidgetStates_pb2 import WidgetState

from devtools.serving import Server
from devtools.visitors import Visitor, ask, trigger, visiting
from playground.ui.server.short_links import PAGES

pytestmark = pytest.mark.timeout(900)

KEYS = {
    "": ("projection", "run"),
    "softmax": ("preset", "predict", "view", "z", "t", "y", "c", "projection"),
    "cross_entropy": ("preset", "predict", "section", "z", "y", "rate", "q", "rows", "labels",
                      "digit", "moment", "seed", "network"),
    "train": ("model", "optimizer", "lr", "momentum", "batch", "epochs", "examples", "seed", "run",
              "lab", "data", "own", "moment", "training", "widths", "digits", "log", "schedule"),
    "draw": ("readers", "panel", "projection"),
    "notebooks": ("projection", "preset"),
}  # fmt: skip
VALUES = (
    "", "0", "-1", "1", "1e309", "inf", "-inf", "nan", "1e-400", "0x10", "1_000", "٣", "½", "true",
    "null", "None", "[]", "{}", "../../etc/passwd", "%00", "\0", "a" * 5000, "1" * 5000,
    "[e](https://evil.example)<b>f</b>$g$",
    "1_2_3", "1_nan", "_", "~", "1~2", "🎲", "\u202e", "run:abcdefghijkl@5", "own:2-" + "0" * 32,
    "9" * 400, "-0", "1e5", "0.1.2", ",", ",,,", "a,b", "Linear: 784-10, one layer",
)  # fmt: skip
EVENTS = ("commit", "move", "pick", "pressed", "asked", "resync", "resend", "picture", "answer")
NUMBERS = (0, -1, 1, 2**53, 2**63, 10**400, 0.5, -0.0, 1e308)


def no_failure(visitor: Visitor, what: object) -> None:
    assert "Something went wrong" not in visitor.texts(), what


def test_links(server: Server, campaign: Campaign) -> None:
    chance = random.Random(3)
    times = campaign.times(400)
    for _ in range(times):
        page = chance.choice(PAGES)
        keys = chance.sample(KEYS[page], chance.randint(1, min(3, len(KEYS[page]))))
        query = {key: chance.choice(VALUES) for key in keys}
        with visiting(server.url, page, query, secret="m" * 32) as visitor:
            no_failure(visitor, (page, query))
            assert visitor.elements, (page, query)
    campaign.held(times, "links with up to three wrong values: each page is there")


def anything(chance: random.Random, depth: int = 3) -> Any:
    """Some value that JSON has."""
    kind = chance.randrange(8 if depth else 6)
    match kind:
        case 0:
            return chance.choice((None, True, False))
        case 1 | 2:
            return chance.choice(NUMBERS)
        case 3:
            return "".join(chance.choices(string.printable, k=chance.choice((0, 3, 300))))
        case 4:
            return chance.choice(VALUES)
        case 5:
            return chance.randint(0, 70)
        case 6:
            return [anything(chance, depth - 1) for _ in range(chance.randint(0, 12))]
    names = ("seq", "index", "values", "temperature", "target", "step", "settled", "cell", "what")
    names += ("by", "size", "box", "grey", "final", "ink", "loaded", "said", "thin", "x")
    return {
        name: anything(chance, depth - 1)
        for name in chance.sample(names, chance.randint(0, len(names)))
    }


def test_messages_of_components(server: Server, campaign: Campaign) -> None:
    chance = random.Random(4)
    times = campaign.times(600)
    sent = 0
    while sent < times:
        page = chance.choice(PAGES)
        with visiting(server.url, page, secret="m" * 32) as visitor:
            components = visitor.components()
            for _ in range(20 if components else 0):
                event, value = chance.choice(EVENTS), anything(chance)
                visitor.run(trigger(chance.choice(components), event, value))
                no_failure(visitor, (page, event, value))
                sent += 1
            if not components:
                visitor.run(WidgetState(id="none", trigger_value=True))
                no_failure(visitor, page)
                sent += 1
    campaign.held(sent, "forged messages of components: dropped, the page goes on")


def test_short_links(server: Server, campaign: Campaign) -> None:
    chance = random.Random(6)
    times = campaign.times(1000)
    for number in range(times):
        asked: Any = {
            "origin": chance.choice((*VALUES, "http://localhost:8501", "http://10.0.0.1", 5)),
            "path": chance.choice((*VALUES, "/", "/softmax", "/train", "//evil.example", 7)),
            "query": chance.choice((*VALUES, "?preset=A8", "a=%ff", [])),
        }
        body = json.dumps(anything(chance) if number % 4 == 0 else asked).encode()
        if number % 7 == 0:
            body = body[: chance.randrange(len(body) + 1)]
        status, _, said = ask(server, "POST", "/s", body, Content_Type="application/json")
        assert status in {200, 400}, (body, said)
        assert json.loads(said).keys() & {"link", "problem"}, (body, said)
    for code in VALUES:
        if code.isascii() and code.isalnum():
            assert ask(server, "GET", f"/s/{code}")[0] in {404, 302}
    campaign.held(times, "requests for short links: a code, or what is wrong")


def test_many_pages_at_once(server: Server, campaign: Campaign) -> None:
    count = campaign.times(50)

    def look(number: int) -> int:
        page = PAGES[number % len(PAGES)]
        with visiting(server.url, page, secret=f"{number:032}") as visitor:
            no_failure(visitor, page)
            visitor.run()
            no_failure(visitor, page)
            return len(visitor.elements)

    with ThreadPoolExecutor(count) as pool:
        found = list(pool.map(look, range(count)))
    assert min(found) > 3
    campaign.held(count, "pages open at once: each is drawn, twice")
