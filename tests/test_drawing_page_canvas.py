"""The canvas of the drawing page without a page: when the page runs again, and what moves through
a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from playground.recognition.catalogue import DEFAULT
from playground.recognition.reading import WAITING
from playground.ui.components.scrubber import Frames, Move
from playground.ui.kit.with_torch import FAILED
from playground.ui.pages.draw import canvas as draw_canvas

RUN = "run:abcdefghijkl"


class Rerun(Exception):  # noqa: N818 (no error)
    """The page was asked to run again."""


@dataclass
class Stage:
    """What is around the canvas: its picture, who trains, whether PyTorch is there."""

    picture: Any = None
    trains: bool = False
    torch: tuple[bool, bool] = (True, False)  # ready, failed
    pace: float | None = None
    lines: list[str] = field(default_factory=list)

    def run_page(self, choice: str = DEFAULT) -> None:
        draw_canvas.canvas([choice], shown=1.0, is_read_below=lambda: True)

    def tick(self) -> bool:
        """Whether the canvas asks for the page."""
        try:
            self.body()
        except Rerun:
            return True
        return False

    def draw(self, seq: int, *, final: bool = True) -> None:
        self.picture = SimpleNamespace(seq=seq, final=final)

    def keep(self, body: Any, *, run_every: float | None) -> None:
        self.body, self.pace = body, run_every
        body()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    def rerun() -> None:
        raise Rerun

    def show(key: str, *, answer: Any, **_: Any) -> None:
        now.lines.append(answer.line)

    now = Stage()
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "rerun", rerun)
    torch = SimpleNamespace(
        wait=lambda _: now.torch[0], has_failed=lambda: now.torch[1], begin=lambda: None
    )
    for name, value in {
        "live_fragment": now.keep,
        "received": lambda _: now.picture,
        "training_now": lambda _: now.trains,
        "lazy_torch": torch,
        "drawing_canvas": show,
        "_offer": lambda *_: None,
        "_answer": lambda *_: SimpleNamespace(line="read"),
    }.items():
        monkeypatch.setattr(draw_canvas, name, value)
    return now


def test_what_stands_below_is_of_the_last_stroke_and_of_the_newest_weights(stage: Stage) -> None:
    stage.run_page()
    assert not stage.tick()
    stage.draw(1, final=False)
    assert not stage.tick()
    stage.draw(1)
    assert stage.tick()
    stage.run_page()
    assert not stage.tick()
    draw_canvas.last_reading().count += 1  # a network that trains on has read it once more
    assert stage.tick()
    stage.run_page()
    assert not stage.tick()


def test_once_a_run_has_ended_the_page_runs_once_and_the_canvas_rests(stage: Stage) -> None:
    stage.trains = True
    stage.run_page()
    assert stage.pace
    assert not stage.tick()
    stage.trains = False
    assert stage.tick()
    stage.run_page()
    assert stage.pace is None
    assert not stage.tick()


def test_a_pytorch_that_cannot_be_loaded_is_said_and_not_waited_for(stage: Stage) -> None:
    stage.torch = False, False
    stage.run_page()
    assert stage.pace
    stage.torch = False, True
    assert stage.tick()
    stage.run_page()
    assert stage.pace is None
    assert stage.lines == [WAITING, FAILED]


@pytest.mark.parametrize("offer", [None, object()])
def test_the_server_reads_the_moment_under_the_hand_where_the_browser_cannot(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, offer: object
) -> None:
    told: list[dict[str, Any]] = []
    chosen: list[tuple[str, int]] = []
    run = SimpleNamespace(
        id="abcdefghijkl",
        snapshots=[SimpleNamespace(step=step, epoch=0) for step in (0, 10)],
        status=SimpleNamespace(active=True),
    )
    for name, value in {
        "manager": lambda: SimpleNamespace(get=lambda _: run),
        "scrubber": lambda *_, **how: told.append(how),
        "choose_moment": lambda *at: chosen.append(at),
        "_moments_url": lambda _: "/moments/a",
        "_offer": lambda *_: offer,
    }.items():
        monkeypatch.setattr(draw_canvas, name, value)
    stage.run_page(RUN)
    assert told[-1]["frames"] == (Frames("/moments/a") if offer else None)
    told[-1]["on_move"](Move(10, settled=False))
    assert chosen == [("abcdefghijkl", 10)]
    assert stage.tick()
