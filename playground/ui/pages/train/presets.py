"""Trainings worth starting, as buttons; a chosen one sets the controls and asks a question."""

from __future__ import annotations

import streamlit as st

from playground.lessons.training_presets import BROKEN, PRESETS, TrainingPreset
from playground.runs import Run
from playground.ui.kit.link_warnings import check_choice
from playground.ui.kit.links import expand_link, read_choice, write_choices
from playground.ui.kit.projecting import planned_question
from playground.ui.pages.train.controls import secret_keys
from playground.ui.pages.train.data import read_own_link
from playground.ui.pages.train.settings import (
    choices,
    link_parameters,
    read_link,
    says_config,
    set_config,
    setting_keys,
)
from playground.ui.pages.train.sweep_words import LAB, SWEEP_PART

TRAINING = "training"  # in the address and in the session

_TITLES = {each.id: f":red[✗] {each.title}" if each in BROKEN else each.title for each in PRESETS}
_IDS = {each.id: each.id for each in PRESETS}
_FORMER = {title: name for name, title in _TITLES.items()}


def preset_buttons(linked: Run | None) -> None:
    """The presets, those that break on purpose after the others, and the chosen one's question.

    Draw them before the settings: here a link is read that names a preset or settings.

    Args:
        linked: the run that a link has led to; the settings follow it if the link names none.
    """
    read_own_link()
    _read_training(linked)
    write_choices(_in_address())
    st.pills(
        "Trainings",
        list(_TITLES),
        format_func=_TITLES.__getitem__,
        key=TRAINING,
        on_change=_choose,
        label_visibility="collapsed",
        persist_state="session",
    )
    check_choice("Training", TRAINING, chosen_training(), _TITLES, _FORMER)
    if chosen := chosen_training():
        _question(_preset(chosen))


def _read_training(linked: Run | None) -> None:
    """Take in what the address says of the training, and with it of the settings."""
    given, asked = frozenset(st.query_params), st.query_params.get(TRAINING)
    named = read_choice(TRAINING, _IDS, former=_FORMER)
    # A text, as links had it before, came with all of its settings that were not usual.
    config = _preset(named).config if named is not None and asked == named else None
    if linked is not None and given.isdisjoint({TRAINING, *setting_keys()}):
        config, given = linked.live_config, given | secret_keys(linked)
    followed = config is not None and expand_link(
        {key: text for key, text in link_parameters(config).items() if key not in given}
    )
    read_link()
    if config is not None and followed:  # also resets what was set on an earlier visit
        set_config(config, but=given)
        if LAB not in given:
            _close_sweep()


def _in_address() -> dict[str, tuple[dict[str, str], str | None]]:
    """The choices of the page that stand in its address."""
    found: dict[str, tuple[dict[str, str], str | None]] = {
        key: (choice.values, choice.usual) for key, choice in choices().items()
    }
    chosen = chosen_training()
    # Otherwise its id would set again what was set back.
    says_it = chosen is not None and says_config(_preset(chosen).config)
    return found | {TRAINING: (_IDS if says_it else {}, None)}


def chosen_training() -> str | None:
    """The id of the preset that is chosen, if one is."""
    chosen: str | None = st.session_state.get(TRAINING)
    return chosen if chosen in _TITLES else None


def show_training(preset_id: str) -> None:
    """Choose a preset. For callbacks."""
    st.session_state[TRAINING] = preset_id
    set_config(_preset(preset_id).config)
    _close_sweep()


def _close_sweep() -> None:
    """Close the part that would be projected in place of the training's charts."""
    if st.session_state.get(LAB) == SWEEP_PART:
        st.session_state[LAB] = None


def _preset(preset_id: str) -> TrainingPreset:
    return next(each for each in PRESETS if each.id == preset_id)


def _choose() -> None:
    if chosen := chosen_training():
        set_config(_preset(chosen).config)


def _question(preset: TrainingPreset) -> None:
    asked = planned_question() or f"**Predict first:** {preset.question}"
    text = f":material/psychology: {asked}"
    if not preset.breaks:
        st.markdown(text)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text, width="content")
        with st.popover("Symptom and remedy", icon=":material/healing:"):
            st.markdown(f"**What to look for:** {preset.symptom}")
            st.markdown(f"**Remedy:** {preset.remedy}")
