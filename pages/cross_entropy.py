"""Lesson: probabilities become a loss."""

import streamlit as st

from playground.lessons.code import cross_entropy_code
from playground.lessons.presets import CROSS_ENTROPY_PRESETS
from playground.lessons.results import cross_entropy_result
from playground.lessons.states import SECTIONS, CrossEntropyState
from playground.ui.kit.projecting import projecting
from playground.ui.kit.url_state import LinkedState
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.cross_entropy.batch_table import batch_section
from playground.ui.pages.cross_entropy.projected import projected_section
from playground.ui.pages.cross_entropy.views import ONE_EXAMPLE
from playground.ui.pages.lesson import code_view, notes, preset_buttons, projected, question

linked = LinkedState("cross_entropy", CrossEntropyState(), CROSS_ENTROPY_PRESETS)
section = linked.read().section


def real_digits() -> None:
    # Imported when it is shown: it needs PyTorch and MNIST, which take a while to load.
    from playground.ui.pages.cross_entropy.digit_sections import digit_section, wall_section

    (digit_section if section == "digit" else wall_section)(linked, linked.state)


def body() -> None:
    if linked.state.section != section:
        st.rerun()  # something in here has opened another section
    above = st.container()  # filled at the end: a table gives its edits only when it is drawn
    with st.container(key=f"section_{section}"):
        if section in ONE_EXAMPLE:
            ONE_EXAMPLE[section](linked, linked.state)
        elif section == "batch":
            batch_section(linked, linked.state)
        else:
            with_torch(real_digits)
    with above:
        question(linked, cross_entropy_result)
    code_view(linked, cross_entropy_code, linked.state, "cross_entropy")


def lesson() -> None:
    st.title("Cross-entropy: from probabilities to a loss")
    st.markdown(
        "The loss asks one thing: how probable was the **true class**? It is −log of that, "
        "0 when sure and right, and without limit when sure and wrong."
    )
    with st.container():  # always there, so that what follows keeps its place
        notes(linked)
    st.segmented_control(
        "Section",
        list(SECTIONS),
        format_func=lambda name: SECTIONS[name],
        label_visibility="collapsed",
        **linked.control("section"),
    )
    preset_buttons(
        linked, [each for each in CROSS_ENTROPY_PRESETS if each.state.section == section]
    )
    linked.in_fragment(body)


if projecting():
    projected(linked, cross_entropy_result, lambda: projected_section(linked))
else:
    lesson()
