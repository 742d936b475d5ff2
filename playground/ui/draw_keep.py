"""A drawing to take home: as a picture, as strokes, as the network's 28 × 28 pixels."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from playground.drawing import Drawing, drawing_from_json, drawing_to_json
from playground.errors import PlaygroundError
from playground.ui.draw_canvas import put
from playground.ui.draw_reading import Reading

_UPLOAD, _PUT = "draw_strokes_upload", "_draw_strokes_put"
_MOST_BYTES = 2**20


def keep(reading: Reading, drawing: Drawing | None) -> None:
    """Download what is drawn, or bring strokes back that were downloaded before."""
    st.markdown(
        "Nothing that you draw is kept beyond this visit unless you save it here or teach it to a "
        "network."
    )
    if reading.is_empty:
        st.caption("Draw something first.")
    else:
        with st.container(horizontal=True):
            _button("Drawing (PNG)", png(reading.ink), "drawing.png", "image/png", "image")
            for i, digit in enumerate(reading.digits, start=1):
                name = "28 × 28 (PNG)" if len(reading.digits) == 1 else f"28 × 28, digit {i} (PNG)"
                _button(name, png(_grey(digit.digit)), f"digit-{i}.png", "image/png", "grid_on")
            if drawing is not None:
                text = drawing_to_json(drawing).encode()
                _button("Strokes (JSON)", text, "drawing.json", "application/json", "gesture")
    _strokes_back()


def _strokes_back() -> None:
    sent = st.file_uploader("Strokes from a file", ["json"], key=_UPLOAD)
    if sent is None or st.session_state.get(_PUT) == sent.file_id:
        return
    if sent.size > _MOST_BYTES:
        st.error("This file is larger than any drawing of this page. Take a file saved here.")
        return
    try:
        drawing = drawing_from_json(sent.getvalue())
    except PlaygroundError as error:
        st.error(str(error))
        return
    st.session_state[_PUT] = sent.file_id
    put(drawing)
    st.rerun()


def png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W) uint8, ink high, as a PNG of dark ink on white."""
    out = io.BytesIO()
    Image.fromarray(255 - pixels).save(out, "PNG")
    return out.getvalue()


def _grey(digit: NDArray[np.float32]) -> NDArray[np.uint8]:
    grey: NDArray[np.uint8] = np.rint(255 * digit).astype(np.uint8)
    return grey


def _button(label: str, content: bytes, name: str, kind: str, icon: str) -> None:
    st.download_button(
        label, content, name, kind, key=f"draw_keep_{name}", on_click="ignore",
        icon=f":material/{icon}:",
    )  # fmt: skip
