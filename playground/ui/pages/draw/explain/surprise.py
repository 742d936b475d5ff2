"""How surprised the network is by what a drawing was meant to be: its cross-entropy."""

from __future__ import annotations

import logging

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from playground.charts.base import digits
from playground.charts.surprise import surprise
from playground.explaining import Reader
from playground.lessons.address import write_query
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.maths import cross_entropy, softmax
from playground.ui.components.figure import figure
from playground.ui.kit.text import escape_markdown, short
from playground.validation import Floats, short_repr

_log = logging.getLogger(__name__)

DECIMALS = 3
"""Of the logits in a link: enough for the eye, and short."""


def lesson_links(logits: ArrayLike, meant: int) -> tuple[dict[str, str], dict[str, str]]:
    """Query parameters that open a drawing's logits in the lessons: softmax, cross-entropy.

    Args:
        logits: (K,), K from 2 to 10; rounded to 3 decimals.
        meant: the class that was meant.
    """
    rounded = tuple(round(float(z), DECIMALS) + 0.0 for z in np.asarray(logits))
    return (
        write_query(SoftmaxState(logits=rounded, target=meant), SoftmaxState()),
        write_query(CrossEntropyState(logits=rounded, target=meant), CrossEntropyState()),
    )


def surprise_view(reader: Reader, digit: ArrayLike) -> None:
    """Ask what was meant, and show −log p of it, the curve, and the way to the lessons.

    Args:
        reader: who has read the drawing.
        digit: (28, 28) in [0, 1].

    Raises:
        As `Reader.logits`.
    """
    meant = choose_class("What did you mean?", reader, "draw_surprise_meant")
    if meant is None:
        st.caption("Choose it, and see by how much the network was surprised.")
        return
    logits = reader.logits(np.asarray(digit)[np.newaxis])[0]
    p = np.asarray(softmax(logits))
    st.markdown(_sentence(reader, logits, p, meant))
    to_softmax, to_cross_entropy = lesson_links(logits, meant)
    with st.container(horizontal=True):  # above the figure, which comes later: it stays in place
        st.page_link(
            "pages/softmax.py",
            label="Open these logits in the sliders",
            icon=":material/tune:",
            query_params=to_softmax,
        )
        st.page_link(
            "pages/cross_entropy.py",
            label="Open them in the cross-entropy lesson",
            icon=":material/target:",
            query_params=to_cross_entropy,
        )
    figure(surprise(p, reader.class_names, meant), key="draw_surprise_curve", height=320)


def choose_class(label: str, reader: Reader, key: str) -> int | None:
    """Let a class of the reader be chosen; None while none is.

    A choice that is not a class of this reader (any more) counts as none.
    """
    classes = range(reader.classes)
    kept = st.session_state.get(key)
    if kept is not None and kept not in classes:
        _log.info("a class that the network does not have was forgotten: %s", short_repr(kept))
        del st.session_state[key]
    chosen = st.pills(
        label,
        list(classes),
        format_func=lambda k: escape_markdown(reader.class_names[k]),
        key=key,
    )
    return None if chosen is None else int(chosen)


def _sentence(reader: Reader, logits: Floats, p: Floats, meant: int) -> str:
    loss = float(cross_entropy(logits, meant))
    name, best = escape_markdown(reader.class_names[meant]), int(np.argmax(p))
    start = f"−log p = −log {digits(p[meant], 4)} = **{short(loss)}**. "
    knowing_nothing = short(float(np.log(reader.classes)))
    if best == meant:
        return f"{start}It is read as **{name}** too; knowing nothing would cost {knowing_nothing}."
    read_as = escape_markdown(reader.class_names[best])
    return (
        f"{start}It is read as **{read_as}**, with p = {digits(p[best], 4)}; knowing nothing "
        f"would cost {knowing_nothing}."
    )
