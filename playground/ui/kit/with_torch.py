"""Parts of a page that need PyTorch, which is imported behind the first page.

A run of the page that waited for the import would leave the whole page grey and deaf for seconds.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.ui.kit.live_fragment import live_fragment
from playground.ui.server import lazy_torch

FAILED = (
    "PyTorch or its data could not be loaded; the server's log says why. What needs neither still "
    "works."
)
_LOOK_AGAIN = 0.4  # seconds


def with_torch(show: Callable[[], None]) -> None:
    """Call `show` now if PyTorch is there, else as soon as it is."""
    lazy_torch.begin()
    if lazy_torch.wait(0):
        show()
    elif lazy_torch.has_failed():
        st.error(FAILED)
    else:
        live_fragment(_wait, run_every=_LOOK_AGAIN)


def _wait() -> None:
    if lazy_torch.wait(0) or lazy_torch.has_failed():
        st.rerun()
    st.caption("Loading PyTorch, a few seconds …")
