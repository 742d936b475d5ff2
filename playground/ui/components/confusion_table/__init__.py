"""The confusion of a network's classes as a table whose cells can be clicked.

confusion_table(seen.confusion, seen.names, key="confusion",
                on_pick=lambda true, predicted: st.session_state.update(cell=(true, predicted)),
                chosen=st.session_state.get("cell"))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from playground.charts.inspection import (
    RIGHT,
    WRONG,
    confusion_heat,
    confusion_words,
)
from playground.errors import InputError
from playground.palette import CLASSES
from playground.ui.kit.component import component
from playground.ui.kit.messages import take_click
from playground.validation import Integers

_mount = component("confusion_table")


def confusion_table(
    counts: Integers,
    names: Sequence[str],
    *,
    key: str,
    on_pick: Callable[[int, int], None],
    chosen: tuple[int, int] | None = None,
) -> None:
    """Show the table; a click, or Enter, on a cell that is not empty picks it.

    Args:
        counts: (K, K), row = true class, column = predicted class, K from 1 to 10.
        names: (K,) of the classes.
        on_pick: called before the rerun with the true and the predicted class of the cell.
            When numbers change between, the cell may have become empty.
        chosen: the cell to mark as the one looked at.
    """
    message = table_message(counts, names, chosen)
    classes = len(names)
    _mount(key=key, data=message, on_pick_change=lambda: _picked(key, classes, on_pick))


def table_message(
    counts: Integers, names: Sequence[str], chosen: tuple[int, int] | None = None
) -> dict[str, Any]:
    """What the browser is told; see `confusion_table`."""
    return {
        "counts": counts.tolist(),
        "heat": confusion_heat(counts).round(3).tolist(),
        "names": list(names),
        "words": confusion_words(counts, names),
        "colours": {"right": RIGHT, "wrong": WRONG, "classes": [list(each) for each in CLASSES]},
        "chosen": None if chosen is None else list(chosen),
    }


class _Pick(Struct):
    cell: tuple[int, int]


def _picked(key: str, classes: int, on_pick: Callable[[int, int], None]) -> None:
    def read(message: _Pick) -> tuple[int, int]:
        if not set(message.cell) <= set(range(classes)):
            raise InputError(f"cell is {message.cell}", allowed=f"two classes, 0 to {classes - 1}")
        return message.cell

    take_click(key, "confusion table", _Pick, lambda cell: on_pick(*cell), read=read)
