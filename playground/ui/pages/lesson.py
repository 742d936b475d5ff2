"""What both lessons have: presets with a question, numbers in words, tables, the code."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from playground.lessons.address import State, write_number
from playground.lessons.code import Code
from playground.lessons.presets import Preset
from playground.linear_network import LINEAR
from playground.ui.kit.downloads import download
from playground.ui.kit.link_warnings import check_address, read_link, refusals
from playground.ui.kit.projecting import projecting
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.url_state import LinkedState

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

S = TypeVar("S", bound=State)


def lesson_page(
    title: str, sentence: str, linked: LinkedState[S], choices: Callable[[], None]
) -> DeltaGenerator:
    """The head of a lesson, which leaves the first screen to what can be moved.

    Args:
        title: the page's heading.
        sentence: what the lesson is about, beside it.
        linked: whose notes on the address are shown.
        choices: draws one row for the place in the lesson, and below it one for its presets.

    Returns:
        The place of all else. `page_style.css` knows the containers by their keys.
    """
    page = st.container(key="sp_lesson")
    with page:
        with st.container(horizontal=True, vertical_alignment="center", key="sp_lesson_head"):
            st.title(title, width="content")
            st.markdown(sentence)
        with st.container():  # always there, so that what follows keeps its place
            notes(linked)
        with st.container(key="sp_lesson_choices"):
            choices()
    return page


def place_choice(linked: LinkedState[S], field: str, label: str, names: Mapping[str, str]) -> None:
    """The buttons that choose a place in the lesson: a view, or a section.

    Args:
        field: of the state.
        label: for a screen reader.
        names: what each value of the field is called.
    """
    st.segmented_control(
        label,
        list(names),
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **linked.control(field),
    )


def sliders_and_beside(*, steps: bool = False) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The place of the sliders, and that of what is looked at while they are moved.

    Args:
        steps: whether the sliders show all steps, which take the width of the page.
    """
    if steps:
        return st.container(), st.container()
    sliders, beside = st.columns([13, 7], gap="small")
    return sliders, beside


def notes(linked: LinkedState[S]) -> None:
    """What of the address could not be used, and what was taken instead."""
    for note in linked.notes:
        st.warning(escape_markdown(note), icon=":material/link_off:")
    read_link()
    check_address(linked.parameters)
    refusals()


def preset_buttons(linked: LinkedState[S], shown: Sequence[Preset[S]]) -> None:
    """The presets as buttons; below them the question of the chosen one."""
    titles = {each.id: _label(each) for each in shown}
    st.pills(
        "Presets",
        list(titles),
        format_func=lambda preset_id: titles[preset_id],
        label_visibility="collapsed",
        **linked.preset_control(),
    )


def _label(preset: Preset[S]) -> str:
    rows = [each for each in preset.rows if preset.printed or len(preset.rows) == 1]
    return f"**{' '.join(rows)}** {preset.title}" if rows else preset.title


def projected(
    linked: LinkedState[S], result: Callable[[S], Sequence[float]], picture: Callable[[], None]
) -> None:
    """A lesson in projection mode: the question, and one picture that fills the screen.

    The keys of the containers are what `projection.css` knows them by.
    """

    def body() -> None:
        with st.container(key="sp_question"):
            question(linked.preset, linked.state, result)
        with st.container(key="sp_picture"):
            picture()  # containers in it: sp_sliders, sp_beside, sp_below, sp_alone

    with st.container(key="sp_screen"):
        notes(linked)
        linked.in_fragment(body)


def asked(linked: LinkedState[S], result: Callable[[S], Sequence[float]]) -> None:
    """The question below the sliders, where it moves nothing if an answer is longer than before."""
    with st.container(key="sp_asked"):
        question(linked.preset, linked.state, result)


def question(preset: Preset[S] | None, state: S, result: Callable[[S], Sequence[float]]) -> None:
    """What to predict before looking, and the notebook's numbers beside those of the page."""
    if preset is None:
        st.markdown(":material/touch_app: **Try this:** choose a preset, or drag a slider.")
        return
    text = f":material/psychology: **Predict first:** {preset.question}"
    if preset.printed:
        text += f"  \n:material/menu_book: {_comparison(preset, state, result)}"
    st.markdown(text)


def _comparison(preset: Preset[S], state: S, result: Callable[[S], Sequence[float]]) -> str:
    printed = ", ".join(write_number(value) for value in preset.printed)
    here = result(state)
    shown = ", ".join(write_number(round(value, 12)) for value in here)
    text = f"Notebook {' and '.join(preset.rows)} prints `{printed}`"
    if preset.predictions:
        text += " and predicts " + ", ".join(
            f"`{list(each) if len(each) > 1 else each[0]}`" for each in preset.predictions
        )
    if here == result(preset.state):
        agrees = all(
            math.isclose(a, b, rel_tol=0.0, abs_tol=preset.tolerance)
            for a, b in zip(here, preset.printed, strict=True)
        )
        if agrees and projecting():  # which leaves the room for the picture
            return f"{text}; the same here."
        return f"{text}; here `{shown}`" + (", the same." if agrees else ", **not the same**.")
    return f"{text}; yours is now `{shown}`."


def said_instead(logits: Sequence[float], temperature: float = 1.0) -> bool:
    """Say why a figure is not there, if it has no place for what it would show.

    Args:
        logits, temperature: what it would show.

    Returns:
        Whether something was said.
    """
    if any(map(math.isinf, logits)):
        reason = "A masked class has the logit −∞, for which the figure has no place"
    elif temperature == 0.0:
        reason = "T = 0 is a limit, which the figure comes near to and does not reach"
    else:
        return False
    st.info(f"{reason}. The numbers in the table are right.", icon=":material/visibility_off:")
    return True


def switches(linked: LinkedState[S], *, steps: bool) -> None:
    """What may be shown besides: all steps of the sliders, if there are sliders, and the code."""
    with st.container(horizontal=True):
        if steps:
            st.toggle("All steps from z to p", **linked.control("steps"))
        st.toggle("The code for this", **linked.control("code"))


def code_view(linked: LinkedState[S], make: Callable[[S], Code], state: S, name: str) -> None:
    """When its switch is on, two scripts that print what the page shows."""
    if not getattr(state, "code"):  # noqa: B009 - a field both lessons have
        return
    code = make(state)
    for column, label, text in zip(
        st.columns(2), ("numpy", "PyTorch"), (code.numpy, code.torch), strict=True
    ):
        with column:
            st.code(text, language="python")
            file_name = f"{name}_{label.lower()}.py"
            download(f"Download {file_name}", partial(str, text), file_name, "text/x-python")
    for name in code.needs:
        content = (LINEAR.parent / name).read_bytes
        kind = "application/octet-stream"
        download(f"Download {name}, to lie beside it", content, name, kind)
