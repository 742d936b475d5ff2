"""Trainings worth starting, as buttons; a chosen one sets the controls and asks a question."""

from __future__ import annotations

import streamlit as st

from playground.lessons.training_presets import BROKEN, PRESETS, TrainingPreset
from playground.ui.train_settings import set_config

_KEY = "training"


def preset_buttons() -> None:
    """The presets, those that break on purpose after the others, and the chosen one's question."""
    titles = {
        each.id: f":red[✗] {each.title}" if each in BROKEN else each.title for each in PRESETS
    }
    st.pills(
        "Trainings",
        list(titles),
        format_func=lambda preset_id: titles[preset_id],
        key=_KEY,
        on_change=_choose,
        label_visibility="collapsed",
        bind="query-params",
        persist_state="session",
    )
    chosen = _chosen()
    if chosen is not None:
        _question(chosen)


def _chosen() -> TrainingPreset | None:
    return next((each for each in PRESETS if each.id == st.session_state.get(_KEY)), None)


def _choose() -> None:
    chosen = _chosen()
    if chosen is not None:
        set_config(chosen.config)


def _question(preset: TrainingPreset) -> None:
    text = f":material/psychology: **Predict first:** {preset.question}"
    if not preset.breaks:
        st.markdown(text)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text, width="content")
        with st.popover("Symptom and remedy", icon=":material/healing:"):
            st.markdown(f"**What to look for:** {preset.symptom}")
            st.markdown(f"**Remedy:** {preset.remedy}")
