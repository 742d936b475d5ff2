"""The first page: what this is, and where to begin."""

import streamlit as st

st.title("Softmax Playground")
st.markdown(
    "See how a classifier learns. **Logits** become probabilities, probabilities become a "
    "**loss**, the loss moves the **weights**, and a moment later the network reads digits it "
    "has never seen."
)
st.latex(
    r"z = xW + b \;\longrightarrow\; p = \mathrm{softmax}(z) \;\longrightarrow\; "
    r"L = -\log p_y \;\longrightarrow\; W \leftarrow W - \eta\, \frac{\partial L}{\partial W}"
)
st.page_link(
    "pages/train.py",
    label="Train: watch notebook A's network learn 60,000 real digits, live",
    icon=":material/show_chart:",
)
