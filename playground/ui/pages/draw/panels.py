"""What can be opened below the canvas, to see why it is read as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.drawing import STEPS, Box, Drawing, partial, render, to_digit
from playground.explaining import DecisionTrace, Reader, decision_trace
from playground.recognition.reading import Reading
from playground.ui.components.canvas.message import SIDE
from playground.ui.kit.projecting import projecting
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.draw.explain.decision import begin_again, chosen_part, decision_view
from playground.ui.pages.draw.explain.saliency import nearest_view, saliency_view
from playground.ui.pages.draw.explain.stages import stage_answers, stages_view
from playground.ui.pages.draw.explain.surprise import surprise_view

XRAY, LAYERS = "X-ray", "Layer by layer"
SURPRISE, DECIDED, WHY = "Surprise", "When did it decide?", "Why?"
STEP_NAMES = {
    "crop": "Cut out the ink",
    "width": "Correct the pen's width",
    "scale": "Scale to 20 × 20",
    "centre": "Centre by mass",
}
MOMENTS = 25  # of a replay
PANEL = "panel"  # in the address and in the session
_EMPTY = "Draw something first."
_STEPS = "draw_steps"


@dataclass(eq=False)
class _Replay:
    """Whether what is gone through is one digit of several: the canvas then shows them all; and the
    number of the picture that it is of.
    """

    of_several: bool = False
    seq: int | None = None


def chosen_steps() -> tuple[str, ...]:
    """The steps of the preprocessing that the X-ray's switches leave on."""
    return tuple(step for step in STEPS if st.session_state.get(f"{_STEPS}_{step}", True))


def open_panel() -> str | None:
    """The panel that is chosen, if one is."""
    chosen: str | None = st.session_state.get(PANEL)
    return chosen


def shown_part(seq: int | None) -> float:
    """The fraction of the ink to show: all but while somebody goes through the drawing.

    Args:
        seq: of the picture on the canvas; of another one all is shown at first.
    """
    replay = session_object(_Replay)
    if replay.seq != seq:
        replay.seq = seq
        begin_again()
    if open_panel() != DECIDED or replay.of_several:
        return 1.0
    return chosen_part()


def xray(reading: Reading) -> None:
    """The preprocessing step by step, with switches for each."""
    if not projecting():
        st.markdown(
            "Between your pen and the network stand four steps. Turn one off and see what it is "
            "for: the answer above changes too."
        )
    with st.container(horizontal=True):
        for step in STEPS:
            st.toggle(STEP_NAMES[step], value=True, key=f"{_STEPS}_{step}")
    which = which_digit(reading)
    if reading.is_empty:
        st.caption(_EMPTY)
        return
    digit = reading.digits[which]
    steps = chosen_steps()
    if not reading.is_number:
        ways = [tuple(s for s in STEPS[:i] if s in steps) for i in range(len(STEPS) + 1)]
        seen = [to_digit(reading.ink, steps=way, background="dark").digit for way in ways]
        stages_view(digit.stages, stage_answers(reading.readers[0], np.stack(seen)))
    else:
        stages_view(digit.stages)


def surprised(reading: Reading) -> None:
    """The cross-entropy of what was meant."""
    which = which_digit(reading)
    if reading.is_empty:
        st.caption(_EMPTY)
        return
    surprise_view(reading.readers[0], reading.digits[which].digit)


def why(reading: Reading) -> None:
    """Saliency, occlusion and the nearest training digits."""
    which = which_digit(reading)
    if reading.is_empty:
        st.caption(_EMPTY)
        return
    digit = reading.digits[which].digit
    saliency_view(reading.readers[0], digit)
    st.markdown("**The training digits that are nearest to yours**")
    nearest_view(digit, 5 if projecting() else 10)


def decided(drawing: Drawing | None, reading: Reading) -> None:
    """The probabilities over the ink, of a number over that of one of its digits."""
    session_object(_Replay).of_several = reading.is_number
    if drawing is None or not drawing.strokes:
        st.caption(
            "Draw something first, or take one of the digits drawn in advance: then go through "
            "it with the slider."
        )
        return
    if reading.is_number:
        drawing = strokes_within(drawing, reading.boxes[which_digit(reading)])
    if not drawing.strokes:
        st.caption("This digit shares its strokes with another: write the digits apart.")
        return
    decision_view(_trace(drawing, reading.readers[0]))


def strokes_within(drawing: Drawing, box: Box) -> Drawing:
    """The strokes of one digit: those whose middle lies in its box, in px of the canvas."""

    def is_inside(points: NDArray[np.float64]) -> bool:
        x, y = SIDE * (points.min(axis=0) + points.max(axis=0)) / 2
        return bool(box.left <= x <= box.right and box.top <= y <= box.bottom)

    return Drawing(tuple(stroke for stroke in drawing.strokes if is_inside(stroke.points)))


def _trace(drawing: Drawing, reader: Reader) -> DecisionTrace:
    kept = st.session_state.get("_draw_trace")
    marks = (reader, _fingerprint(drawing))
    if kept is None or kept[0] != marks:
        kept = (marks, decision_trace(reader, _partial_digits(drawing)))
        st.session_state["_draw_trace"] = kept
    trace: DecisionTrace = kept[1]
    return trace


def _fingerprint(drawing: Drawing) -> int:
    return hash(tuple((s.points.tobytes(), s.width) for s in drawing.strokes))


def _partial_digits(drawing: Drawing) -> NDArray[np.float32]:
    fractions = np.arange(1, MOMENTS + 1) / MOMENTS
    return np.stack(
        [to_digit(render(partial(drawing, float(f))), background="dark").digit for f in fractions]
    )


def which_digit(reading: Reading, key: str = "draw_which") -> int:
    """Which digit of a number is looked at."""
    if len(reading.digits) == 1:
        return 0
    chosen = st.pills(
        "Which digit?",
        list(range(len(reading.digits))),
        default=0,
        format_func=lambda i: f"{i + 1}: {escape_markdown(reading.number[i])}",
        key=f"{key}_{len(reading.digits)}",
    )
    return 0 if chosen is None else int(chosen)
