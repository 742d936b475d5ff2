"""How ink was read, in one or two plain sentences."""

from __future__ import annotations

import numpy as np

from playground.drawing.signs import NAMES
from playground.recognition.judge import NO_DIGIT, UNSURE
from playground.recognition.reading import MOST_DIGITS, Reading

_THIN_PEN = (
    "Your pen is thick for a digit this small: the network is given your strokes with a thinner "
    "one."
)
_THIN_PEN_OF_SOME = (
    "Where a digit here is small for your pen, the network is given its strokes with a thinner one."
)


def thin_pen(reading: Reading) -> str:
    """What is said where the network is given thinner pens than were drawn with."""
    return _THIN_PEN_OF_SOME if reading.is_number else _THIN_PEN


def describe(reading: Reading) -> str:
    """What there is to say about a reading, as plain text; "" if the bars say it all."""
    if reading.is_empty:
        return reading.digits[0].text
    said = _of_number(reading) if reading.is_number else _of_digit(reading)
    asked = reading.question.text if reading.question else ""
    return " ".join(text for text in (said, asked) if text)


def _of_digit(reading: Reading) -> str:
    names, p = reading.readers[0].class_names, reading.probabilities[0][0]
    first, second = (names[int(k)] for k in np.argsort(-p)[:2])
    if reading.verdicts[0] == NO_DIGIT:
        sign = NAMES.get(reading.sign or "")
        return (
            f"This looks like no digit{f', but like {sign}' if sign else ''}. The network can only "
            f"name digits: it says {first}."
        )
    return f"Not sure: {first}, or perhaps {second}." if reading.verdicts[0] == UNSURE else ""


def _of_number(reading: Reading) -> str:
    lines = reading.lines
    if len(lines) == 1:
        text = f"Read as {lines[0]}."
    else:
        text = f"Read in {len(lines)} rows: {', '.join(lines)}."
    for verdict, words in ((NO_DIGIT, "looks like no digit"), (UNSURE, "is not sure")):
        places = [str(i) for i, each in enumerate(reading.verdicts, 1) if each == verdict]
        if places:
            which = "Digit" if len(places) == 1 else "Digits"
            verb = (
                words if len(places) == 1 else words.replace("looks", "look").replace("is", "are")
            )
            text += f" {which} {', '.join(places)} {verb}."
    if reading.left_out:
        are = "is" if reading.left_out == 1 else "are"
        text += (
            f" These are the first {MOST_DIGITS}; {reading.left_out} more {are} left out: bring "
            "fewer at once."
        )
    return text
