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
from playground.ui.pages.cross_entropy.views import ONE_EXAMPLE, WITH_STEPS, real_digits
from playground.ui.pages.lesson import (
    asked,
    code_view,
    lesson_page,
    place_choice,
    preset_buttons,
    projected,
    switches,
)

linked = LinkedState("cross_entropy", CrossEntropyState(), CROSS_ENTROPY_PRESETS)
section = linked.read().section


def choices() -> None:
    place_choice(linked, "section", "Section", SECTIONS)
    preset_buttons(
        linked, [each for each in CROSS_ENTROPY_PRESETS if each.state.section == section]
    )


def ask() -> None:
    asked(linked, cross_entropy_result)


def body() -> None:
    if linked.state.section != section:
        st.rerun()  # something in here has opened another section
    with st.container(key=f"section_{section}"):
        if section in ONE_EXAMPLE:
            ONE_EXAMPLE[section](linked, linked.state, ask)
        elif section == "batch":
            batch_section(linked, linked.state, ask)
        else:
            with_torch(lambda: real_digits(linked, linked.state, ask))
    switches(linked, steps=section in WITH_STEPS)
    code_view(cross_entropy_code, linked.state, "cross_entropy")


if projecting():
    projected(linked, cross_entropy_result, lambda: projected_section(linked))
else:
    page = lesson_page(
        "Cross-entropy: from probabilities to a loss",
        "The loss is −log of the **true class**’s probability: 0 when sure and right, without "
        "limit when wrong.",
        linked,
        choices,
    )
    with page:
        linked.in_fragment(body)
