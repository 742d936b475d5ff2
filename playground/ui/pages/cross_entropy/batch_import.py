"""Text and files that become a batch, what is said of them, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from playground.errors import InputError
from playground.lessons.batch_columns import LAYOUTS, Layout
from playground.lessons.batch_text import Reading, layout_words, read_batch, text_of
from playground.lessons.number_text import Marks
from playground.lessons.states import (
    CLASSES,
    MOST_LABEL,
    MOST_ROWS,
    CrossEntropyState,
    Rows,
    is_distribution,
)
from playground.ui.kit.buttons import button
from playground.ui.kit.problems import attempt, say_problem
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.url_state import LinkedState
from playground.validation import counted

Linked = LinkedState[CrossEntropyState]

_PART, _PASTE = "batch", "batch_paste"
_MARKS: dict[Marks, str] = {"comma": "a decimal comma", "point": "thousands"}


@dataclass(eq=False)
class _Brought:
    """What was brought in last, and the state before and after it.

    Attributes:
        words: what is said of it; "" if nothing was brought in.
        before: the fields of the state that it has changed, as they were.
        after: the same as it has made them; something else has changed them since if they differ.
        text: what was read; "" if it was no text.
        which: the table it went into.
        reading: how the text was read.
    """

    words: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    which: str = ""
    reading: Reading | None = None


# ------------------------------------------------------------------ what is said


def brought_in(linked: Linked) -> None:
    """How the last text was read, with the choice there is, and Undo."""
    say_problem(_PART)
    brought = session_object(_Brought)
    if not brought.words or _fields(linked, brought.after) != brought.after:
        return
    st.info(escape_markdown(brought.words), icon=":material/fact_check:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if brought.reading is not None:
            _choices(linked, brought.reading)
        button("Undo", _undo, linked, icon="undo")


def _choices(linked: Linked, reading: Reading) -> None:
    if len(reading.layouts) > 1:
        _choice(
            "Read each row as",
            "batch_layout",
            {each: layout_words(each, reading) for each in LAYOUTS if each in reading.layouts},
            reading.layout,
            partial(_read_again, linked),
        )
    if reading.marks is not None:
        _choice("The comma is", "batch_marks", _MARKS, reading.marks, partial(_read_again, linked))


def _choice(label: str, key: str, words: dict[Any, str], chosen: str, take: Any) -> None:
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen
    st.segmented_control(label, list(words), format_func=words.__getitem__, key=key, on_change=take)


def _read_again(linked: Linked) -> None:
    """The same text with another choice, in place of what it gave before."""
    brought = session_object(_Brought)
    reading = brought.reading
    layout = st.session_state.get("batch_layout")
    marks = st.session_state.get("batch_marks")
    if reading is None:
        return
    layout = layout if layout in reading.layouts else reading.layout
    marks = marks if reading.marks is not None and marks in _MARKS else reading.marks

    def again() -> None:
        before = dict(brought.before)
        _take(linked, brought.which, brought.text, layout=layout, marks=marks, base=before)

    attempt(_PART, again)


def _undo(linked: Linked) -> None:
    brought = session_object(_Brought)
    brought.words = ""
    linked.change(**brought.before)


def _bring(linked: Linked, words: str, before: dict[str, Any], **values: Any) -> _Brought:
    """Change the state so that it can be undone."""
    brought = session_object(_Brought)
    brought.before = _fields(linked, values) | before
    linked.change(**(before | values))
    brought.words, brought.after = words, _fields(linked, brought.before)
    brought.text, brought.which, brought.reading = "", "", None
    return brought


def _fields(linked: Linked, names: dict[str, Any]) -> dict[str, Any]:
    state = linked.state
    return {name: getattr(state, name) for name in names}


# -------------------------------------------------------------- what is brought


def shape_and_text(linked: Linked) -> None:
    """The number of classes, the label that is ignored, and the place for text and files."""
    state = linked.state
    values = {"batch_size": len(state.batch[0]), "batch_ignore": state.ignore_index}
    for key, value in values.items():
        if st.session_state.get(key) != value:
            st.session_state[key] = value
    resize, ignore = partial(_resize, linked), partial(_ignore, linked)
    classes, ignored = values.values()  # what a field has that is emptied
    st.number_input("Classes K", *CLASSES, classes, key="batch_size", on_change=resize, width=140)
    st.number_input(
        "Ignored label",
        -MOST_LABEL,
        MOST_LABEL,
        ignored,
        key="batch_ignore",
        on_change=ignore,
        width=150,
        help="Rows with this label are left out of the mean, as PyTorch's ignore_index does it.",
    )
    with st.popover(
        "Paste or upload", icon=":material/content_paste:", key="batch_popover", on_change=_nothing
    ):
        st.markdown(
            f"Up to {MOST_ROWS} rows of up to {CLASSES[1]} logits, and what is true behind them: "
            "a class, or as many targets. From a spreadsheet, a CSV file, numpy, PyTorch, JSON."
        )
        st.radio("Into", ["First", "Second"], key="batch_into", horizontal=True)
        st.text_area("Paste here", key="batch_text", height=140)
        button("Use this text", _take_text, linked)
        say_problem(_PASTE)  # here it is seen: a laptop's window ends above the popover's end
        take, types = partial(_take_file, linked), ["csv", "tsv", "txt", "json", "md"]
        st.file_uploader("or a file", types, key="batch_file", max_upload_size=1, on_change=take)


def _nothing() -> None:
    """A popover that nobody listens to cannot be closed from here."""


def _resize(linked: Linked) -> None:
    state, size = linked.state, int(st.session_state.get("batch_size") or CLASSES[0])
    targets = _fit(state.targets, size, len(state.batch))
    if not all(map(is_distribution, targets)):
        targets = ()
    labels = tuple(_label(state, y, size) for y in state.labels)
    lost = ""
    if state.targets and not targets:
        lost = " The soft targets are gone: they would no longer sum to 1."
    if not targets and (moved := sum(a != b for a, b in zip(labels, state.labels, strict=True))):
        lost += f" The true class of {counted(moved, 'row')} is gone: class 0 is taken instead."
    _bring(
        linked,
        f"There are {size} classes now.{lost}",
        {},
        batch=_fit(state.batch, size, len(state.batch)),
        rival=_fit(state.rival, size, len(state.batch)),
        labels=labels,
        targets=targets,
    )


def _ignore(linked: Linked) -> None:
    """Another label for the rows that are ignored; rows of a class with it are, from now on."""
    state, index = linked.state, st.session_state.get("batch_ignore")
    if not isinstance(index, int):
        return
    size = len(state.batch[0])
    kept = tuple(
        index if y == state.ignore_index and not 0 <= y < size else y for y in state.labels
    )
    told = f"Rows with the label {index} are ignored now."
    if state.targets:
        told = f"The ignored label is {index} now. Rows with soft targets have none: all count."
    _bring(linked, told, {}, ignore_index=index, labels=kept)


def _label(state: CrossEntropyState, label: int, size: int) -> int:
    return label if label == state.ignore_index or label < size else 0


def _fit(rows: Rows, size: int, count: int) -> Rows:
    """Rows of another length: zeros behind, or less."""
    return tuple((row + (0.0,) * size)[:size] for row in rows)[:count]


def _take_text(linked: Linked) -> None:
    text = str(st.session_state.get("batch_text") or "")
    attempt(_PASTE, lambda: _take(linked, _table_asked_for(), text))


def _take_file(linked: Linked) -> None:
    upload = st.session_state.get("batch_file")
    if upload is not None:
        attempt(_PASTE, lambda: _take(linked, _table_asked_for(), text_of(upload.getvalue())))


def _table_asked_for() -> str:
    """As it is now: the page may not have been drawn since it was chosen."""
    return str(st.session_state.get("batch_into") or "First")


def _take(
    linked: Linked,
    which: str,
    text: str,
    *,
    layout: Layout | None = None,
    marks: Marks | None = None,
    base: dict[str, Any] | None = None,
) -> None:
    """Put a text's batch into one of the tables, and close the popover.

    Args:
        base: fields of the state to begin from, if the same text was taken before.
    """
    base = base or {}
    index = base.get("ignore_index", linked.state.ignore_index)
    try:
        reading = read_batch(text, layout=layout, marks=marks, ignore_index=index)
        values, more = _values(linked, which, reading, base)
    except InputError as error:
        raise InputError(
            f"The table stays as it was. {error.problem}",
            allowed=error.allowed,
            advice=error.advice,
        ) from error
    brought = _bring(linked, " ".join([reading.sentence, *more]), base, **values)
    brought.text, brought.which, brought.reading = text, which, reading
    st.session_state["batch_popover"] = False


def _values(
    linked: Linked, which: str, reading: Reading, base: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The fields that change, and what is said of those that nobody has asked for."""
    was: dict[str, Any] = {
        name: base.get(name, getattr(linked.state, name))
        for name in ("batch", "rival", "labels", "targets", "ignore_index")
    }
    n, size = len(reading.logits), len(reading.logits[0])
    shape = (len(was["batch"]), len(was["batch"][0]))
    if which == "Second":
        if shape != (n, size):
            raise InputError(
                f"The text has {n} × {size} logits and the first prediction {shape[0]} × "
                f"{shape[1]}",
                allowed="as many for both, since both are for the same classes",
                advice="Put what belongs to it into the first table before",
            )
        differs = (reading.labels or was["labels"], reading.targets or ()) != (
            was["labels"],
            was["targets"],
        )
        more = ["What is true stays as the first table has it."] if differs else []
        return {"rival": reading.logits}, more if reading.labels is not None else []
    values: dict[str, Any] = {"batch": reading.logits}
    more = []
    if reading.labels is not None:
        values |= {
            "labels": reading.labels,
            "targets": reading.targets or (),
            "ignore_index": reading.ignore_index,
        }
    elif shape != (n, size):
        values |= {"labels": _kept_labels(was, n, size), "targets": ()}
        kept = "those that had most of the soft targets" if was["targets"] else "those of before"
        more.append(f"It says no classes: {kept} are kept where they fit, else class 0.")
    if shape != (n, size):
        values["rival"] = _fit(was["rival"], size, n) + reading.logits[len(was["rival"]) :]
        more.append(f"The second table is now {n} × {size} as well.")
    return values, more


def _kept_labels(was: dict[str, Any], n: int, size: int) -> tuple[int, ...]:
    kept = [y if y == was["ignore_index"] or 0 <= y < size else 0 for y in was["labels"][:n]]
    return tuple(kept + [0] * (n - len(kept)))
