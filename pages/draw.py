"""Lesson: the network reads your handwriting while you write."""

import streamlit as st

from playground.ui.kit.click_guard import page_is_shown
from playground.ui.kit.projecting import projecting
from playground.ui.pages.draw.page import page

if projecting():
    with st.container(key="sp_screen"):
        page()
else:
    with st.container(key="sp_draw"):
        with st.container(horizontal=True, vertical_alignment="center", key="sp_draw_head"):
            st.title("Draw a digit", width="content")
            st.markdown(
                "The network reads along while the pen moves. Below you can see **why** it answers "
                "what it answers."
            )
        page()
page_is_shown()
