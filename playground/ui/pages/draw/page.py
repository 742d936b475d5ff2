"""The drawing page: what is read, by whom, and what can be opened below it."""

from __future__ import annotations

import streamlit as st

from playground.drawing import STEPS, Drawing, Said
from playground.errors import NotFiniteError
from playground.recognition.catalogue import DEFAULT
from playground.recognition.reading import Ink, Reading
from playground.recognition.recognise import read_by
from playground.recognition.words import thin_pen
from playground.ui.components.canvas import received
from playground.ui.kit.link_warnings import (
    check_address,
    check_choice,
    check_list,
    read_link,
    refusals,
)
from playground.ui.kit.links import read_choice, write_choices
from playground.ui.kit.projecting import projecting
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.draw.canvas import (
    KEY,
    as_given,
    canvas,
    canvas_drawing,
    canvas_ink,
    canvas_words,
    has_thinner_pen,
    last_reading,
    put,
    samples,
)
from playground.ui.pages.draw.explain.layers import CLASS, UNIT, layers, read_look
from playground.ui.pages.draw.panels import (
    DECIDED,
    LAYERS,
    PANEL,
    SURPRISE,
    WHY,
    XRAY,
    chosen_steps,
    decided,
    shown_part,
    surprised,
    why,
    xray,
)
from playground.ui.pages.draw.picture_source import picture_source, picture_words, start_with
from playground.ui.pages.draw.reader_picker import QUERY, choose_readers, follow_back
from playground.ui.pages.draw.saved_drawings import keep
from playground.ui.pages.draw.teach import teach
from playground.ui.pages.draw.teaching import (
    TEACHING,
    follow_teaching,
    is_refused,
    say_what_is_meant,
)
from playground.ui.server.session import manager

TEACH, KEEP = "Teach it", "Take it home"
PANELS = (XRAY, LAYERS, SURPRISE, DECIDED, WHY, TEACH, KEEP)
_IDS = dict(
    zip(("xray", "layers", "surprise", "decided", "why", "teach", "keep"), PANELS, strict=True)
)  # in links
_FORMER = {panel: name for name, panel in _IDS.items()}
CANVAS, PICTURE = "The canvas", "A picture"


def page() -> None:
    """Everything below the page's title; `projection.css` knows the containers by their keys."""
    read_link()
    follow_back()
    follow_teaching()
    above = st.container(key="sp_ink")  # filled below: it depends on what is chosen there
    with st.container(horizontal=True, vertical_alignment="bottom", key="sp_draw_choice"):
        choices = choose_readers()
        source = st.segmented_control(
            "Read",
            [CANVAS, PICTURE],
            default=CANVAS,
            key="draw_source",
            required=True,
            persist_state="session",
        )
        if source == CANVAS:
            start_with()
    read_choice(PANEL, _IDS, former=_FORMER)
    write_choices({PANEL: (_IDS, None)})
    panel = st.segmented_control(
        "More of this drawing",
        PANELS,
        key=PANEL,
        label_visibility="collapsed",
        persist_state="session",
    )
    check_choice("Panel", PANEL, _FORMER.get(panel or ""), _IDS, _FORMER)
    check_list("Network", QUERY, {DEFAULT, *choices}, "default, run:<id> or run:<id>@<step>")
    read_look(choices)
    check_address({PANEL, QUERY, UNIT, CLASS, TEACHING})
    refusals()
    if choices[0] != DEFAULT and not projecting():  # there it would be below the screen
        st.caption(
            "What is no digit is only told by the network of this app: any other one is not "
            "calibrated, and names a class for whatever is drawn."
        )
    with above:
        ink = _ink(choices, source or CANVAS, panel)
        if ink is not None:
            drawing = canvas_drawing() if source == CANVAS else None
            say_what_is_meant(
                # As it will be read, whichever step the X-ray leaves out.
                lambda: _read(ink, choices, None, source == CANVAS),
                drawing,
                choices,
            )
    if panel and ink is not None:
        with st.container(key="sp_draw_panel"):
            if panel == LAYERS:
                layers(choices, on_canvas=source == CANVAS)
            else:
                with_torch(lambda: _panel(panel, ink, choices, source == CANVAS))


def show_panel(panel: str | None) -> None:
    """Open a panel, or close them all; one about an empty canvas would be empty. For callbacks."""
    st.session_state[PANEL] = panel
    picture = received(KEY)
    if panel is not None and (picture is None or picture.is_empty):
        put(samples()[0][1])


def _ink(choices: list[str], source: str, panel: str | None) -> Ink | None:
    """Show what is read, and return its ink; None if there is no picture yet."""
    steps = chosen_steps() if panel == XRAY else STEPS
    if source == PICTURE:
        return picture_source(choices, steps)
    picture = received(KEY)
    canvas(
        choices,
        steps=steps,
        shown=shown_part(picture.seq if picture else None),
        # The browser alone fills that panel.
        is_read_below=lambda: panel not in {None, LAYERS} or is_refused(),
    )
    return canvas_ink()


def _read(ink: Ink, choices: list[str], panel: str | None, on_canvas: bool) -> Reading | None:
    # The canvas, or the part with the picture, has said who cannot read.
    steps = chosen_steps() if panel == XRAY else STEPS
    said: tuple[Said, ...] = canvas_words() if on_canvas else picture_words()
    return read_by(ink, choices, steps, manager(), said, last_reading())[0]


def _panel(panel: str, ink: Ink, choices: list[str], on_canvas: bool) -> None:
    reading = _read(ink, choices, panel, on_canvas)
    if reading is None:
        return
    try:
        _open(panel, reading, canvas_drawing() if on_canvas else None, on_canvas)
    except NotFiniteError as error:  # of a part of the ink, or of a gradient
        st.error(escape_markdown(str(error)))


def _open(panel: str, reading: Reading, drawing: Drawing | None, on_canvas: bool) -> None:
    if panel == XRAY:
        xray(reading)
        if on_canvas and has_thinner_pen():
            st.caption(thin_pen(reading))
    elif panel == SURPRISE:
        surprised(reading)
    elif panel == DECIDED:
        if on_canvas:
            decided(as_given(drawing), reading)
        else:
            st.caption("A picture has no strokes to go through: draw on the canvas.")
    elif panel == WHY:
        why(reading)
    elif panel == TEACH:
        teach(reading)
    elif panel == KEEP:
        keep(reading, drawing, on_canvas)
