"""The cells of a text, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from playground.errors import InputError

_ONE_WORD = "y class classes label labels target targets true truth y_true true_class"
TARGET_NAMES = (*_ONE_WORD.split(), "true class")
"""What people call the column that says what is true."""


@dataclass(frozen=True)
class Cell:
    """One cell and where it stands: its line, from 1, and its place in the row, from 1."""

    text: str
    line: int
    column: int

    @property
    def place(self) -> str:
        return f"Line {self.line}, column {self.column}"


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells.

    Attributes:
        rows: at least one, each with at least one cell; they may differ in length.
        name: what the text calls it, in lower case; "" if it has no name.
        bracketed: whether it was written with brackets, as arrays are printed.
    """

    rows: tuple[Row, ...]
    name: str = ""
    bracketed: bool = False


def numbers_left_out(place: str) -> InputError:
    """What is said of `...` in a text."""
    return InputError(
        f"{place} leaves numbers out: “...” stands for them",
        allowed="all of the numbers",
        advice="Print it whole: np.set_printoptions(threshold=10**6) or "
        'torch.set_printoptions(profile="full")',
    )
