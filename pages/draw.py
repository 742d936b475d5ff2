"""Lesson: the network reads your handwriting while you write."""

import streamlit as st

from playground.ui.kit.click_guard import page_is_shown
from playground.ui.kit.projecting import projecting
from playground.ui.pages.draw.page import page

if projecting():
    with st.container(key="sp_screen"):
        page()
else:
    st.title("Draw a digit")
    st.markdown(
        "The network reads along while the pen moves. It has never seen your handwriting; below "
        "you can see **why** it answers what it answers."
    )
    page()
page_is_shown()
