"""Our components, each a folder of `components/` with a module of its name.

Streamlit sends inline JavaScript again with every message of a component, so what is inline only
imports the module, which the browser keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from playground.ui.server.assets import module_loader

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


def component(folder: str) -> ComponentRenderer:
    """What mounts the component; its styles are those of the page."""
    return st.components.v2.component(
        f"playground_{folder}", js=module_loader(folder), isolate_styles=False
    )
