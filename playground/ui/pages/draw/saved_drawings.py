"""A drawing to take home: as a picture, as strokes, as the network's 28 × 28 pixels."""

from __future__ import annotations

import io
import zipfile
from functools import partial

import streamlit as st

from playground.drawing import Drawing, drawing_from_json, drawing_to_json, render
from playground.png import grey_png
from playground.recognition.reading import Reading
from playground.ui.kit.downloads import download
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.uploads import UploadedFile, take_upload
from playground.ui.pages.draw.canvas import put

_UPLOAD, _TAKEN = "draw_strokes_upload", "_draw_strokes_taken"


def keep(reading: Reading, drawing: Drawing | None, on_canvas: bool) -> None:
    """Download what is drawn, or bring strokes back to the canvas that were downloaded before."""
    st.markdown(
        "Nothing that you draw is kept beyond this visit unless you save it here or teach it to a "
        "network."
    )
    if reading.is_empty:
        st.caption("Draw something first.")
    else:
        with st.container(horizontal=True):
            ink = reading.ink if drawing is None else render(drawing)  # as drawn, whatever is read
            download(
                "Drawing (PNG)",
                partial(grey_png, 255 - ink),
                "drawing.png",
                "image/png",
                icon="image",
            )
            if len(reading.digits) == 1:
                seen = partial(grey_png, 1 - reading.digits[0].digit)
                download("28 × 28 (PNG)", seen, "digit-1.png", "image/png", icon="grid_on")
            else:
                name = f"28 × 28, {len(reading.digits)} digits (zip)"
                seen = partial(digits_zip, reading)
                download(name, seen, "digits.zip", "application/zip", icon="grid_on")
            if drawing is not None:
                strokes = partial(drawing_to_json, drawing)
                kind = "application/json"
                download("Strokes (JSON)", strokes, "drawing.json", kind, icon="gesture")
    if on_canvas:
        _strokes_back()
    else:
        st.caption("Strokes from a file go to the canvas: choose it above first.")


def digits_zip(reading: Reading) -> bytes:
    """The digits of a number as the network sees them: `digit-1.png`, `digit-2.png`, …"""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:  # PNGs are packed already
        for i, digit in enumerate(reading.digits, start=1):
            archive.writestr(f"digit-{i}.png", grey_png(1 - digit.digit))
    return file.getvalue()


def _strokes_back() -> None:
    sent = st.file_uploader("Strokes from a file", ["json"], key=_UPLOAD)
    if sent is None:
        return
    taken = take_upload(_TAKEN, sent, _put_back, "strokes", then=st.rerun)
    if taken.problem:
        st.error(escape_markdown(taken.problem))


def _put_back(sent: UploadedFile) -> None:
    put(drawing_from_json(sent.getvalue()))
