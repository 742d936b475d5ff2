"""A whole number in the address is written as one: `epochs=3`, as the browser writes it.

Streamlit 1.67 writes what a number field has as Python's `3.0` when it puts a setting back into the
address, as on the way back from another page; a link then says one thing in two ways.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.state import query_params

_streamlits_own = query_params._coerce_value_for_query_url


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    query_params._coerce_value_for_query_url = _in_address


def _in_address(value: Any, value_type: str) -> str | list[str]:
    if value_type == "double_value":
        return query_params._format_number_for_query_url(value)
    return _streamlits_own(value, value_type)
