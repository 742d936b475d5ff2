"""The drawing canvas: ink, and beside it what the networks make of it while it is drawn.

The browser keeps the strokes and draws them, and reads them with the networks that it is offered.
When a stroke has ended it sends a small grey picture of the ink, and the page answers with
probabilities; where it cannot read by itself, about ten times a second before that, too. A picture
is never larger than 2,304 pixels of 16 grey levels, however much has been drawn.

    def canvas() -> None:
        picture = received("canvas")
        if picture is None or picture.is_empty:
            answer = CanvasAnswer([Answer("CNN", DIGITS)], None, "The canvas is empty")
        else:
            digit = to_digit(picture.full()).digit
            answer = CanvasAnswer([Answer("CNN", DIGITS, read(digit))], digit, "")
        drawing_canvas("canvas", seq=picture.seq if picture else 0, answer=answer)

    live_fragment(canvas)
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from msgspec import Struct, field, to_builtins
from numpy.typing import ArrayLike

from playground.drawing import Box
from playground.drawing.regions import box_of
from playground.drawing.strokes import Stroke
from playground.palette import CLASSES
from playground.recognition.question import Question
from playground.recognition.reading import Answer, Number
from playground.recognition.recognise import CanvasAnswer
from playground.ui.components.canvas.message import (
    STEPS_OF_ONE,
    Picture,
    Sent,
    read_message,
)
from playground.ui.kit.component import component
from playground.ui.kit.messages import take_once
from playground.ui.kit.session_object import session_object


@dataclass(frozen=True)
class Load:
    """A drawing to put on the canvas, once for each id; the visitor can undo it."""

    id: str
    strokes: Sequence[Stroke]


class Offer(Struct, frozen=True):
    """What a browser has to know to read by itself.

    Args:
        steps: of the preprocessing.
        networks: who reads, in the order of the answers, with the paths of their files.
    """

    steps: Sequence[str]
    networks: Sequence[OfferedNetwork]


class OfferedNetwork(Struct, frozen=True):
    """A network that is offered; fields as of `BrowserNetwork`, files as the paths of addresses."""

    name: str
    class_names: Sequence[str] = field(name="classes")
    kind: str
    activation: str
    weights: str
    calibration: str | None = None


_mount = component("canvas")


def drawing_canvas(
    key: str,
    *,
    seq: int,
    answer: CanvasAnswer,
    load: Load | None = None,
    shown: float = 1.0,
    offer: Offer | None = None,
    loading: bool = False,
) -> None:
    """Show the canvas and the answer. Call it in a fragment with a container of its own.

    Args:
        key: names the component; its drawing outlives reruns and other pages.
        seq: of the picture answered, 0 if there is none yet.
        answer: to it; its line is plain text, one or two lines.
        load: a drawing to show instead of the present one.
        shown: fraction of the ink, by its length, to show: for replaying. The pictures
            are of all of it, and the next stroke ends the replay.
        offer: with what the browser reads by itself while the pen moves. None: it sends
            pictures here then, too.
        loading: nobody can read yet, as the answer's line says: another may take long.
    """
    last = received(key)
    is_new = load is not None and (last is None or last.loaded != load.id)
    _mount(
        key=key,
        data={
            **answer_wire(seq, answer),
            "key": key,
            "colours": [list(colour) for colour in CLASSES],
            "load": _pack_load(load) if load is not None and is_new else None,
            "shown": shown,
            "offer": to_builtins(offer),
            "loading": loading,
        },
        on_picture_change=partial(_receive, key),
    )


def answer_wire(seq: int, answer: CanvasAnswer) -> dict[str, Any]:
    """The JSON-able answer to the picture `seq`."""
    digit, number, question = answer.digit, answer.number, answer.question
    return {
        "seq": seq,
        "answers": [_pack_answer(one) for one in answer.answers],
        "digit": None if digit is None else _pack_digit(digit),
        "line": answer.line,
        "number": None if number is None else _pack_number(number),
        "ask": None if question is None else _pack_question(question),
    }


def received(key: str) -> Picture | None:
    """The last picture that the browser sent and that could be read; None if there is none."""
    return session_object(_Inbox, key).picture


# ---------------------------------------------------------------- from the browser


@dataclass(eq=False)
class _Inbox:
    """What has come from one canvas."""

    picture: Picture | None = None


def _receive(key: str) -> None:
    """A picture that cannot be read is not answered; the next one is."""
    inbox = session_object(_Inbox, key)

    def keep(picture: Picture) -> None:
        inbox.picture = picture

    take_once(key, "picture", "canvas", Sent, keep, read=read_message)


# ---------------------------------------------------------------- to the browser


def _pack_answer(answer: Answer) -> dict[str, Any]:
    """As `canvas/answer.js` reads it, in ten-thousandths."""
    p = answer.probabilities
    return {
        "name": answer.name,
        "classes": [str(name) for name in answer.class_names],
        "p": None if p is None else np.rint(1e4 * np.asarray(p)).astype(int).tolist(),
        "verdict": answer.verdict,
    }


def _pack_number(number: Number) -> dict[str, Any]:
    rows = [list(row) for row in number.rows]
    return {"rows": rows, "digits": [_pack_digit(digit) for digit in number.digits]}


def _pack_question(question: Question) -> dict[str, Any]:
    box = question.box
    edges = [box.left, box.top, box.right, box.bottom]
    return {"box": edges, "one": question.answer.is_one, "offer": question.offer}


def _pack_digit(digit: ArrayLike) -> str:
    """Left, top and width of its ink, then the bytes of that: half of 28 × 28 or less."""
    levels = np.rint(255 * np.clip(digit, 0.0, 1.0)).astype(np.uint8)
    box = box_of(levels > 0) or Box(0, 0, 1, 1)
    ink = levels[box.top : box.bottom, box.left : box.right]
    packed = bytes([box.left, box.top, box.width]) + ink.tobytes()
    return base64.b64encode(packed).decode("ascii")


def _pack_load(load: Load) -> dict[str, Any]:
    return {"id": load.id, "strokes": [_pack_stroke(stroke) for stroke in load.strokes]}


def _pack_stroke(stroke: Stroke) -> list[int]:
    pressure = np.full(len(stroke.points), 0.5) if stroke.pressure is None else stroke.pressure
    numbers = np.column_stack((stroke.points, pressure)).reshape(-1)
    width = max(1, round(STEPS_OF_ONE * stroke.width))
    return [width, *np.rint(STEPS_OF_ONE * numbers).astype(int).tolist()]
