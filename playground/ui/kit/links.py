"""Choices in links by their ids, `/train?model=linear`, and what Streamlit makes of addresses.

A bound selection writes the text it shows into the address and takes nothing else from it. Texts
are for readers and may change, so the address has ids instead; the texts in links from before are
read, too. And a bound number takes what is out of its bounds, or ends the page at `?epochs=inf`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.ui.kit.session_object import session_object
from playground.ui.kit.url_state import visit


@dataclass(eq=False)
class _Choice:
    """In which visit the address was last read for a choice."""

    visit: int = -1


def read_choice(
    key: str,
    values: Mapping[str, Any],
    usual: str | None = None,
    former: Mapping[str, str] | None = None,
) -> str | None:
    """Set a choice to what the address asks for, if a link or the way back has just led here.

    Else the session has it: a browser sends a click together with the address it knows, which
    may be older than what was chosen. Before the widget, each run.

    Args:
        key: of the widget, and the parameter.
        values: by their ids, what the widget chooses from.
        usual: the id that is chosen if nothing is said.
        former: what ids were called in links that may still be around.

    Returns:
        The id that a link has just led here with; None if there is none.
    """
    now, back = session_object(_Choice, key), goes_back()
    if now.visit == visit() and not back:
        return None
    asked = st.query_params.get(key, "")
    name = (former or {}).get(asked, asked)
    found = name if name in values else None
    if found is not None:
        st.session_state[key] = values[found]
    elif back:  # that address had none
        st.session_state[key] = None if usual is None else values[usual]
    now.visit = visit()
    return found


def write_choices(choices: Mapping[str, tuple[Mapping[str, Any], str | None]]) -> None:
    """Put choices into the address, those excepted that are the usual ones. Before the widgets.

    All at once: each change of the address is a step of the browser's way back.

    Args:
        choices: by their keys, `values` and `usual` as for `read_choice`.
    """
    write_parameters({key: _chosen(key, *each) for key, each in choices.items()})


def write_parameters(wanted: Mapping[str, str | None], *, send: bool = True) -> None:
    """Put parameters into the address, or take those out that are None; others stay.

    Args:
        wanted: by their keys, none of which is bound to a widget.
        send: whether the browser is told now; if not, something that is about to come tells it.
    """
    changes = [(k, name) for k, name in wanted.items() if st.query_params.get(k) != name]
    context = get_script_run_ctx(suppress_warning=True)
    quiet, told = (changes[:-1], changes[-1:]) if send else (changes, [])
    if context is None:
        quiet, told = [], changes
    else:
        with context.session_state.query_params() as query:
            for key, name in quiet:
                if name is None:
                    query.discard_param_no_forward_msg(key)
                else:
                    query.set_with_no_forward_msg(key, name)
    for key, name in told:
        if name is None:
            del st.query_params[key]
        else:
            st.query_params[key] = name


def _chosen(key: str, values: Mapping[str, Any], usual: str | None) -> str | None:
    """The id of what is chosen, None if it is the usual one or nothing."""
    shown = st.session_state.get(key)
    found = next((name for name, value in values.items() if value == shown), None)
    return None if found == usual else found


def expand_link(parameters: Mapping[str, str]) -> bool:
    """Add parameters to the address, those that it has itself excepted. Before their widgets.

    Returns:
        Whether a link has just led here: else the browser went back to this address.
    """
    given = st.query_params.to_dict()
    found = {key: text for key, text in parameters.items() if key not in given}
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return False
    # Bound widgets read what the address was when the run began, so that has to change, too.
    with context.session_state.query_params() as query:
        bound = any(query.is_bound(key) for key in found)
        for key, text in found.items():
            query.set_with_no_forward_msg(key, text)
        query.set_initial_query_params_from_current()
    if found and not bound:
        st.query_params.update(found)
    return not goes_back()


def leave_out(numbers: Mapping[str, Callable[[float], bool]]) -> None:
    """Take numbers that controls do not allow out of what they read from the address.

    A bound `st.number_input` would show them, and ends the page at an infinity.

    Args:
        numbers: by the keys of the controls, whether one takes a number.
    """
    given = st.query_params.to_dict()
    bad = [key for key, allows in numbers.items() if key in given and _is_bad(given[key], allows)]
    context = get_script_run_ctx(suppress_warning=True)
    if not bad or context is None:
        return
    with context.session_state.query_params() as query:
        for key in bad:
            query.remove_param(key)
        query.set_initial_query_params_from_current()


def _is_bad(text: str, allows: Callable[[float], bool]) -> bool:
    try:
        return not allows(float(text))
    except ValueError:
        return False  # no number at all: the control knows what to do


def goes_back() -> bool:
    """Whether the browser has gone back, or forward, to an address it had before."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation
