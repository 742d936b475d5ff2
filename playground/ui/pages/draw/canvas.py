"""The canvas of the drawing page, read at every picture that it sends."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st

from playground.drawing import STEPS, Drawing, Said, sample_digits, with_thinner_pen
from playground.errors import PlaygroundError
from playground.recognition.catalogue import parse_choice
from playground.recognition.in_browser import BrowserNetwork, browser_networks, weights_at
from playground.recognition.reading import WAITING, Ink
from playground.recognition.recognise import CanvasAnswer, LastReading, nothing_to_say, recognise
from playground.runs import Run
from playground.ui.components.canvas import (
    Load,
    Offer,
    OfferedNetwork,
    drawing_canvas,
    received,
)
from playground.ui.components.canvas.message import SIDE
from playground.ui.components.scrubber import Frames, Move, Stop, scrubber
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.session_object import session_object
from playground.ui.kit.with_torch import FAILED
from playground.ui.pages.draw.reader_picker import choose_moment, training_now
from playground.ui.server import lazy_torch
from playground.ui.server.kept_files import file_url
from playground.ui.server.moment_files import Moment, moments_url
from playground.ui.server.session import manager

KEY, MOMENT = "canvas", "draw_moment"
_LOOK_AGAIN, _REFRESH = 0.4, 3.0  # seconds


@dataclass(eq=False)
class _Shown:
    """What the page has put on the canvas, and what is shown below it: the number of the picture,
    and of its reading.
    """

    load: Load | None = None
    below: tuple[int, int] | None = None
    moved: bool = False  # to another moment of the run that reads


def canvas(
    choices: list[str],
    *,
    steps: Collection[str] = STEPS,
    shown: float,
    is_read_below: Callable[[], bool],
) -> None:
    """The canvas and its answer, kept up to date at each stroke and while a run trains.

    Args:
        choices: who reads, as `load_reader` takes them.
        steps: of the preprocessing.
        shown: the fraction of the ink to show.
        is_read_below: whether what stands below is of this reading alone: the whole page runs
            when a stroke has ended, and when a network that trains on has read it once more.
    """
    ready, failed = lazy_torch.wait(0), lazy_torch.has_failed()
    lazy_torch.begin()

    def tick() -> None:
        if on_page.moved:
            st.rerun()  # others read now
        picture = received(KEY)
        if (lazy_torch.wait(0), lazy_torch.has_failed()) != (ready, failed):
            st.rerun()  # once, for a calmer pace
        if pace and not training_now(choices):
            st.rerun()  # once: its last weights, and no pace
        say = _answer(choices, steps) if ready else nothing_to_say(FAILED if failed else WAITING)
        offer = _offer(choices, tuple(steps), ready)
        drawing_canvas(
            KEY,
            seq=picture.seq if picture else 0,
            answer=say,
            offer=offer,
            loading=not ready,
            load=on_page.load,
            shown=shown,
        )
        _moments(choices[0], reads_here=offer is None)
        is_whole = picture is not None and picture.final
        now = (picture.seq if picture and is_whole else 0, last_reading().count)
        if on_page.below is None:
            on_page.below = now  # what follows on the page is of it
        elif is_whole and now != on_page.below and is_read_below():
            st.rerun()

    on_page = session_object(_Shown)
    on_page.moved, on_page.below = False, None
    pace = _REFRESH if training_now(choices) else None
    live_fragment(tick, run_every=pace if ready else None if failed else _LOOK_AGAIN)


def _moments(choice: str, *, reads_here: bool) -> None:
    """The scrubber through the run that reads, if it has moments to go to.

    Args:
        reads_here: whether the server reads, and not the browser.
    """
    with suppress(PlaygroundError):
        run_id, step = parse_choice(choice)
        if run_id is None:
            return
        run = manager().get(run_id)
        stops = [Stop(one.step, one.epoch) for one in run.snapshots]
        if len(stops) < 2 or step not in {None, *(stop.step for stop in stops)}:
            return
        on_page = session_object(_Shown)

        def move(move: Move) -> None:
            choose_moment(run.id, move.step)
            on_page.moved = True

        scrubber(
            stops,
            key=MOMENT,
            shown=step,
            live=run.status.active,
            on_move=move,
            label="Moment of the training",
            frames=None if reads_here else Frames(_moments_url(run)),
        )


def _answer(choices: Collection[str], steps: Collection[str]) -> CanvasAnswer:
    ink, said, last = canvas_ink(), canvas_words(), last_reading()
    return recognise(ink, choices, steps, manager(), said, last, is_thin=has_thinner_pen())


def _offer(choices: Collection[str], steps: tuple[str, ...], ready: bool) -> Offer | None:
    """The networks with which the browser reads by itself; None if the server has to."""
    networks = browser_networks(choices, manager(), is_ready=ready)
    offered = []
    for network in networks:
        calibration = network.calibration
        offered.append(
            OfferedNetwork(
                network.name,
                network.class_names,
                network.kind,
                network.activation,
                weights_url(network),
                None if calibration is None else file_url(calibration),
            )
        )
    return Offer(steps, offered) if offered else None


def weights_url(network: BrowserNetwork) -> str:
    """The path at which a browser fetches its weights, and what names them for good."""
    if network.run is None:
        return file_url(network.weights)
    return f"{_moments_url(network.run)}/{network.step}"


def _moments_url(run: Run) -> str:
    """Where a browser fetches a run's weights, of any moment: whoever knows it may look at it."""
    run_id = run.id  # an address outlives the run's place in memory

    return moments_url(
        f"weights {run.edition} {run.created}",
        lambda step: Moment(weights_at(manager().get(run_id), step)),
    )


def has_thinner_pen() -> bool:
    """Whether what the networks are given has thinner pens than what stands on the canvas."""
    picture = received(KEY)
    return picture is not None and picture.says_thin


def canvas_ink() -> Ink:
    """(280, 280) uint8: what is on the canvas, as last sent."""
    picture = received(KEY)
    return np.zeros((SIDE, SIDE), dtype=np.uint8) if picture is None else picture.full()


def canvas_words() -> tuple[Said, ...]:
    """What the visitor says about which strokes on the canvas are one digit."""
    picture = received(KEY)
    return picture.said if picture else ()


def last_reading() -> LastReading:
    """What was read on this page last: the answer and an open panel show the same."""
    return session_object(LastReading)


def canvas_drawing() -> Drawing | None:
    """The strokes on the canvas as drawn, if they have come."""
    picture = received(KEY)
    try:
        return Drawing(tuple(picture.strokes)) if picture and picture.strokes else None
    except PlaygroundError:  # longer than can be replayed
        return None


def as_given(drawing: Drawing | None) -> Drawing | None:
    """The drawing with the pens that the networks are given."""
    return with_thinner_pen(drawing) if drawing and has_thinner_pen() else drawing


def put(drawing: Drawing) -> None:
    """Put a drawing on the canvas, in the next run. The visitor can undo it."""
    now = session_object(_Shown)
    now.load = Load(secrets.token_hex(8), drawing.strokes)  # a browser outlives its session


@lru_cache(maxsize=1)
def samples() -> tuple[tuple[int, Drawing], ...]:
    """The digits drawn in advance, with their labels."""
    return tuple((sample.label, sample.drawing) for sample in sample_digits())
