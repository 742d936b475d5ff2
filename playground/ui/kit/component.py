"""Our components, each a folder of `components/` with a module of its name.

Streamlit sends inline JavaScript again with every message of a component, so what is inline only
imports the module, which the browser keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from playground.ui.server.assets import module_loader


def component(folder: str) -> Callable[..., Any]:
    """What mounts the component; its styles are those of the page.

    It is called as what `st.components.v2.component` returns, with a message as `data` and a `key`,
    which names the component on its page: the same one keeps its nodes from run to run. The
    message travels in a list, where Streamlit looks for no tables: to find that a message has none
    it would import pandas, 1.1 s of the first page of a server. `_kernel/load.js` takes it out.
    """
    mount = st.components.v2.component(
        f"playground_{folder}", js=module_loader(folder), isolate_styles=False
    )

    def show(*, data: Mapping[str, Any], key: str, **more: Any) -> Any:
        return mount(data=[{**data, "part": key}], key=key, **more)

    return show
