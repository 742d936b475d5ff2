"""A batch under the hand: two predictions for the same true classes, as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from playground.lessons.batch import Losses, losses_of
from playground.lessons.batch_cells import ROW_ID, Edited, Given
from playground.lessons.batch_text import write_csv
from playground.lessons.states import MOST_ROWS, CrossEntropyState, Rows
from playground.ui.components.table_typing import table_typing
from playground.ui.kit.downloads import download
from playground.ui.kit.predicting import covering
from playground.ui.kit.session_object import session_object
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown, short
from playground.ui.kit.url_state import LinkedState
from playground.ui.pages.cross_entropy.batch_import import brought_in, shape_and_text
from playground.ui.pages.lesson import sliders_and_beside

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

Linked = LinkedState[CrossEntropyState]

_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉", "_")  # of z_0: a head takes no markup
_WIDE = 7  # classes from which on the tables stand one above the other
_LOW = 186  # px: a table's head and four rows, so that two of them are on one screen


@dataclass(eq=False)
class _Table:
    """What an editor was given, and what its edits made of it."""

    given: Given = field(default_factory=lambda: Given(()))
    edited: Given = field(default_factory=lambda: Given(()))
    read: Given | None = None  # of its edits, by a run that may have ended before it was kept
    removed: bool = False  # whether one of its rows was missing then
    revision: int = 0

    def show(self, name: str, current: Given) -> str:
        """Begin again if something else than an edit has changed what the table holds.

        A table keeps its edits apart from what it was given, so it is given the same until then,
        or until a row was removed: rows are numbered from 0 again, as in the results.
        """
        is_kept = self.read == current
        if is_kept:
            self.edited = current
        is_old = self.edited != current or self._key(name) not in st.session_state
        if is_old or (is_kept and self.removed):
            self.given = self.edited = current
            self.read, self.removed, self.revision = None, False, self.revision + 1
        return self._key(name)

    def _key(self, name: str) -> str:
        return f"batch_{name}_{self.revision}"


def batch_section(linked: Linked, state: CrossEntropyState, ask: Callable[[], None]) -> None:
    """Two editable tables below their means, the losses of both, text and files in and out."""
    table_typing(key="batch_typing")
    state, heads = _edited(linked, state)
    brought_in(linked)
    both = [losses_of(each, state) for each in (state.batch, state.rival)]
    for name, head, losses in zip(("First", "Second"), heads, both, strict=True):
        told = "" if covering() else f": {_summary(losses)}"
        head.markdown(f"**{name} prediction**{told}")
    results, beside = sliders_and_beside()
    with results:
        _results(state, both)
    with beside:
        ask()
        loss = r"-\log\,\mathrm{softmax}(z_i)_{y_i}"
        if state.targets:
            loss = r"-\sum_k t_{ik} \log\,\mathrm{softmax}(z_i)_k"
        st.latex(rf"L = \frac1n \sum_{{i=1}}^n {loss}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shape_and_text(linked)
        if not covering():  # it has the losses
            download(
                "First as CSV",
                lambda: write_csv(state.batch, state.labels, both[0].each, state.targets),
                "batch.csv",
                "text/csv",
            )


def _edited(
    linked: Linked, state: CrossEntropyState
) -> tuple[CrossEntropyState, tuple[DeltaGenerator, DeltaGenerator]]:
    """Show the tables; the state with what has been typed into them, and places for their means."""
    wide = len(state.batch[0]) * (2 if state.targets else 1) > _WIDE
    left, right = (st.container(), st.container()) if wide else st.columns(2, gap="small")
    with left:
        # Filled at the end: a table gives its edits when it is drawn.
        first_head = st.container(key="sp_first_head")
        first = _editor(
            linked,
            "first",
            Given(state.batch, state.labels, state.targets, state.ignore_index),
            low=wide,
        )
        if first is not None:
            found, origins = first
            _settle(
                linked,
                batch=found.logits,
                labels=found.labels,
                targets=found.targets,
                rival=_as_long(state.rival, found.logits, origins),
            )
            if session_object(_Table, "first").removed:
                linked.touch()
                st.rerun()
    with right:
        second_head = st.container(key="sp_second_head")
        second = _editor(linked, "second", Given(linked.state.rival), low=wide)
        if second is not None:
            _settle(linked, rival=second[0].logits)
    return linked.state, (first_head, second_head)


def _settle(linked: Linked, **values: Any) -> None:
    if any(getattr(linked.state, name) != value for name, value in values.items()):
        linked.settle(**values)


def _editor(
    linked: Linked, name: str, current: Given, *, low: bool
) -> tuple[Given, list[int | None]] | None:
    """A table of texts, which `batch_cells` reads: a column of numbers drops a decimal comma.

    Args:
        low: whether it scrolls inside itself early, for there is another one below it.

    Returns:
        What the table holds and which row each of its rows was before; None while nothing has
        been typed, or a cell cannot be read.
    """
    table = session_object(_Table, name)
    key = table.show(name, current)
    given = table.given
    size = len(given.logits[0])
    config: dict[str, Any] = {
        column: st.column_config.TextColumn(
            column.translate(_LOWERED), required=True, alignment="right"
        )
        for column in given.columns
    }
    config["_index"] = st.column_config.NumberColumn("row")
    config[ROW_ID] = None
    rows: list[dict[str, object]] = st.data_editor(
        given.rows(),
        key=key,
        column_config=config,
        num_rows="dynamic" if given.labels is not None else "fixed",
        hide_index=False,
        height=_LOW if low else "auto",
        on_change=linked.touch,
        alt=f"{name.capitalize()} batch: {len(given.logits)} × {size} logits to edit",
    )
    edited = given.read(rows[:MOST_ROWS])
    _say(edited, len(rows))
    if edited.found is None or edited.found == table.edited:
        return None
    origins = edited.origins(given, table.edited)
    table.read = edited.found
    table.removed = not set(range(len(table.edited.logits))) <= set(origins)
    return edited.found, origins


def _say(edited: Edited, rows: int) -> None:
    """What cannot be kept, beside the table that still shows it."""
    problems = list(edited.problems)
    if problems:
        problems.append("Until then the results below are those of the last complete table.")
    if rows > MOST_ROWS:
        problems.append(f"There are {rows} rows; the first {MOST_ROWS} count.")
    if problems:
        st.warning(escape_markdown("\n\n".join(problems)), icon=":material/edit_off:")
    if edited.remarks:
        st.info(escape_markdown("\n\n".join(edited.remarks)), icon=":material/info:")


def _as_long(rival: Rows, batch: Rows, origins: Sequence[int | None]) -> Rows:
    """A row added to the first table is new in the second as well, a removed one goes there too."""
    pairs = zip(origins, batch, strict=True)
    return tuple(row if origin is None else rival[origin] for origin, row in pairs)


def _results(state: CrossEntropyState, both: Sequence[Losses]) -> None:
    """The losses of both predictions, row by row."""
    heads = ["Row", "True class", "First predicts", "Loss", "Second predicts", "Loss"]
    counts, true = both[0].counts, true_cells(state)
    rows = []
    for i, label in enumerate(state.labels):
        cells = [cell for losses in both for cell in _row(losses, i, label)]
        rows.append([str(i), true[i], *cells])
    muted = {i for i, counted in enumerate(counts) if not counted}
    number_table(heads, rows, label="Loss and prediction of each row, twice", muted=muted)
    say_reasons(both)


def _summary(losses: Losses) -> str:
    """The mean and the hits; how many rows count, if not all do."""
    n, rows = sum(losses.counts), len(losses.counts)
    of_them = f" of {n} of {rows} rows" * (n < rows)
    return f"mean loss{of_them} **{_mean(losses.mean)}**, {losses.hits} of {n} right"


def say_reasons(both: Sequence[Losses]) -> None:
    """Why a loss or a mean of the first and of the second prediction is no finite number."""
    said: dict[str, list[str]] = {}
    for name, losses in zip(("first", "second"), both, strict=True):
        for reason in losses.reasons:
            said.setdefault(reason, []).append(name)
    for reason, names in said.items():
        whose = f" ({names[0]} prediction)" if len(names) == 1 else ""
        st.caption(escape_markdown(reason + whose))


def _row(losses: Losses, row: int, label: int) -> tuple[str, str]:
    if not losses.counts[row]:
        return f"{losses.predictions[row]}", "ignored"
    hit = losses.predictions[row] == label
    return f"{'✓ hit' if hit else '✗ miss'} · {losses.predictions[row]}", short(losses.each[row])


def true_cells(state: CrossEntropyState) -> list[str]:
    """What is true of each row: its class, or its soft targets."""
    if state.targets:
        return [", ".join(f"{t:.4g}" for t in row) for row in state.targets]
    return [str(label).replace("-", "−") for label in state.labels]


def _mean(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else short(value)
