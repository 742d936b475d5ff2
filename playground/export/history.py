"""The numbers of a run as a table every spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from playground.errors import InputError

_TRAINING = ("training_loss", "smoothed_loss", "smoothed_accuracy")
_TEST = ("test_loss", "test_accuracy")


def history_csv(
    training_rows: Iterable[Sequence[float]], test_rows: Iterable[Sequence[float]]
) -> str:
    """Return one table by step, a line for each step that either curve has a value for.

    With a history `h` of `playground.runs`, `training_rows` is
    `zip(t.x, *t.columns.values())` of `t = h.training_rows()`, and `test_rows`
    likewise of `h.test_rows()`.

    Args:
        training_rows: (step, loss, smoothed loss, smoothed accuracy) each.
        test_rows: (step, loss, accuracy) each.

    Returns:
        CSV (RFC 4180, but with \\n), header first, losses in nats and accuracies from
        0 to 1 with all their digits, cells without a value empty.

    Raises:
        InputError: a row of another length.
    """
    training = _by_step(training_rows, _TRAINING)
    test = _by_step(test_rows, _TEST)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["step", *_TRAINING, *_TEST])
    for step in sorted(training.keys() | test.keys()):
        cells = [*training.get(step, [""] * len(_TRAINING)), *test.get(step, [""] * len(_TEST))]
        writer.writerow([step, *cells])
    return text.getvalue()


def _by_step(
    rows: Iterable[Sequence[float]], columns: Sequence[str]
) -> dict[int, list[float | str]]:
    table: dict[int, list[float | str]] = {}
    for row in rows:
        if len(row) != 1 + len(columns):
            raise InputError(
                f"A row has {len(row)} numbers",
                allowed=f"{1 + len(columns)}: step, {', '.join(columns)}",
                advice="Give every row all of its numbers",
            )
        step, *values = row
        table[int(step)] = [float(value) for value in values]
    return table
