"""The other scripts of this folder behind one server: `app` names one, "figure" for instance."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from playground.ui.server.assets import asset_routes
from playground.ui.server.page_style import PageStyle

if st.runtime.exists():
    script = Path(__file__).with_name(f"{st.query_params['app']}_app.py")
    code = compile(script.read_text(encoding="utf-8"), str(script), "exec")
    exec(code, {"__name__": "__main__", "__file__": str(script)})  # noqa: S102
else:
    app = st.App(__file__, routes=[*asset_routes()], middleware=[Middleware(PageStyle)])
