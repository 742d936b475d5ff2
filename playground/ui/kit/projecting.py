"""Whether a page is shown for a beamer: `projection/mode.py` decides it, pages ask.

The address has it, which Streamlit empties on the way to another page; so the session has it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playground.ui.kit.session_object import session_object


@dataclass(eq=False)
class Projection:
    """What `projection/mode.py` knows of the mode."""

    on: bool = False
    changed: bool = False  # by the bar: the address may be old
    way: tuple[str, Mapping[str, str]] | None = None  # where the next run goes


def projecting() -> bool:
    """Whether the page is shown in projection mode."""
    return session_object(Projection).on
