"""What is answered on the canvas's socket.

{"choices": ["default"], "steps": ["crop", …], "picture": {…}}   see message.py
{"seq": 7, "answers": […], "digit": "…", "line": ""}             see __init__.py
"""

from __future__ import annotations

import json

from playground.drawing import STEPS
from playground.errors import InputError
from playground.recognition.reading import MOST_READERS
from playground.recognition.recognise import recognise
from playground.ui.components.canvas import answer_wire
from playground.ui.components.canvas.message import Picture, read_message
from playground.ui.server.session import manager
from playground.validation import short_repr

MOST_BYTES = 8192  # of a message: a picture takes up to 1,800


def answer_message(text: str) -> str:
    """The answer to one message, both as JSON.

    Raises:
        InputError: anything else; it may come from anybody.
    """
    picture, choices, steps = _parsed(text)
    say = recognise(
        picture.full(), choices, steps, manager(), picture.said, is_thin=picture.says_thin
    )
    wire = answer_wire(picture.seq, say.answers, say.digit, say.line, say.number, say.question)
    return json.dumps(wire, separators=(",", ":"))


def _parsed(text: str) -> tuple[Picture, list[str], list[str]]:
    if len(text) > MOST_BYTES:
        raise InputError(f"A message has {len(text)} bytes", allowed=f"at most {MOST_BYTES}")
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"A message is {short_repr(text)}", allowed="JSON") from error
    if not isinstance(sent, dict) or sent.keys() != {"choices", "steps", "picture"}:
        raise InputError(f"A message is {short_repr(sent)}", allowed="choices, steps, picture")
    choices = _strings(sent["choices"], "choices")
    steps = _strings(sent["steps"], "steps")
    if not 1 <= len(choices) <= MOST_READERS:
        raise InputError(f"choices is {short_repr(choices)}", allowed=f"1 to {MOST_READERS}")
    if not {*steps} <= {*STEPS}:
        raise InputError(f"steps is {short_repr(steps)}", allowed=", ".join(STEPS))
    return read_message(sent["picture"]).picture, choices, steps


def _strings(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{name} is {short_repr(value)}", allowed="a list of strings")
    return value
