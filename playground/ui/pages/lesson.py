"""What both lessons have: presets with a question, numbers in words, tables, the code."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from playground.lessons.address import State, write_number
from playground.lessons.code import Code
from playground.lessons.predictions import Prediction
from playground.lessons.presets import Preset
from playground.lessons.states import SECTIONS, VIEWS
from playground.linear_network import LINEAR
from playground.ui.components.tooltips import tooltips
from playground.ui.kit.buttons import button
from playground.ui.kit.downloads import download
from playground.ui.kit.link_warnings import check_address, read_link, refusals
from playground.ui.kit.predicting import covering, predictions
from playground.ui.kit.projecting import planned_question, projecting
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.url_state import LinkedState
from playground.ui.kit.with_torch import with_torch

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
        The place of all else. `lesson.css` knows the containers by their keys.
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
    """The presets as buttons, each with the cells of the notebooks that it shows as a tooltip."""
    titles = {each.id: each.title for each in shown}
    control = linked.preset_control()
    with st.container(gap=None):
        st.pills(
            "Presets",
            list(titles),
            format_func=lambda preset_id: titles[preset_id],
            label_visibility="collapsed",
            **control,
        )
        sources = {each.title: each.source for each in shown if each.source}
        tooltips(sources, of=control["key"], key=f"{control['key']}_tips")


def projected(
    linked: LinkedState[S], result: Callable[[S], Sequence[float]], picture: Callable[[], None]
) -> None:
    """A lesson in projection mode: the question, and one picture that fills the screen.

    The keys of the containers are what `projection.css` knows them by.
    """

    def body() -> None:
        with st.container(key="sp_question"):
            question(linked, result)
        with st.container(key="sp_picture"):
            picture()  # containers in it: sp_sliders, sp_beside, sp_below, sp_alone

    with st.container(key="sp_screen"):
        notes(linked)
        linked.in_fragment(body)


def asked(linked: LinkedState[S], result: Callable[[S], Sequence[float]]) -> None:
    """The question below the sliders, where it moves nothing if an answer is longer than before."""
    with st.container(key="sp_asked"):
        question(linked, result)


def question(linked: LinkedState[S], result: Callable[[S], Sequence[float]]) -> None:
    """What to predict before looking; then the guess beside the answer, and the notebook's numbers.

    Until the answer is asked for, what tells it is covered: see `LinkedState.in_fragment`. In a
    lesson for a class the plan may ask something else, of which the page knows no answer.
    """
    with st.container(key="sp_ask"):  # what is in here is never covered
        preset, planned = linked.preset, planned_question()
        if planned is not None and not linked.covered:
            st.markdown(f":material/psychology: {planned}")
        elif preset is None:
            st.markdown(f":material/touch_app: **Try this:** {_TRY[linked.state.place]}")
        elif projecting():
            _projected_question(linked, preset, result)
        else:
            _asked(linked, preset, result)


_DRAG = "choose a preset, or drag a slider."
_TRY = dict.fromkeys([*VIEWS, *SECTIONS], _DRAG) | {
    "batch": "choose a preset, or change a number in a table.",
    "digit": "choose a preset, or another digit.",
    "wall": "choose a preset, or take another 64 digits.",
}


def _ask(linked: LinkedState[S], preset: Preset[S]) -> None:
    source = preset.source
    is_of_own = preset.state.place == "batch" and not linked.is_as_preset
    of = ", of the preset’s numbers" if is_of_own else ""
    st.markdown(
        f":material/psychology: **Predict first{of}:** {preset.question}",
        help=f"From {source}." if source and not projecting() else None,
    )


def _say(text: str) -> None:
    if text:
        st.markdown(text)


def _projected_question(
    linked: LinkedState[S], preset: Preset[S], result: Callable[[S], Sequence[float]]
) -> None:
    """The class votes by hand, and the clicker shows the answer."""
    _ask(linked, preset)
    if linked.covered:
        st.markdown(":material/visibility_off: The answer is covered: the next step shows it.")
    else:
        _show_answer(linked, preset, result)


def _asked(
    linked: LinkedState[S],
    preset: Preset[S],
    result: Callable[[S], Sequence[float]],
) -> None:
    _ask(linked, preset)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if linked.covered:
            _guess(linked, preset.prediction)
        else:
            with st.container():
                _show_answer(linked, preset, result)
        # No toggle: one that comes and goes may be heard of with the value it has at first.
        on = predictions().on
        label, icon = ("Cover no answers", "toggle_on") if on else ("Cover answers", "toggle_off")
        button(label, linked.predict_first, not on, icon=icon, help=_SWITCH, type="tertiary")


_SWITCH = (
    "Whether a preset that you choose covers its answer until you have guessed or asked for it. "
    "Off and on again: all are covered once more."
)


def _guess(linked: LinkedState[S], prediction: Prediction) -> None:
    """A choice, or a number; either shows the answer, as does the button."""
    control: dict[str, Any] = {"label_visibility": "collapsed", **linked.guess_control()}
    if prediction.choices:
        name, places = prediction.choices.__getitem__, range(len(prediction.choices))
        st.pills("Your guess", places, format_func=name, **control)
    else:
        step, digits = 10.0**-prediction.digits, f"%.{prediction.digits}f"
        st.number_input(
            "Your guess",
            value=None,
            step=step,
            format=digits,
            placeholder="Your guess",
            width=190,
            **control,
        )
    button("Show the answer", linked.reveal, icon="visibility")


def _show_answer(
    linked: LinkedState[S], preset: Preset[S], result: Callable[[S], Sequence[float]]
) -> None:
    """The answer, if it was asked for, and what the notebook prints."""
    prediction = preset.prediction
    if not linked.was_shown:
        _say(_comparison(preset, linked.state, result))
        return

    def show() -> None:
        lines = [_answer(linked, preset, prediction), _comparison(preset, linked.state, result)]
        _say("  \n".join(filter(None, lines)))

    if prediction.needs_images:
        with_torch(show)
    else:
        show()


def _answer(linked: LinkedState[S], preset: Preset[S], prediction: Prediction) -> str:
    """The guess beside the truth, and what to try then, if there is room for it.

    The answer is that of the preset's numbers, or that of the images which are shown.
    """
    guess, is_same = linked.guess, linked.is_as_preset
    follows = prediction.follows(linked.state, preset.state)
    truth = prediction.answer(linked.state if follows else preset.state)
    of = "" if is_same or follows else ", for the preset’s numbers"
    text = f":material/visibility: **Answer{of}: {truth}.**"
    if guess is not None and (is_same or not follows):
        is_right = prediction.is_right(guess, preset.state)
        icon, verdict = ("check_circle", "right") if is_right else ("cancel", "not quite")
        text = f":material/{icon}: You guessed **{prediction.words(guess)}**, {verdict}. {text}"
    then = "" if projecting() and preset.printed else prediction.then
    return f"{text} {then}".rstrip()


def _comparison(preset: Preset[S], state: S, result: Callable[[S], Sequence[float]]) -> str:
    """What the notebook prints for a preset, beside what it comes to here; "" if it is nothing."""
    if not preset.printed:
        return ""
    printed = ", ".join(write_number(value) for value in preset.printed)
    here = result(state)
    shown = ", ".join(write_number(round(value, 12)) for value in here)
    text = f":material/menu_book: Notebook {preset.rows[0][0]} prints `{printed}`"
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
        st.page_link("pages/notebooks.py", label="The notebooks, live", icon=":material/menu_book:")


def code_view(make: Callable[[S], Code], state: S, name: str) -> None:
    """When its switch is on, two scripts that print what the page shows.

    What they say in comments tells an answer as well: while it is covered, so are they.
    """
    if not getattr(state, "code"):  # noqa: B009 - a field both lessons have
        return
    code = make(state)
    for column, label, text in zip(
        st.columns(2), ("numpy", "PyTorch"), (code.numpy, code.torch), strict=True
    ):
        with column:
            st.code(text, language="python")
            if not covering():
                file_name = f"{name}_{label.lower()}.py"
                download(f"Download {file_name}", partial(str, text), file_name, "text/x-python")
    for name in () if covering() else code.needs:
        content = (LINEAR.parent / name).read_bytes
        kind = "application/octet-stream"
        download(f"Download {name}, to lie beside it", content, name, kind)
