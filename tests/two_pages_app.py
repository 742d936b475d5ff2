"""Two pages, one with a part that is drawn again by itself; a run waits while a file is there."""

from __future__ import annotations

import os
import time
from pathlib import Path

import streamlit as st

from playground.ui.server import first_runs, page_changes, whole_callbacks

FOLDER = Path(os.environ["TWO_PAGES_FOLDER"])


@st.fragment(run_every=3600)
def part() -> None:
    """What a browser asks for by itself."""
    st.text("part of the first")


def first() -> None:
    """Has the part."""
    st.text("first page")
    part()


def second() -> None:
    """Has none."""
    st.text(f"second page, mark {st.query_params.get('mark')}")


if st.runtime.exists():
    page = st.navigation([st.Page(first), st.Page(second)])
    (FOLDER / "begun").touch()
    while (FOLDER / "hold").exists():
        time.sleep(0.01)
    page.run()
else:
    whole_callbacks.install()
    page_changes.install()
    first_runs.install()
    app = st.App(__file__)
