"""Texts from outside, wherever they are shown: they are texts, no links, pictures or formulas.

What an address, a file or a name says is put into every place that takes it, and every part of
the page that came of it is looked through, also those that no test names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from google.protobuf.message import Message
from runs_fakes import Crew, evaluation
from streamlit.testing.v1 import AppTest
from visits import follow, new_visit

from playground.datasets.own import build
from playground.datasets.own_store import save_own
from playground.lessons.states import CrossEntropyState, SoftmaxState
from playground.runs import RunManager
from playground.training import TrainConfig
from playground.ui.pages.train.lab import PARTS

OWNER = "correct horse battery staple, again"
EVIL = "[e](https://evil.example)<b>f</b>$g$`h`:red[i]"
# What of it would be more than text: where Markdown is read, and in HTML.
MARKUP = re.compile(
    r"(?<!\\)\]\(https?://evil|(?<!\\)<b>f|(?<!\\)\$g(?<!\\)\$|(?<!\\):red(?<!\\)\["
)
TAG = re.compile(r"<b>f")

PLAIN = {"text", "bidi_component", "arrow_data_frame", "code", "plotly_chart", "file_uploader"}
# Fields of widgets that are shown as they are, or not at all.
NO_MARKDOWN = {
    "id", "form_id", "value", "default", "options", "raw_values", "query_param_key", "key",
    "url", "page", "page_script_hash", "query_string", "set_value", "raw_value",
}  # fmt: skip

# Parameters that no control of Streamlit's is bound to.
IN_LINKS = {
    "softmax": ["preset", *(e.metadata["codec"].key for e in fields(SoftmaxState()))],
    "cross_entropy": ["preset", *(e.metadata["codec"].key for e in fields(CrossEntropyState()))],
    "train": ["run", "data", "own", "moment", "training", "projection"],
    "draw": ["readers", "projection"],
}


def texts_of(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.name in NO_MARKDOWN:
            continue
        for one in value if field.is_repeated else [value]:
            if isinstance(one, str):
                yield one
            elif isinstance(one, Message):
                yield from texts_of(one)


def protos_of(app: AppTest) -> Iterator[tuple[str, Message]]:
    """All parts of a page, with the kind of each."""
    nodes: list[Any] = [app._tree]
    while nodes:
        node = nodes.pop()
        nodes += getattr(node, "children", {}).values()
        if getattr(node, "proto", None) is not None:
            yield node.type, node.proto


def bound_in(app: AppTest) -> list[str]:
    """The parameters of its address that controls are bound to."""
    keys = (getattr(proto, "query_param_key", "") for _, proto in protos_of(app))
    return sorted({key for key in keys if key})


def wrong_in(app: AppTest) -> list[str]:
    """What of the page would not be text."""
    found = []
    for kind, proto in protos_of(app):
        pattern = TAG if kind == "html" else MARKUP
        if kind not in PLAIN:
            found += [f"{kind}: {text[:200]}" for text in texts_of(proto) if pattern.search(text)]
    return found


def page(name: str, **query: str) -> AppTest:
    return follow(new_visit(name, _visitor=OWNER), **query)


def test_what_is_looked_for_is_found() -> None:
    def script() -> None:
        import streamlit as st

        evil = "[e](https://evil.example)<b>f</b>$g$`h`:red[i]"
        st.markdown(evil)
        st.expander(evil).error("...")
        st.html(evil)
        st.button("fine", help=evil)
        st.pills(evil, ["a"])
        st.progress(0.5, text=evil)
        st.text(evil)
        st.text_input("fine", value=evil)
        st.markdown(r"\\[e\\]\\(https://evil.example\\)\\<b\\>f\\</b\\>\\$g\\$\\`h\\`\\:red\\[i\\]")

    assert len(wrong_in(AppTest.from_function(script, default_timeout=60).run())) == 6


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("name", IN_LINKS)
def test_what_a_link_says_is_text(name: str) -> None:
    keys = [*IN_LINKS[name], *bound_in(page(name))]
    assert len(keys) > 5 or name == "draw"
    assert wrong_in(page(name, **dict.fromkeys(keys, EVIL))) == []
    for key in keys:
        assert wrong_in(page(name, **{key: EVIL})) == [], key


def test_what_a_run_is_called_and_says_is_text(manager: RunManager, crew: Crew) -> None:
    names = (EVIL[:40], EVIL[-40:])
    images, labels = np.zeros((4, 28, 28), np.uint8), np.array([0, 1, 0, 1])
    own = build(EVIL, names, (images, labels), (images.copy(), labels.copy()), ignored=(),
                inverted=False, side=28)  # fmt: skip
    data = f"own:{save_own(own)}"
    runs = []
    for message in (EVIL, "", EVIL):
        config = TrainConfig(model="linear", dataset=data, train_size=None)
        runs.append(manager.start(config, OWNER))
        crew.last.begin(10)
        crew.last.take(10)
        crew.last.tell(evaluation(1))
        crew.last.end("failed" if message else "finished", message)
        manager.rename(runs[-1].id, OWNER, EVIL)
        manager.annotate(runs[-1].id, OWNER, EVIL)
        runs[-1].mark(3, EVIL)
        runs[-1].set(warning=EVIL, device=EVIL)
    for part in PARTS:
        app = page("train", run=runs[0].id, lab=part, compare=",".join(run.id for run in runs))
        assert wrong_in(app) == [], part
    assert wrong_in(page("train", data=data)) == []
    assert wrong_in(page("draw", readers=f"run:{runs[0].id},run:{runs[1].id}@10")) == []
