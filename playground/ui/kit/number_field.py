"""A field for one number of a lesson's state, which reads what people type.

`st.number_input` is a field of the browser's, and a browser that does not expect a decimal comma
drops it: 0,5 becomes 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.errors import InputError
from playground.lessons.address import write_number
from playground.lessons.number_text import is_ambiguous, read_number
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.url_state import LinkedState

_MOST_CHARACTERS = 80


@dataclass(eq=False)
class _Typed:
    """What was typed last.

    Attributes:
        value: the number it was read as, or the one before if it was refused.
        problem: why it was refused.
        remark: how it was read, if it could be meant in another way.
    """

    value: float | None = None
    problem: str = ""
    remark: str = ""


def number_field(
    label: str, linked: LinkedState[Any], field: str, *, low: float = -math.inf, width: int
) -> None:
    """Show the field; a number that is typed is set, and what is none stays there.

    What is said of it stands where `say_typed` is called, since a row of fields has no room for it.

    Args:
        label: what it says.
        linked: the state.
        field: of the state, a number.
        low: the smallest one that is allowed.
        width: in px.
    """
    key = f"{linked.name}_{field}"
    typed, value = session_object(_Typed, key), getattr(linked.state, field)
    if typed.value != value or key not in st.session_state:  # by a link, a preset, the way back
        typed.value, typed.problem, typed.remark = value, "", ""
        st.session_state[key] = write_number(value)
    take = (linked, field, key, low)
    options: dict[str, Any] = {"max_chars": _MOST_CHARACTERS, "autocomplete": "off", "width": width}
    st.text_input(label, key=key, on_change=_take, args=take, **options)


def say_typed(linked: LinkedState[Any], field: str) -> None:
    """Why the text of a field is no number, or how it was read if it could be meant otherwise."""
    typed = session_object(_Typed, f"{linked.name}_{field}")
    if typed.problem:
        st.error(escape_markdown(typed.problem), icon=":material/error:")
    elif typed.remark:
        st.caption(escape_markdown(typed.remark))


def _take(linked: LinkedState[Any], field: str, key: str, low: float) -> None:
    typed, text = session_object(_Typed, key), str(st.session_state.get(key) or "")
    typed.remark = ""
    try:
        value, refused = read_number(text), InputError(f"It is {text.strip()}")
    except InputError as error:
        value, refused = math.nan, error
    if not math.isfinite(value) or value < low:
        allowed = "a finite number" + (f" from {low:g} up" if low > -math.inf else "")
        why = InputError(refused.problem, allowed=allowed, advice=refused.advice)
        typed.problem = f"{why} Until then it is {write_number(getattr(linked.state, field))}."
        return
    typed.value, typed.problem = value, ""
    if is_ambiguous(text):
        large = write_number(read_number(text, "point"))
        typed.remark = f"Read as {write_number(value)}. If you mean {large}, leave the comma out."
    linked.change(**{field: value})
