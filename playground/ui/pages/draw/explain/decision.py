"""When the answer was found, and a scrubber through the drawing."""

from __future__ import annotations

import streamlit as st

from playground.charts.decision import decision
from playground.explaining import DecisionTrace
from playground.ui.components.figure import figure
from playground.ui.kit.text import escape_markdown

_PART = "draw_decided_ink"


def decision_view(trace: DecisionTrace) -> None:
    """Show a trace of `playground.explaining.decision_trace` and let the reader move through it."""
    st.markdown(_sentence(trace))
    place = st.container()
    st.slider("Part of the ink", 0, 100, 100, format="%d %%", key=_PART)
    with place:
        chart = decision(
            trace.fractions,
            trace.probabilities,
            trace.class_names,
            trace.drawn,
            trace.decided,
            chosen_part(),
        )
        figure(chart, key="draw_decided_lines", height=320)


def chosen_part() -> float:
    """The fraction of the ink that the reader has moved to, from 0 to 1; all of it at first."""
    return float(st.session_state.get(_PART, 100)) / 100


def begin_again() -> None:
    """Show all of the ink, if less was shown. Before the view."""
    if _PART in st.session_state:
        st.session_state[_PART] = 100


def _sentence(trace: DecisionTrace) -> str:
    if trace.decided is None:
        return "There is nothing to read yet."
    name = escape_markdown(trace.class_names[int(trace.answers[-1])])
    return (
        f"From **{trace.decided:.0%}** of the ink on, the answer is **{name}** and no longer "
        "changes."
    )
