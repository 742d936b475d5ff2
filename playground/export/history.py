"""The numbers of a run as a table every spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from playground.training.events import Evaluation, Event, Steps

HEADS = (
    "step",
    "epoch",
    "seconds",
    "training_loss",
    "training_accuracy",
    "test_loss",
    "test_accuracy",
    "learning_rate",
)
_Row = tuple[float | str, ...]


def history_csv(events: Iterable[Event]) -> str:
    """Return one line for each optimizer step, none left out, none averaged.

    The loss and the accuracy of training are those of the step's batch before the
    weights moved; the ones of the test, after an epoch, stand in the line of the epoch's
    last step. A trainer reports several steps at a time (about every tenth of a second),
    with the time at the last of them: between two reports the time is spread evenly.

    Args:
        events: of a run, in order, as `playground.training.train` yields them. A step
            that comes again is left out.

    Returns:
        CSV (RFC 4180, but with \\n), header first: step and epoch from 1, seconds spent
        training, losses in nats (mean per example), accuracies from 0 to 1, the learning rate
        of the step (of a run from before, that of the report), all with all their digits; cells
        without a value are empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows(_rows(events))
    return text.getvalue()


def _rows(events: Iterable[Event]) -> Iterator[_Row]:
    """Row by row: a run may have millions of steps."""
    last: _Row = ()  # of an epoch's last step, which waits for its test
    step, before = 0, 0.0
    for event in events:
        if isinstance(event, Steps):
            for row in _steps(event, before):
                if int(row[0]) > step:
                    if last:
                        yield _tested(last)
                    last, step = row, int(row[0])
            before = event.seconds
        elif isinstance(event, Evaluation) and event.step >= step:
            tested = (event.loss, event.accuracy)
            if last and event.step > step:  # the steps before it are lost
                yield _tested(last)
            alone = (event.step, event.epoch, event.seconds, "", "", "")
            yield _tested(last if last and event.step == step else alone, tested)
            last, step, before = (), event.step, event.seconds
    if last:
        yield _tested(last)


def _tested(row: _Row, test: _Row = ("", "")) -> _Row:
    """A row of training, whose rate comes last, with the numbers of a test."""
    return (*row[:-1], *test, row[-1])


def _steps(event: Steps, before: float) -> Iterator[_Row]:
    """Step, epoch, seconds, loss, accuracy and rate of each step in a report."""
    each = (event.seconds - before) / max(1, len(event.losses))
    each_step = zip(event.losses, event.accuracies, event.learning_rates, strict=True)
    for number, values in enumerate(each_step, start=1):
        yield (
            event.first_step + number - 1,
            event.epoch,
            round(before + number * each, 6),
            *values,
        )
