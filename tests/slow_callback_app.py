"""Two buttons: the callback of one takes until a file is there, and then changes the address."""

from __future__ import annotations

import os
import time
from pathlib import Path

import streamlit as st

from playground.ui.server import whole_callbacks

FOLDER = Path(os.environ["SLOW_CALLBACK_FOLDER"])


def slow() -> None:
    """Looks at the state, sends a message, and goes on after both."""
    (FOLDER / "begun").touch()
    while not (FOLDER / "may_end").exists():
        time.sleep(0.01)
    st.session_state["clicks"] += ["slow"]
    st.query_params["slow"] = "done"
    st.session_state["clicks"] += ["slow to its end"]


def quick() -> None:
    """Done at once."""
    st.session_state["clicks"] += ["quick"]


if st.runtime.exists():
    clicks = st.session_state.setdefault("clicks", [])
    st.button("Slow", on_click=slow)
    st.button("Quick", on_click=quick)
    st.text(f"Clicks: {', '.join(clicks)}.")
else:
    whole_callbacks.install()
    app = st.App(__file__)
