"""Whether a page is shown for a beamer: `projection/mode.py` decides it, pages ask.

The address has it, which Streamlit empties on the way to another page; so the session has it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playground.lessons.plans import Place
from playground.ui.kit.session_object import session_object


@dataclass(frozen=True)
class Way:
    """The way from one page to another."""

    origin: str  # the page's place in the address
    script: str
    query: Mapping[str, str]


@dataclass(eq=False)
class Projection:
    """What `projection/mode.py` knows of the mode."""

    on: bool = False
    place: Place | None = None  # in the lesson whose plan is followed
    changed: bool = False  # by the bar: the address may be old
    way: Way | None = None  # the last that the bar asked for
    is_due: bool = False  # the way is to be gone


def planned_question() -> str | None:
    """What the plan of a lesson asks at a step, in place of the page's own question.

    Returns:
        None if the page asks its own: without a plan, and at a step that covers its answer, whose
        question is the page's in fewer words.
    """
    now = session_object(Projection)
    if not now.on or now.place is None or now.place.step.is_covered:
        return None
    return now.place.step.question


def projecting() -> bool:
    """Whether the page is shown in projection mode."""
    return session_object(Projection).on
