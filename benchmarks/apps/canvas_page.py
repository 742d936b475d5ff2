"""The least a page with a canvas can be: the linear network reads what is drawn."""

from __future__ import annotations

import streamlit as st

from playground.ui.assets import asset_routes

DIGITS = [str(k) for k in range(10)]


def main() -> None:
    from playground import maths
    from playground.insight import linear_logits, load_linear
    from playground.ui.drawing_canvas import Answer, drawing_canvas, received

    def canvas() -> None:
        picture = received("canvas")
        if picture is None or picture.is_empty:
            seq, nothing = picture.seq if picture else 0, Answer("Linear", DIGITS)
            drawing_canvas("canvas", seq=seq, answers=[nothing], digit=None, line="")
            return
        digit = picture.full(28)
        logits = linear_logits(digit[None], load_linear()[-1])[0]
        answer = Answer("Linear", DIGITS, maths.softmax(logits))
        drawing_canvas("canvas", seq=picture.seq, answers=[answer], digit=digit / 255.0, line="")

    with st.container():
        st.fragment(canvas)()


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
