"""Lesson: watch a network learn real images, live."""

import streamlit as st

from playground.lessons.describe import describe
from playground.ui.kit.click_guard import page_is_shown
from playground.ui.kit.link_warnings import check_address, refusals
from playground.ui.kit.projecting import projecting
from playground.ui.pages.train.controls import (
    buttons,
    change_live,
    more_buttons,
    notices,
    restart_needed,
    shown_run,
    steering,
    wait_for_first_point,
)
from playground.ui.pages.train.lab import is_sweep_alone, lab
from playground.ui.pages.train.live import WHY_BELOW, live_view, one_step
from playground.ui.pages.train.network_picture import layers_popover
from playground.ui.pages.train.presets import preset_buttons
from playground.ui.pages.train.settings import log_switch, parameters, settings
from playground.ui.pages.train.sweep import projected_sweep


def training() -> None:
    """From the presets to the charts; `projection.css` hides settings by the containers' keys."""
    run = shown_run()  # first: it puts a run that was just started into the address
    with st.container(key="sp_question"):
        preset_buttons(run if steering().is_linked else None)
    with st.container(key="sp_settings"):
        settings(on_live_change=change_live)
    wait_for_first_point(run)
    state = run.status.state if run else ""  # read once: buttons and view must agree
    with st.container(horizontal=True, vertical_alignment="center", key="sp_steering"):
        buttons(run, state)
        layers_popover(run.config if run else None)
        more_buttons(run, state)
    with st.container(key="sp_notices"):  # always there, so that the chart below keeps its place
        notices(run, state)
        restart_needed(run, state)
        charts = not is_sweep_alone(run)  # which says if the link's sweep is not there
        said = st.container()  # filled when all controls have been drawn
    with st.container(key="sp_live"):
        if charts:
            log_switch()  # the style sheets put it into the line above the loss
            live_view(run, state)
            one_step(run, state)  # on a beamer in place of the charts
        elif projecting():
            projected_sweep(run)
        if charts and not projecting():
            st.caption(WHY_BELOW)
            if run is not None:
                st.caption(describe(run.config) + run.changes_in_words)
    if not projecting():
        with st.container(key="sp_lab"):
            lab(run, state)
    with said:
        check_address(parameters())
        refusals(used=run is not None)


if projecting():
    with st.container(key="sp_screen"):
        training()
else:
    with st.container(key="sp_train"):
        with st.container(horizontal=True, vertical_alignment="bottom", key="sp_title"):
            st.title("Watch a network learn", width="content")
            words = "Each batch of images gives a loss; each loss moves the weights a little."
            st.markdown(words, width="content")
        training()
page_is_shown()
