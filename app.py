"""The app: `streamlit run app.py`. Page settings and navigation, nothing else.

Streamlit reads this file twice over: once to find `app`, what it serves, and
then at each visit as the script that chooses the page.
"""

import streamlit as st

from playground.ui.kit.url_state import arrive
from playground.ui.projection.mode import begin, show_bar
from playground.ui.projection.notes import show_notes
from playground.ui.server.page_style import ICON, say_page

if st.runtime.exists():
    st.set_page_config(page_title="Softmax Playground", page_icon=ICON, layout="wide")
    page = st.navigation(
        [
            st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
            st.Page("pages/softmax.py", title="Softmax", icon=":material/tune:"),
            st.Page("pages/cross_entropy.py", title="Cross-entropy", icon=":material/target:"),
            st.Page("pages/train.py", title="Train", icon=":material/show_chart:"),
            st.Page("pages/draw.py", title="Draw", icon=":material/draw:"),
            st.Page("pages/notebooks.py", title="Notebooks", icon=":material/menu_book:"),
        ],
        position="top",
    )
    arrive(page.url_path)
    bar = begin(page.url_path)
    say_page(page.title)
    if not show_notes():
        page.run()
        show_bar(bar, page.url_path)
else:
    from playground.ui.app import server_options

    app = st.App(__file__, **server_options())
