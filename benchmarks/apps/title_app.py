"""A page with a title: what Streamlit and a browser need for any page at all."""

import streamlit as st

st.title("Nothing else")
