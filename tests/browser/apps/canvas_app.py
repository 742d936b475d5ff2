"""A page with one canvas, for tests. What reads the ink is made up, but always the same.

`readers` how many, `slow` seconds an answer takes; `ticks=1` for a part that is drawn twice a
second. The texts below the canvas say what the server holds: the picture and its hash.
"""

from __future__ import annotations

import hashlib
import time

import numpy as np
import streamlit as st

from playground.ui.server.assets import asset_routes

DIGITS = [str(k) for k in range(10)]
CLOTHES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"]
CLOTHES += ["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
SQUARE = np.array([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])


def main() -> None:
    from playground import maths
    from playground.drawing.strokes import Stroke
    from playground.recognition.reading import Answer
    from playground.recognition.recognise import CanvasAnswer
    from playground.ui.components.canvas import Load, drawing_canvas, received
    from playground.ui.components.canvas.message import Picture
    from playground.ui.kit.live_fragment import live_fragment

    query = st.query_params
    state = st.session_state
    readers = [("CNN", DIGITS), ("Linear", DIGITS), ("Clothes", CLOTHES), ("Wide", DIGITS)]

    def answers(digit: np.ndarray | None) -> list[Answer]:
        chosen = readers[: int(query.get("readers", "1"))]
        if digit is None:
            return [Answer(name, classes) for name, classes in chosen]
        weights = np.random.default_rng(7).normal(size=(len(readers), 10, digit.size)) / 4
        return [
            Answer(name, classes, maths.softmax(weights[i] @ digit.reshape(-1)))
            for i, (name, classes) in enumerate(chosen)
        ]

    def canvas() -> None:
        picture = received("canvas")
        digit = None
        if picture is not None and not picture.is_empty:
            digit = picture.full().reshape(28, 10, 28, 10).mean(axis=(1, 3)) / 255.0
        time.sleep(float(query.get("slow", "0")))
        load = None
        if state.get("loads"):
            load = Load(f"square {state['loads']}", [Stroke(SQUARE, 0.08)])
        drawing_canvas(
            "canvas",
            seq=picture.seq if picture else 0,
            answer=CanvasAnswer(
                answers(digit), digit, "The canvas is empty." if digit is None else ""
            ),
            load=load,
            shown=state.get("shown", 1.0),
        )
        state["runs"] = state.get("runs", 0) + 1
        st.text(describe(picture))
        st.text(f"runs={state['runs']}")

    def describe(picture: Picture | None) -> str:
        if picture is None:
            return "picture=None"
        content = hashlib.sha256(picture.grey.tobytes() + str(picture.box).encode()).hexdigest()
        return f"seq={picture.seq} final={picture.final} hash={content[:12]}"

    columns = st.columns(4)
    columns[0].button("Rerun")
    columns[1].button("Load", on_click=lambda: state.update(loads=state.get("loads", 0) + 1))
    columns[2].slider("Shown", 0.0, 1.0, 1.0, key="shown")
    if columns[3].checkbox("Mounted", value=True):
        with st.container():
            st.fragment(canvas)()
    if query.get("ticks") == "1":
        live_fragment(lambda: st.text("drawn again and again"), run_every=0.5, shows="ticks")
    st.text("below the canvas")
    for _ in range(int(query.get("rows", "0"))):
        st.text("something to scroll to")


if st.runtime.exists():
    st.set_page_config(layout="wide")
    main()
else:
    app = st.App(__file__, routes=[*asset_routes()])
