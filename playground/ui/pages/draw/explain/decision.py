"""When the answer was found, and a scrubber through the drawing."""

from __future__ import annotations

import streamlit as st

from playground.charts.decision import decision
from playground.explaining import DecisionTrace
from playground.ui.components.figure import figure
from playground.ui.kit.text import escape_markdown


def decision_view(trace: DecisionTrace, key: str) -> None:
    """Show the trace and let the reader move through it.

    Args:
        trace: from `playground.explaining.decision_trace`.
        key: prefix of the keys of its widgets.
    """
    st.markdown(_sentence(trace))
    place = st.container()
    st.slider("Part of the ink", 0, 100, 100, format="%d %%", key=f"{key}_ink")
    with place:
        chart = decision(
            trace.fractions,
            trace.probabilities,
            trace.class_names,
            trace.drawn,
            trace.decided,
            chosen_part(key),
        )
        figure(chart, key=f"{key}_lines", height=320)


def chosen_part(key: str) -> float:
    """The fraction of the ink that the reader has moved to, from 0 to 1; all of it at first."""
    return float(st.session_state.get(f"{key}_ink", 100)) / 100


def begin_again(key: str) -> None:
    """Show all of the ink, if less was shown. Before the view."""
    if f"{key}_ink" in st.session_state:
        st.session_state[f"{key}_ink"] = 100


def _sentence(trace: DecisionTrace) -> str:
    if trace.decided is None:
        return "There is nothing to read yet."
    name = escape_markdown(trace.class_names[int(trace.answers[-1])])
    return (
        f"From **{trace.decided:.0%}** of the ink on, the answer is **{name}** and no longer "
        "changes."
    )
