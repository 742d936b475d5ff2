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
for page, icon, label in (
    ("softmax", "tune", "Softmax: drag the logits, watch the probabilities"),
    ("cross_entropy", "target", "Cross-entropy: how wrong, in one number, and which way is down"),
    ("train", "show_chart", "Train: watch notebook A's network learn 60,000 real digits, live"),
    ("draw", "draw", "Draw: the network reads your own handwriting while you write"),
):
    st.page_link(f"pages/{page}.py", label=label, icon=f":material/{icon}:")
