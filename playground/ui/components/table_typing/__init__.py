"""Keys that are typed into a table faster than its cell opens.

The table of `st.data_editor` loads the editor of a cell with the first key, and loses those that
follow until it is there, and again while it closes. With this on the page they wait for it:

    table_typing(key="typing")
    st.data_editor(rows, key="rows")

It stands before whatever comes and goes: Streamlit mounts again what changes its place.
"""

from __future__ import annotations

from playground.ui.kit.component import component

_mount = component("table_typing")


def table_typing(*, key: str) -> None:
    """Let no key be lost in the tables of the page."""
    _mount(key=key, data={"key": key})
