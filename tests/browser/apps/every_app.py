"""The other scripts of this folder behind one server: `app` names one, "figure" for instance."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from playground.ui.server import page_style
from playground.ui.server.assets import asset_routes

if st.runtime.exists():
    page_style.inject()
    script = Path(__file__).with_name(f"{st.query_params['app']}_app.py")
    code = compile(script.read_text(encoding="utf-8"), str(script), "exec")
    exec(code, {"__name__": "__main__", "__file__": str(script)})  # noqa: S102
else:
    app = st.App(__file__, routes=[*asset_routes()])
