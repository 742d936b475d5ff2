"""Links with short names, `/train?model=linear&training=cnn`, and what Streamlit makes of them.

A bound selection writes the text it shows into the address and takes nothing else from it. Texts
are for readers and may change, so links that people write or store use names; they become texts
here before a widget has read the address. And a bound number ends the page at `?epochs=inf`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def translate(
    texts: Mapping[str, Mapping[str, str]],
    expand: Callable[[str, str], Mapping[str, str]] | None = None,
) -> dict[str, str]:
    """Replace names in the address by the texts of their widgets. Before the widgets, each run.

    Args:
        texts: by the widget's key, what each name is called there. What is neither a name
            nor a text is left for the widget to refuse.
        expand: called with the key and the name of each that was found; returns other
            parameters for the address. Those that the link has itself are kept.

    Returns:
        The names found, by key, where a link has just led to the page; else nothing.
    """
    given = st.query_params.to_dict()
    named = {key: given[key] for key, names in texts.items() if given.get(key) in names}
    found = {key: texts[key][name] for key, name in named.items()}
    for key, name in named.items():
        more = expand(key, name) if expand else {}
        found.update({k: v for k, v in more.items() if k not in given})
    context = get_script_run_ctx()
    if not found or context is None:
        return {}
    # Bound widgets read what the address was when the run began, so that has to change, too.
    with context.session_state.query_params() as query:
        bound = any(query.is_bound(key) for key in found)
        for key, text in found.items():
            query.set_with_no_forward_msg(key, text)
        query.set_initial_query_params_from_current()
    if bound:  # the browser went back here, or has not heard of the address below yet
        return {}
    st.query_params.update(found)
    return named


def leave_out_infinite(keys: Iterable[str]) -> None:
    """Take infinities and NaN out of what bound controls read from the address.

    A bound `st.number_input` for whole numbers ends the page with an OverflowError at
    `?epochs=inf`, and does so again at each reload.
    """
    given = st.query_params.to_dict()
    bad = [key for key in keys if key in given and _is_infinite(given[key])]
    context = get_script_run_ctx()
    if not bad or context is None:
        return
    with context.session_state.query_params() as query:
        for key in bad:
            query.remove_param(key)
        query.set_initial_query_params_from_current()


def _is_infinite(text: str) -> bool:
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False  # no number at all: the control knows what to do
