"""The first page: what this is, and where to begin."""

import streamlit as st

from playground.ui.kit.link_warnings import check_address, read_link, refusals
from playground.ui.pages.home.cards import begin_links, notebooks_link, path, style

style()
read_link()
check_address(())
refusals()
words, formula = st.columns([11, 9], gap="medium", vertical_alignment="center")
with words:
    st.title("Softmax Playground", anchor=False)
    st.markdown(
        "See how a classifier learns. **Logits** become probabilities, probabilities become a "
        "**loss**, the loss moves the **weights**, and a moment later the network reads digits "
        "it has never seen."
    )
with formula:
    st.latex(
        r"\begin{gathered} z = xW + b \;\to\; p = \mathrm{softmax}(z) \;\to \\"
        r"L = -\log p_y \;\to\; W \leftarrow W - \eta\,\tfrac{\partial L}{\partial W}"
        r"\end{gathered}"
    )
    begin_links()
path()
st.markdown(
    "**Many classes** and cross-entropy, not two and a square · **your own** data and drawings · "
    "runs **side by side** · **back in time** through any run · the **code** of what you see, "
    "to take home · every number **exact** when you point at it"
)
notebooks_link()
st.caption(
    "Digits: MNIST by Yann LeCun, Corinna Cortes and Christopher Burges, "
    "[CC BY-SA 3.0](https://creativecommons.org/licenses/by-sa/3.0/). The network that reads them "
    "also learned from pen strokes collected by E. Alpaydin and F. Alimoglu, "
    "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)."
)
