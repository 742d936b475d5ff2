"""Start a race: several runs at once that see the same examples in the same order."""

from __future__ import annotations

import streamlit as st

from playground.charts.race import MOST_RUNS
from playground.errors import PlaygroundError
from playground.lessons.contestants import contestants, order_in_words
from playground.ui.kit.buttons import button
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.controls import attempt_to_start, steering
from playground.ui.pages.train.settings import chosen_config
from playground.ui.server.session import manager, visitor

_ENTRIES, _START = "race_entries", "start_race"


def race_starter() -> None:
    """Choose who takes part, and start them all."""
    with st.expander("Start a race", icon=":material/sports_score:"):
        try:
            entries = contestants(chosen_config())
        except PlaygroundError as error:
            st.caption(escape_markdown(str(error)))
            return
        before = st.session_state.get(_ENTRIES)
        # The settings may have changed since: what is no longer on offer is not chosen.
        kept = list(entries)[:2] if before is None else [name for name in before if name in entries]
        if kept != before:
            st.session_state[_ENTRIES] = kept
        label = f"Who takes part (two to {MOST_RUNS})"
        chosen = st.multiselect(
            label,
            list(entries),
            key=_ENTRIES,
            max_selections=MOST_RUNS,
            persist_state="session",  # while another part is open
        )
        st.caption(f"{order_in_words([entries[name] for name in chosen])} {_turns()}".strip())
        few = len(chosen) < 2
        button("Start the race", _start, icon="flag", type="primary", disabled=few, key=_START)


def _turns() -> str:
    at_once = manager().limits.running
    if at_once == 1:
        return "This machine trains one run at a time: they run one after the other."
    return f"This machine trains {at_once} runs at a time; the others wait for their turn."


def _start() -> None:
    """Start or queue a run for each who takes part. Where one is refused, those before it go on."""

    def action() -> None:
        entries = contestants(chosen_config())
        names = [name for name in st.session_state.get(_ENTRIES) or [] if name in entries]
        now, owner = steering(), visitor()
        raced: list[str] = []
        for name in names[:MOST_RUNS]:
            raced.append(manager().start(entries[name], owner).id)
            now.wanted, now.raced = raced[0], raced

    attempt_to_start(action)
