"""What is seen of a run while it goes on: progress, live charts, the table of epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from playground import golden_values
from playground.charts.clipping import above_text, clip_limit
from playground.runs import LOSS_FLOOR, History, Rows, Run, RunStatus
from playground.training import Evaluation
from playground.ui.components.live_chart import (
    Clip,
    Mark,
    Message,
    Panel,
    Spec,
    Table,
    Trace,
    live_chart,
)
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.projecting import projecting
from playground.ui.kit.session_object import session_object
from playground.ui.kit.tables import number_table
from playground.ui.pages.train.presets import chosen_training
from playground.ui.pages.train.settings import log_scale
from playground.ui.pages.train.strip import run_strip
from playground.ui.server.session import manager
from playground.validation import Floats

# Seconds between ticks while numbers arrive, and while only the state can change.
TICK, SLOW_TICK = 0.5, 2.0
# Seconds without a word that are worth one: longer than a large network takes for its test.
SILENT = 10.0
# A tick carries at most so many rows a table, which bounds its bytes; the rest follows.
ROWS_A_TICK = 96
# Rows sent again with each tick, so that a message the browser skipped leaves no hole.
OVERLAP = 2
_TABLE_ROWS = 9
READY = (
    "**Predict first:** how many of ten unseen images will it read right in the end? "
    "Then press Start."
)
WHY_BELOW = (
    "In epoch 1 the test loss can lie below the training loss: the training loss is a mean over "
    "steps in which the network still learned, the test loss is measured at the end of the epoch, "
    "without dropout."
)

_SPEC = Spec(
    label="Loss and accuracy of the run",
    panels=(
        Panel("Loss (mean per example, nats)", may_be_log=True, floor=LOSS_FLOOR),
        Panel("Accuracy", format="~%", range=(0, 1.02)),
    ),
    traces=(
        Trace("train", "loss", "batch", "batch_loss", width=1.2),
        Trace("train", "smoothed_loss", "smoothed", "smoothed_loss", width=2.5,
              log_column="log_smoothed_loss", hover="smoothed, at step {step}"),
        Trace("test", "loss", "test", "test_loss", mode="lines+markers",
              hover="test, after step {step}", hover_single="test, after step {step}"),
        Trace("train", "rate", "rate", "mark", width=1.8, right=True, shown=False,
              hover="learning rate of step {step}", hover_single="learning rate of step {step}"),
        Trace("train", "smoothed_accuracy", "training, smoothed", "train_accuracy", panel=1,
              width=2.5, hover="smoothed, at step {step}"),
        Trace("test", "accuracy", "test", "test_accuracy", panel=1, mode="lines+markers",
              hover="test, after step {step}", hover_single="test, after step {step}"),
    ),
    x_title="Step (one batch each)",
)  # a line or two a trace, to be read as a table  # fmt: skip


@dataclass(eq=False)
class _Cursor:
    """What of a history this browser has been sent: how many rows of either table."""

    of: tuple[str, int] | None = None  # the run and its history
    train: int = 0
    test: int = 0
    whole: bool = True  # all of it is to be sent
    seq: int = 0
    limit: float | None = None  # of the axis of the loss, if it is cut

    def send_whole(self) -> None:
        self.whole = True


def live_view(run: Run | None, state: str) -> None:
    """Progress, charts, test digits and epochs of a run, kept up to date while it is active.

    Without a run the same things stand there empty: the browser has its chart
    before Start is pressed, and nothing jumps when it is.

    Args:
        state: the run's state as the rest of the page shows it, "" without a run.
    """

    def tick() -> None:
        if run is not None:
            manager().renew(run.id)
            if run.status.state != state:
                st.rerun()  # buttons and the pace of the ticks follow the state
        status = run.status if run else RunStatus()
        history = run.history if run else History()
        if projecting():
            st.html(headline(history, status))
        asked = projecting() or chosen_training()  # the question stands above already
        ready = "Press Start." if asked else READY
        told = progress_text(status, run.silence, numbers_text(history)) if run else ready
        st.progress(status.progress, text=told)
        _chart(run.id if run else "", history, status)
        run_strip(run, status)
        if projecting():
            return
        heads, *rows = epoch_table(
            history.evaluations, with_printed=run is None or run.config.dataset == "mnist"
        )
        number_table(heads, rows, label="Test loss and accuracy after each epoch")

    pace = {"starting": TICK, "running": TICK, "queued": SLOW_TICK, "paused": SLOW_TICK}
    live_fragment(tick, run_every=pace.get(state), shows="training")


def headline(history: History, status: RunStatus) -> str:
    """The numbers of the moment for the back row, as HTML; each has its own fixed place."""
    test = history.evaluations[-1] if history.evaluations else None
    loss = f"{_last_row(history)['smoothed_loss'][-1]:.3f}" if history.steps else "–"
    numbers = (
        ("Epoch", f"{max(status.epoch, 1)}" if status.total_steps else "–"),
        ("Training loss", loss),
        ("Test loss", f"{test.loss:.3f}" if test else "–"),
        ("Test accuracy", f"{test.accuracy:.1%}" if test else "–"),
    )
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in numbers)
    return f'<dl class="sp-headline">{cells}</dl>'


def numbers_text(history: History) -> str:
    """Smoothed loss and the last test accuracy, as far as there are any."""
    loss = f"loss {_last_row(history)['smoothed_loss'][-1]:.3f}" if history.steps else ""
    tests = history.evaluations[-1:]
    return " · ".join(filter(None, [loss, *(f"test {last.accuracy:.1%}" for last in tests)]))


def progress_text(status: RunStatus, silence: float = 0.0, numbers: str = "") -> str:
    """State, epoch, step, the numbers of the moment, speed and time left in one line.

    Args:
        silence: seconds since the training process last said anything.
        numbers: what the run's history says of the moment.
    """
    where = f"epoch {max(status.epoch, 1)}, step {status.step:,} of {status.total_steps:,}"
    where += f" · {numbers}" if numbers else ""
    match status.state:
        case "queued":
            return f"Waiting: number {status.place} in the queue"
        case "starting":
            return "Starting: getting the network and the data ready …"
        case "running" if silence >= SILENT:
            return (
                f"No word from the training process for {_duration(silence)} · {where} · it goes "
                "on when the machine lets it; Stop ends it and keeps the numbers"
            )
        case "running" if status.step:
            left = _duration(status.seconds_left)
            return f"Running · {where} · {status.speed:,.0f} examples a second · {left} left"
        case "running":
            return "Running · the first steps are on their way"
        case "finished":
            return f"Finished · {where} · {_duration(status.seconds)} of training"
        case state:
            return f"{state.capitalize()} · {where}" if status.total_steps else state.capitalize()


def _duration(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _chart(run_id: str, history: History, status: RunStatus) -> None:
    """Send the rows this browser has not seen yet."""
    cursor = session_object(_Cursor)
    if cursor.of != (run_id, id(history)):
        # A run that was continued has a history of its own, cut back to where it goes on.
        cursor.of, cursor.train, cursor.test, cursor.whole = (run_id, id(history)), 0, 0, True
        cursor.limit = None
    whole = cursor.whole
    # After the end of a run nothing ticks, so that nothing would bring what is left.
    limit = ROWS_A_TICK if status.active and not whole else None
    train = history.training_rows(0 if whole else max(0, cursor.train - OVERLAP), limit)
    test = history.test_rows(0 if whole else max(0, cursor.test - OVERLAP), limit)
    cursor.train, cursor.test = train.start + len(train.x), test.start + len(test.x)
    cursor.whole, cursor.seq = False, cursor.seq + 1
    cursor.limit = _limit(history, cursor.limit)
    message = Message(
        run=run_id,
        seq=cursor.seq,
        tables={"train": _table(train), "test": _table(test)},
        spec=_SPEC if whole else None,
        marks=[Mark(mark.step, mark.text) for mark in history.marks],
        log=log_scale(),
        clip=_clip(history, cursor.limit),
        last_step=(status.step if status.state == "finished" else status.total_steps) or None,
        alt=alt_text(history, status),
    )
    live_chart(message, key="chart", on_resync=cursor.send_whole)


def _limit(history: History, before: float | None) -> float | None:
    """Where the axis of the loss ends if outliers are not to flatten it."""
    return clip_limit([history.row_losses(), history.test_rows().columns["loss"]], before)


def _clip(history: History, limit: float | None) -> Clip | None:
    if limit is None:
        return None
    batches, highest = history.above(limit)
    tests = [each.loss for each in list(history.evaluations) if each.loss > limit]
    text = above_text({"batch": batches, "test": len(tests)}, max(highest, *tests, 0.0))
    return Clip(limit, text)


def _table(rows: Rows) -> Table:
    return Table(rows.start, rows.x.astype(int), rows.columns, rows.total)


def alt_text(history: History, status: RunStatus) -> str:
    """The chart in words."""
    if not history.steps:
        return "No step has been taken yet."
    row = _last_row(history)
    text = (
        f"At step {status.step:,}: smoothed training loss {row['smoothed_loss'][-1]:.4f}, "
        f"accuracy {row['smoothed_accuracy'][-1]:.1%}, learning rate {row['rate'][-1]:.4g}."
    )
    if history.evaluations:
        last = history.evaluations[-1]
        text += f" After epoch {last.epoch}: test loss {last.loss:.4f}, "
        text += f"accuracy {last.accuracy:.2%}."
    return text


def _last_row(history: History) -> dict[str, Floats]:
    total = history.training_rows(start=10**9).total
    return history.training_rows(start=total - 1).columns


def epoch_table(
    evaluations: Sequence[Evaluation], *, with_printed: bool = True
) -> list[tuple[str, ...]]:
    """A run's latest evaluations, row by row.

    Args:
        with_printed: beside them the accuracies that notebook A prints, of MNIST.
    """
    printed = golden_values.ACCURACY_BY_EPOCH
    by_epoch = {each.epoch: each for each in evaluations}  # those of a branch do not begin with 1
    earliest, latest = min(by_epoch, default=1), max(by_epoch, default=0)
    first = max(earliest, latest - _TABLE_ROWS + 1)
    cells: list[tuple[str, ...]] = []
    for epoch in range(first, first + _TABLE_ROWS):
        done = by_epoch.get(epoch)
        cells.append(
            (
                str(epoch),
                f"{done.loss:.4f}" if done else "–",
                f"**{done.accuracy:.2%}**" if done else "–",
                f"{printed[epoch - 1]:.2f}%" if epoch <= len(printed) else "–",
            )
        )
    heads = ("Epoch", "Test loss", "Test accuracy", "Notebook A printed")
    table = [(head, *column) for head, column in zip(heads, zip(*cells, strict=True), strict=True)]
    return table if with_printed else table[:-1]
