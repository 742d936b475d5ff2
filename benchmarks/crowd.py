"""Visitors of a public server, each a thread: they learn, watch, train and draw."""

from __future__ import annotations

import base64
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import psutil
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.measure import line
from devtools.visitors import Visitor, trigger, visiting
from playground.drawing import Drawing, as_sent, render, sample_digits
from playground.ui.components.canvas.message import SIDE

LEARNER_WAITS = (2.0, 6.0)  # seconds between two releases of a slider
DRAWER_WAITS = (1.0, 3.0)  # between two strokes
ARRIVE = 0.2  # from one visitor to the next
_LESSONS = (("softmax", None), ("cross_entropy", 0))


class Crowd:
    """The visitors of a server, and what they have seen of it.

    When the block ends they leave.

    Attributes:
        seconds: how long they waited, by what for.
        received: bytes of each answer.
        lost: messages that were never answered.
        problems: what went wrong otherwise.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.received: list[int] = []
        self.lost = 0
        self.problems: list[str] = []
        self._leaving = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, role: Callable[..., None], secret: str, *given: Any) -> None:
        """Let somebody come, who does what `role` says until all leave."""

        def live() -> None:
            try:
                role(self, secret, *given)
            except TimeoutError:
                self.lost += 1
            except Exception as error:  # noqa: BLE001 (whatever it is, it is reported)
                if not self._leaving.is_set():
                    self.problems.append(f"{role.__name__}: {type(error).__name__}: {error}")

        thread = threading.Thread(target=live, daemon=True)
        self._threads.append(thread)
        thread.start()

    def forget(self) -> None:
        """Count from now on."""
        self.seconds.clear()
        self.received.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        for thread in self._threads:
            thread.join(30)

    def pause(self, shortest: float, longest: float) -> bool:
        """Wait as a person does; False when it is time to leave."""
        return not self._leaving.wait(random.uniform(shortest, longest))

    def time(self, kind: str, visitor: Visitor, *widgets: WidgetState, **how: Any) -> None:
        """Ask for a run of the visitor's page, and note how long it took."""
        began = time.perf_counter()
        visitor.run(*widgets, **how)
        self.seconds[kind].append(time.perf_counter() - began)
        self.received.append(len(visitor.received))

    def report(self) -> None:
        """Say what went wrong."""
        line("messages that were not answered", str(self.lost), "0")
        line("errors", str(len(self.problems)), "0")
        for problem in self.problems[:5]:
            print(f"   {problem}")


def arrive(crowds: Sequence[Crowd], role: Callable[..., None], count: int, *given: str) -> None:
    """So many who do the same come, to one server after the other."""
    for number in range(count):
        secret = f"{role.__name__}-{time.monotonic_ns()}" * 2
        crowds[number % len(crowds)].add(role, secret, *given)
        time.sleep(ARRIVE)


def memory(process: psutil.Process) -> float:
    """Of the server without its training processes, in MB."""
    return float(process.memory_info().rss) / 1e6


# ---------------------------------------------------------------- what they do


def learn(crowd: Crowd, secret: str) -> None:
    """Move a slider of a lesson and let it go, again and again."""
    lesson, target = random.choice(_LESSONS)
    with visiting(crowd.url, lesson, secret=secret) as visitor:
        bench = visitor.component("playground_logit_bench")
        seq = 0
        while crowd.pause(*LEARNER_WAITS):
            seq += 1
            values = [round(random.uniform(-4, 4), 2) for _ in range(3)]
            commit = {"values": values, "temperature": 1.0, "target": target, "seq": seq}
            widget = trigger(bench.id, "commit", commit)
            crowd.time("slider commit → figures", visitor, widget, fragment=bench.fragment)


def watch(crowd: Crowd, secret: str, run: str, more: Mapping[str, Any] | None = None) -> None:
    """Look at somebody's run, at what else the address has."""
    with visiting(crowd.url, "train", {"run": run, **(more or {})}, secret=secret) as visitor:
        follow(crowd, visitor)


def train(crowd: Crowd, secret: str, epochs: str = "20") -> None:
    """Start a run and look at it."""
    with visiting(crowd.url, "train", {"epochs": epochs}, secret=secret) as visitor:
        start = visitor.buttons()["Start"]
        visitor.press(start)
        while not visitor.timers:
            visitor.run()
        follow(crowd, visitor)


def follow(crowd: Crowd, visitor: Visitor) -> None:
    """Ask for every timer of the page when it is due."""
    due = {fragment: time.monotonic() + s for fragment, s in visitor.timers.items()}
    while due:
        fragment = min(due, key=lambda one: due[one])
        rest = max(0.0, due[fragment] - time.monotonic())
        if not crowd.pause(rest, rest):
            return
        crowd.time("tick", visitor, fragment=fragment, automatic=True)
        due = {
            one: due.get(one, time.monotonic()) if one != fragment else time.monotonic() + s
            for one, s in visitor.timers.items()
        }


def draw(crowd: Crowd, secret: str) -> None:
    """Draw digits: the browser reads them, and the page hears of each stroke that has ended."""
    samples = sample_digits()
    with visiting(crowd.url, "draw", secret=secret) as visitor:
        while "The network is being loaded" in visitor.texts():
            time.sleep(1)
            visitor.run()
        canvas = visitor.component("playground_canvas")
        seq = 0
        while crowd.pause(*DRAWER_WAITS):
            seq += 1
            picture = picture_message(random.choice(samples).drawing, seq)
            widget = trigger(canvas.id, "picture", picture)
            crowd.time("end of a stroke → page", visitor, widget, fragment=canvas.fragment)


def picture_message(drawing: Drawing, seq: int) -> dict[str, Any]:
    """What a browser sends of a drawing; see playground/ui/components/canvas/message.py."""
    ink = render(drawing, SIDE)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    grey = as_sent(ink)
    levels = np.append((grey // 17).reshape(-1), np.uint8(0))[: grey.size + grey.size % 2]
    packed = (levels[0::2] << 4 | levels[1::2]).astype(np.uint8).tobytes()
    return {
        "seq": seq,
        "final": True,
        "size": [grey.shape[1], grey.shape[0]],
        "box": [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1],
        "grey": base64.b64encode(packed).decode(),
    }
