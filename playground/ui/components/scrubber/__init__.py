"""The scrubber: a slider over the moments of a run that moves what stands around it.

Given `frames`, the browser fetches the moments around its place ahead and shows them while it
moves; the server is told when it is let go. Without, and for a moment that cannot be fetched, it
is told of each place at once, but never by more than one message that has not been answered: the
newest place wins. The line on the live chart follows in the browser alone, by a window event:

    window.dispatchEvent(new CustomEvent("sp-moment", { detail: { step: 500 } }));  // or null

A message counts as answered when the scrubber is told its number again. Call it last in its
fragment, into a container that stands first, and it is answered when the frame is there:

    place = st.container()
    show_the_panels_of(moment_of("look"))
    with place:
        scrubber(stops, key="look", shown=None, on_move=move)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from playground.errors import InputError
from playground.ui.kit.component import component
from playground.ui.kit.messages import Message, answered, take_once


@dataclass(frozen=True)
class Stop:
    """A moment that the slider can stand at.

    Args:
        step: of the run, 0 before the first.
        epoch: the one that ends there; None within an epoch.
    """

    step: int
    epoch: int | None = None


@dataclass(frozen=True)
class Frames:
    """Where a browser fetches what it shows of each moment: `url`, "/" and the step.

    Args:
        url: from `playground.ui.server.moment_files.moments_url`.
        is_json: messages of components by their keys; else weights, for the canvas.
    """

    url: str
    is_json: bool = False


@dataclass(frozen=True)
class Move:
    """What a visitor has done.

    Args:
        step: gone to; None: to the latest moment, whichever that is.
        settled: let go, and no longer on the way elsewhere.
    """

    step: int | None
    settled: bool


_mount = component("scrubber")


def scrubber(
    stops: Sequence[Stop],
    *,
    key: str,
    shown: int | None,
    live: bool,
    on_move: Callable[[Move], None],
    label: str = "Moment",
    frames: Frames | None = None,
) -> None:
    """Show the slider, and tell it that what was last sent is now shown.

    Args:
        stops: ascending by step; at least one.
        shown: the step that is looked at, one of the stops; None: the latest, the last stop.
        live: whether more stops are to come.
        on_move: called before the rerun with what the visitor did, already checked.
        label: for a screen reader.
        frames: what the browser shows while the slider moves; None: what the server answers.
    """
    steps = [stop.step for stop in stops]
    _mount(
        key=key,
        data={
            "label": label,
            "steps": steps,
            "epochs": [stop.epoch for stop in stops],
            "shown": shown,
            "live": live,
            "answered": answered(key),
            "frames": None if frames is None else {"url": frames.url, "isJson": frames.is_json},
        },
        on_move_change=partial(_receive, key, frozenset(steps), on_move),
    )


class _Moved(Message):
    step: int | None
    settled: bool


def _receive(key: str, steps: frozenset[int], on_move: Callable[[Move], None]) -> None:
    take_once(key, "move", "scrubber", _Moved, on_move, read=partial(_move, steps))


def _move(steps: frozenset[int], message: _Moved) -> Move:
    if message.step is not None and message.step not in steps:
        raise InputError(f"A move goes to the step {message.step}", allowed="a stop, or null")
    return Move(message.step, message.settled)
