"""A batch under the hand: two predictions for the same true classes, as tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from playground import maths
from playground.errors import InputError
from playground.lessons.batch_text import MOST_BYTES, read_batch, write_csv
from playground.lessons.states import CLASSES, MOST_ROWS, CrossEntropyState
from playground.ui.kit.buttons import button
from playground.ui.kit.downloads import download
from playground.ui.kit.problems import attempt, say_problem
from playground.ui.kit.session_object import session_object
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import short
from playground.ui.kit.url_state import LinkedState

Linked = LinkedState[CrossEntropyState]
Rows = tuple[tuple[float, ...], ...]
_Batches = tuple[Rows, Rows, tuple[int, ...]]

_PART = "batch"
_WIDE = 7  # classes from which on the tables stand one above the other


@dataclass(eq=False)
class _Tables:
    """What the editors were given, and what their edits made of it."""

    given: _Batches = ((), (), ())
    edited: _Batches = ((), (), ())
    revision: int = 0


def batch_section(linked: Linked, state: CrossEntropyState) -> None:
    """Two editable tables, the losses of both, text and files in and out."""
    st.latex(r"L = \frac1n \sum_{i=1}^n -\log\,\mathrm{softmax}(z_i)_{y_i}")
    state = _edited(linked, state)
    say_problem(_PART)
    _results(state)
    _text_in(linked, state)


def _edited(linked: Linked, state: CrossEntropyState) -> CrossEntropyState:
    """Show the tables and return the state with what has been typed into them.

    A table keeps its edits apart from what it was given, so it is given the same until
    something else than an edit has changed the batch; then it starts anew.
    """
    batches = (state.batch, state.rival, state.labels)
    tables = session_object(_Tables)
    if tables.edited != batches:
        tables.given, tables.edited, tables.revision = batches, batches, tables.revision + 1
    first, second, labels = tables.given
    left, right = (
        (st.container(), st.container()) if len(first[0]) > _WIDE else st.columns(2, gap="medium")
    )
    with left:
        st.markdown("**First prediction** and the true classes y")
        rows = _editor(linked, "first", first, labels)
    with right:
        st.markdown("**Second prediction** for the same classes")
        rival_rows = _editor(linked, "second", second, None)
    size = len(first[0])
    batch, rival = _logits(rows, size), _logits(rival_rows, size)
    if batch is None or rival is None:
        st.warning(
            "A cell is empty or no number: the results below are those of the last complete table.",
            icon=":material/edit_off:",
        )
        return state
    edited = (batch, _as_long(rival, batch), tuple(int(row["y"]) for row in rows))
    if edited != tables.edited:
        tables.edited = edited
        linked.settle(batch=edited[0], rival=edited[1], labels=edited[2])
    return linked.state


def _editor(
    linked: Linked, name: str, logits: Rows, labels: tuple[int, ...] | None
) -> list[dict[str, Any]]:
    size = len(logits[0])
    config: dict[str, Any] = {
        f"z_{k}": st.column_config.NumberColumn(f"z_{k}", format="%.6g", required=True)
        for k in range(size)
    }
    config["_index"] = st.column_config.NumberColumn("row")
    config["y"] = st.column_config.NumberColumn(
        "y", min_value=0, max_value=size - 1, step=1, required=True, help="The true class."
    )
    rows = [{f"z_{k}": z for k, z in enumerate(row)} for row in logits]
    if labels is not None:
        rows = [{"y": y} | row for y, row in zip(labels, rows, strict=True)]
    edited: list[dict[str, Any]] = st.data_editor(
        rows,
        key=f"batch_{name}_{session_object(_Tables).revision}",
        column_config=config,
        num_rows="dynamic" if labels is not None else "fixed",
        hide_index=False,
        on_change=linked.touch,
        alt=f"{'Second' if labels is None else 'First'} batch: {len(rows)} × {size} logits to edit",
    )
    return edited[:MOST_ROWS]


def _logits(rows: list[dict[str, Any]], size: int) -> Rows | None:
    """What stands in a table; None where a cell holds no finite number or no class."""
    if not rows:
        return None
    values = [[row.get(f"z_{k}") for k in range(size)] for row in rows]
    classes = [row.get("y", 0) for row in rows]
    finite = all(_is_number(v) for row in values for v in row) and all(map(_is_number, classes))
    if not finite or not all(0 <= y < size for y in classes):
        return None
    return tuple(tuple(float(v) for v in row) for row in values)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _as_long(rival: Rows, batch: Rows) -> Rows:
    """A row added to the first table is new in the second as well, a removed one goes."""
    return (rival + batch[len(rival) :])[: len(batch)]


def _results(state: CrossEntropyState) -> None:
    heads = ["Row", "True class", "First predicts", "Loss", "Second predicts", "Loss"]
    columns = []
    means = []
    for logits in (state.batch, state.rival):
        losses = maths.cross_entropy(logits, state.labels, "none")
        predictions = np.atleast_1d(np.asarray(maths.predict(logits)))
        means.append(maths.cross_entropy(logits, state.labels))
        columns.append(
            [
                f"{'✓ hit' if p == y else '✗ miss'} · {p}"
                for p, y in zip(predictions, state.labels, strict=True)
            ]
        )
        columns.append([short(loss) for loss in losses])
    rows = [
        [str(i), str(y), *cells]
        for i, (y, *cells) in enumerate(zip(state.labels, *columns, strict=True))
    ]
    hits = [sum(cell.startswith("✓") for cell in columns[i]) for i in (0, 2)]
    n = len(state.labels)
    mean = ["**Mean**", f"n = {n}", f"{hits[0]} of {n}", f"**{means[0]:.10g}**"]
    rows.append([*mean, f"{hits[1]} of {n}", f"**{means[1]:.10g}**"])
    number_table(heads, rows, label="Loss and prediction of each row, twice")


def _text_in(linked: Linked, state: CrossEntropyState) -> None:
    losses = maths.cross_entropy(state.batch, state.labels, "none")
    if st.session_state.get("batch_size") != len(state.batch[0]):
        st.session_state["batch_size"] = len(state.batch[0])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        resize = partial(_resize, linked)
        st.number_input("Classes K", *CLASSES, key="batch_size", on_change=resize, width=140)
        with st.popover("Paste or upload", icon=":material/content_paste:"):
            st.markdown(
                f"Rows of up to {CLASSES[1]} logits, up to {MOST_ROWS} rows, straight from a "
                "spreadsheet or a CSV file. A column named y holds the true classes."
            )
            which = st.radio("Into", ["First", "Second"], key="batch_into", horizontal=True)
            label, tip = (
                "The last column holds the true classes",
                "Of rows without names of columns.",
            )
            st.checkbox(label, value=True, key="batch_last_is_class", help=tip)
            st.text_area("Paste here", key="batch_text", height=140)
            button("Use this text", _take_text, linked, which)
            take, types = partial(_take_file, linked, which), ["csv", "tsv", "txt"]
            st.file_uploader(
                "or a CSV file", types, key="batch_file", max_upload_size=1, on_change=take
            )
        download(
            "First as CSV",
            lambda: write_csv(state.batch, state.labels, losses.tolist()),
            "batch.csv",
            "text/csv",
        )


def _resize(linked: Linked) -> None:
    size = int(st.session_state.get("batch_size") or CLASSES[0])
    state = linked.state

    def fit(rows: Rows) -> Rows:
        return tuple((row + (0.0,) * size)[:size] for row in rows)

    labels = tuple(y if y < size else 0 for y in state.labels)
    linked.change(batch=fit(state.batch), rival=fit(state.rival), labels=labels)


def _take_text(linked: Linked, which: str) -> None:
    attempt(_PART, lambda: _take(linked, which, str(st.session_state.get("batch_text") or "")))


def _take_file(linked: Linked, which: str) -> None:
    upload = st.session_state.get("batch_file")
    if upload is None:
        return
    attempt(_PART, lambda: _take(linked, which, _text_of(upload.getvalue())))


def _text_of(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise InputError(
            f"The file has {len(content):,} bytes", allowed=f"up to {MOST_BYTES:,} bytes"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("The file is no text", allowed="CSV in UTF-8") from error


def _take(linked: Linked, which: str, text: str) -> None:
    """Put a text's batch into one of the tables; the other one is fitted to its shape."""
    try:
        last = bool(st.session_state.get("batch_last_is_class"))
        found = read_batch(text, last_is_class=last)
    except InputError as error:
        raise InputError(f"The table stays as it was. {error}") from error
    state = linked.state
    n, size = len(found.logits), len(found.logits[0])
    kept = [y if y < size else 0 for y in state.labels[:n]] + [0] * max(0, n - len(state.labels))
    labels = found.labels or tuple(kept)
    other = state.rival if which == "First" else state.batch
    if (len(other), len(other[0])) != (n, size):
        other = found.logits
    batch, rival = (found.logits, other) if which == "First" else (other, found.logits)
    linked.change(batch=batch, rival=rival, labels=labels)
