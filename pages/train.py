"""Lesson: watch a network learn real handwritten digits."""

import streamlit as st

from playground.ui.steering import buttons, change_rate, problem, shown_run, watcher_note
from playground.ui.train_settings import in_words, settings
from playground.ui.train_view import live_view, waiting_view

st.title("Watch a network learn")
st.markdown(
    "Each batch of handwritten digits gives a loss; each loss moves the weights a little. "
    "After every epoch the network is asked about 10,000 digits it has never seen."
)
settings(on_rate_change=change_rate)
run = shown_run()
state = run.status.state if run else ""  # read once: buttons and view must agree
with st.container(horizontal=True, vertical_alignment="center"):
    buttons(run, state)
    st.toggle("Log scale", key="log", bind="query-params", help="Of the loss.")
problem()
if run is None:
    waiting_view()
else:
    watcher_note(run, state)
    if run.status.message:
        bad = state in ("failed", "interrupted")
        (st.error if bad else st.info)(run.status.message)
    if run.status.warning:
        st.warning(run.status.warning)
    live_view(run, state)
    st.caption(in_words(run.config))
