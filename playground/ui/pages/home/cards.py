"""The home page's path: four lessons as cards, and where to begin."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from playground.ui.components.miniature import Kind, miniature

PROJECTED = {"projection": "1"}
_SCHEMES = ("light", "dark")


class Lesson(NamedTuple):
    """A card: what it is called, what happens in it, its page, its picture, the link's words."""

    title: str
    about: str
    page: str
    picture: Kind
    link: str
    icon: str


LESSONS = (
    Lesson(
        "Logits",
        "become probabilities: **softmax**",
        "pages/softmax.py",
        "softmax",
        "Drag the logits",
        ":material/tune:",
    ),
    Lesson(
        "Loss",
        "how wrong: **cross-entropy**",
        "pages/cross_entropy.py",
        "loss",
        "Go downhill",
        ":material/target:",
    ),
    Lesson(
        "Learning",
        "the loss moves the **weights**, live",
        "pages/train.py",
        "training",
        "Train it live",
        ":material/show_chart:",
    ),
    Lesson(
        "Your handwriting",
        "**read** while you write it",
        "pages/draw.py",
        "digit",
        "Write digits",
        ":material/draw:",
    ),
)


def style() -> None:
    """The theme's colours for the one strong button of this page, for `home.css`."""
    pair = "light-dark({}, {})".format
    primary = pair(*(st.get_option(f"theme.{scheme}.primaryColor") for scheme in _SCHEMES))
    page = pair(*(st.get_option(f"theme.{scheme}.backgroundColor") for scheme in _SCHEMES))
    colours = f"--sp-home-primary: {primary}; --sp-home-page: {page};"
    st.html(f"<style>.st-key-home_begin {{ {colours} }}</style>")


def begin_links() -> None:
    """Where to begin: for a student, for a teacher, and for whoever just wants to try."""
    with st.container(
        key="home_begin", horizontal=True, horizontal_alignment="center", gap="xsmall"
    ):
        first = LESSONS[0].page
        st.page_link(first, label="Start here", icon=":material/play_arrow:")
        icon, tip = ":material/cast:", "Large type for a beamer, one idea a screen."
        st.page_link(first, label="Project this", icon=icon, query_params=PROJECTED, help=tip)
        st.page_link(LESSONS[-1].page, label="Just draw", icon=":material/draw:")


def notebooks_link() -> None:
    """Where the lessons come from."""
    label = "The two notebooks behind the lessons, cell by cell"
    st.page_link("pages/notebooks.py", label=label, icon=":material/menu_book:")


def path() -> None:
    """The four lessons in their order, each with its picture."""
    places = st.columns(len(LESSONS), gap="small", border=True)
    for number, (place, lesson) in enumerate(zip(places, LESSONS, strict=True), start=1):
        with place, st.container(key=f"home_card_{number}", gap="xsmall"):
            st.header(f"{number} {lesson.title}", anchor=False)
            st.markdown(lesson.about)
            miniature(lesson.picture)
            st.page_link(lesson.page, label=lesson.link, icon=lesson.icon, width="stretch")
