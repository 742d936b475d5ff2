"""A page whose last words wait for the event loop while a part of it is asked for again."""

from __future__ import annotations

import threading

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from playground.ui.server import whole_runs


@st.fragment
def part() -> None:
    """Drawn again by itself, on request."""
    st.text("the part")


def ask_before_the_last_words() -> None:
    """Hold the loop, with a request for the part in it, until the thread of this run has ended."""
    context = get_script_run_ctx()
    session = st.runtime.get_instance()._session_mgr.get_session_info(context.session_id).session
    requests, held = context.script_requests, threading.Event()
    (part_id,) = context.shared.new_fragment_ids.snapshot()

    def hold() -> None:
        session._event_loop.call_soon(session.request_rerun, ClientState(fragment_id=part_id))
        held.set()
        while requests._state != ScriptRequestType.STOP:
            pass

    session._event_loop.call_soon_threadsafe(hold)
    held.wait()


if st.runtime.exists():
    part()
    if st.button("Hold"):
        ask_before_the_last_words()
    st.text(f"last words, {st.query_params.get('mark')}")
else:
    whole_runs.install()
    app = st.App(__file__)
