"""A large element that the first and the last of four runs draw."""

from __future__ import annotations

import streamlit as st

state = st.session_state
state.setdefault("presses", 0)


def press() -> None:
    """Another run."""
    state.presses += 1


st.button("Next", on_click=press)
st.text(f"Run {state.presses}")
if state.presses in {0, 3}:
    st.text("much " * 10_000)
