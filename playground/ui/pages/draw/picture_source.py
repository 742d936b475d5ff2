"""Ink that is not drawn here: a digit drawn in advance, or a picture of pen on paper."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.charts.inspection import answer
from playground.drawing import MAX_PICTURE_BYTES, Photo, Said, read_picture, traced
from playground.recognition.judge import NO_DIGIT
from playground.recognition.reading import Ink, Reading
from playground.recognition.recognise import read_by
from playground.recognition.words import describe
from playground.ui.components.figure import figure
from playground.ui.kit.buttons import button
from playground.ui.kit.pictures import Picture, picture_grid
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.uploads import (
    UploadedFile,
    last_upload,
    require_upload,
    take_upload,
    upload_limit,
)
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.draw.canvas import last_reading, put, samples
from playground.ui.pages.draw.panels import which_digit
from playground.ui.server import lazy_torch
from playground.ui.server.session import manager

_UPLOAD, _CAMERA = "draw_upload", "draw_camera"
_READ = "_draw_picture"
_TYPES = ["png", "jpg", "jpeg", "jfif", "webp"]
_MAX_MB = MAX_PICTURE_BYTES // 2**20


@dataclass(eq=False)
class _Words:
    """What is said about one picture, and which control had the last one."""

    file: str = ""
    said: tuple[Said, ...] = ()
    newest: str = ""


def start_with() -> None:
    """Buttons that put a digit on the canvas, to change it there."""
    tip = "One of 50 digits that are written in the usual way. It can be changed, and undone."
    button("Show me one", _put_sample, icon="casino", key="draw_sample", help=tip)
    tip = "Any of the 10,000 test digits, traced: as a pen might have written it."
    off = not lazy_torch.wait(0)
    button("One of MNIST", _put_mnist, icon="shuffle", key="draw_mnist", disabled=off, help=tip)


def _put_sample() -> None:
    there = samples()
    last = st.session_state.get("_draw_sample")
    others = [i for i in range(len(there)) if i != last]
    chosen = int(np.random.default_rng().choice(others))
    st.session_state["_draw_sample"] = chosen
    put(there[chosen][1])


def _put_mnist() -> None:
    from playground.data import load_mnist

    test = load_mnist("test")
    chosen = int(np.random.default_rng().integers(len(test)))
    put(traced(test.images[chosen].numpy()))
    # Of a hundred, four are read as another digit, as none or as two.
    st.toast(f"Test image {chosen:,} of MNIST, labelled {int(test.labels[chosen])}.")


def picture_source(choices: list[str], steps: Collection[str]) -> Ink | None:
    """Take a picture and show what is read of it; its ink, or None while there is none."""
    left, right = st.columns(2)
    most = upload_limit(_MAX_MB)
    with left:
        label = f"A picture of digits, at most {most} MB"
        tip = "A photo of pen on paper will do. It stays in memory, and only for this visit."
        sent = st.file_uploader(
            label,
            _TYPES,
            key=_UPLOAD,
            max_upload_size=most,
            help=tip,
            on_change=_forget,
            args=(_UPLOAD,),
        )
    with right:
        if st.toggle("Take a photo", key="draw_use_camera"):
            label = "Pen on paper, one or more lines of digits"
            photo = st.camera_input(label, key=_CAMERA, on_change=_forget, args=(_CAMERA,))
            both = (sent, photo) if session_object(_Words).newest == _UPLOAD else (photo, sent)
            sent = both[0] or both[1]
    # An uploader that was away, as the canvas was shown, has forgotten its file.
    taken = take_upload(_READ, sent, _read, "picture") if sent else last_upload(_READ)
    if taken.value is None:
        if sent:
            st.error(escape_markdown(taken.problem))
        else:
            st.caption("PNG, JPEG or WebP; dark on light or light on dark, uneven light included.")
        return None
    if not sent:
        button("Take the picture away", _forget, icon="close", key="draw_picture_away")
    ink, note = taken.value
    words = session_object(_Words)
    if words.file != taken.source[0]:
        words.file, words.said = taken.source[0], ()
    if note:
        st.caption(note)
    with_torch(lambda: _show(ink, choices, steps))
    return ink


def _forget(source: str = "") -> None:
    """Another picture is chosen, or this one is taken away.

    Args:
        source: key of the control that has another one.
    """
    st.session_state.pop(_READ, None)
    session_object(_Words).newest = source


def _read(sent: UploadedFile) -> Photo:
    require_upload("The picture", sent.size, _MAX_MB)
    return read_picture(sent.getvalue())


def picture_words() -> tuple[Said, ...]:
    """What the visitor says about which strokes of the picture are one digit."""
    return session_object(_Words).said


def _say(words: Said) -> None:
    now = session_object(_Words)
    now.said = (*(said for said in now.said if said.box != words.box), words)


def _show(ink: Ink, choices: list[str], steps: Collection[str]) -> None:
    reading, problems = read_by(ink, choices, steps, manager(), picture_words(), last_reading())
    for problem in problems:
        st.warning(escape_markdown(problem))
    if reading is None:
        return
    _show_rows(reading)
    if line := "There is no ink in this picture." if reading.is_empty else describe(reading):
        st.markdown(escape_markdown(line))
    if question := reading.question:
        button(question.offer, _say, question.answer, key="draw_picture_say")
    answers = reading.answers()
    if reading.is_number:
        answers = [answers[which_digit(reading, "draw_picture_which")]]
    for i, item in enumerate(answers):
        if item.probabilities is None:
            continue
        p = np.asarray(item.probabilities)
        best = int(p.argmax())
        doubt = " It looks like no digit." if item.verdict == NO_DIGIT else ""
        st.markdown(
            f"{escape_markdown(item.name)}: "
            f"**{escape_markdown(item.class_names[best])}**, {p[best]:.1%}.{doubt}"
        )
        figure(answer(p, list(item.class_names)), key=f"draw_picture_{i}", height=260)


def _show_rows(reading: Reading) -> None:
    """The ink that was found, and each row as a number above its digits."""
    found = Picture(reading.ink / 255, "The ink found", (), "The ink that was found in the picture")
    label = "The ink that was found, and what the network sees of it"
    if not reading.is_number:
        seen = [] if reading.is_empty else [_picture_of(reading, 0)]
        picture_grid([found, *seen], label=label)
        return
    picture_grid([found], label=label)
    for number, (row, line) in enumerate(zip(reading.rows, reading.lines, strict=True), start=1):
        st.markdown(f"## {escape_markdown(line)}")
        digits = [_picture_of(reading, token) for token in row if isinstance(token, int)]
        if digits:
            picture_grid(digits, label=f"The digits of row {number}", width=4.5)


def _picture_of(reading: Reading, i: int) -> Picture:
    name = f"Digit {i + 1}"
    seen = reading.digits[i].digit
    return Picture(seen, name, (reading.number[i],), f"{name} as the network sees it")
