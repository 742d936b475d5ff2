"""A page that is asked for at inconvenient moments: while the last words of a run wait for the
event loop, or as the run of a part has just ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from playground.ui.server import whole_runs


@st.fragment(run_every=3600)
def part() -> None:
    """Drawn again by itself, on request."""
    st.text("the part")
    if st.button("Ask for the page"):
        ask_for_the_page()


def session_of(context: ScriptRunContext) -> AppSession:
    """Whose run it is."""
    return st.runtime.get_instance()._session_mgr.get_session_info(context.session_id).session


def ask_for_the_page() -> None:
    """When this run has ended, and before its thread has."""
    context = get_script_run_ctx()
    runner = session_of(context)._scriptrunner

    def look(_: object, event: ScriptRunnerEvent, **_others: object) -> None:
        if event == ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS:
            asked = RerunData(widget_states=WidgetStates(), query_string="mark=in+its+place")
            context.script_requests.request_rerun(asked)

    runner.on_event.connect(look, weak=False)


def hold_the_loop(context: ScriptRunContext, begin: Callable[[AppSession], None]) -> None:
    """Until the thread of this run has ended, after `begin`; what the run says waits meanwhile."""
    session = session_of(context)
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
    with st.container():
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
