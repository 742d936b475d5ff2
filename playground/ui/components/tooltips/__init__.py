"""Tooltips for the choices of `st.pills`, which has one for all of them together.

    st.pills("Presets", ["a lead of 0.8", "sum to 1"], key="presets")
    tooltips({"a lead of 0.8": "Notebook B, cell 1"}, of="presets", key="tips")

A tooltip is also what a screen reader tells of the choice after its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from playground.ui.kit.component import component

_mount = component("tooltips")


def tooltips(texts: Mapping[str, str], *, of: str, key: str) -> None:
    """Give choices a tooltip each. After the choices, which are drawn before it then.

    Args:
        texts: by what a choice says.
        of: key of the choices.
    """
    _mount(key=key, data={"of": of, "texts": dict(texts)})
