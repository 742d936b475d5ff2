"""A page whose last words wait for the event loop while a part of it is asked for again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from playground.ui.server import whole_runs


@st.fragment
def part() -> None:
    """Drawn again by itself, on request."""
    st.text("the part")


def hold_the_loop(context: ScriptRunContext, begin: Callable[[AppSession], None]) -> None:
    """Until the thread of this run has ended, after `begin`; what the run says waits meanwhile."""
    session = st.runtime.get_instance()._session_mgr.get_session_info(context.session_id).session
    requests, held = context.script_requests, threading.Event()

    def hold() -> None:
        begin(session)
        held.set()
        while requests._state != ScriptRequestType.STOP:
            pass

    session._event_loop.call_soon_threadsafe(hold)
    held.wait()


def ask_for_the_part() -> None:
    """When the loop goes on, with the thread of this run ended and nothing said of its end."""
    context = get_script_run_ctx()
    (part_id,) = context.shared.new_fragment_ids.snapshot()
    asked = ClientState(fragment_id=part_id)
    hold_the_loop(
        context, lambda session: session._event_loop.call_soon(session.request_rerun, asked)
    )


if st.runtime.exists():
    part()
    if st.button("Hold"):
        ask_for_the_part()
    is_set = st.button("Set")
    if is_set:  # said once, by a run that another one follows in the same thread
        hold_the_loop(get_script_run_ctx(), lambda _: None)
        st.session_state["number"] = 7
    st.text(f"last words, {st.query_params.get('mark')}")
    st.number_input("Number", 2, 10, key="number")
    if is_set:
        asked = RerunData(widget_states=WidgetStates())
        get_script_run_ctx().script_requests.request_rerun(asked)
else:
    whole_runs.install()
    app = st.App(__file__)
