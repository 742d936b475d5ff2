"""What is told of a run at a moment: made once for all who look at it.

Every viewer asks twice a second, each at a time of their own. Most of what they are told is the
same, so the first who asks has it made and the others get it as it is, as long as it is not older
than most of the time between two looks (docs/decisions/0004-live-chart-rows.md).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from playground.charts.clipping import above_text, clip_limit
from playground.runs import History, Rows, Run, RunStatus
from playground.training import TrainConfig
from playground.ui.components.digit_strip import StripMessage
from playground.ui.components.live_chart import Clip, Mark, Table
from playground.ui.kit.tables import table_html
from playground.ui.pages.train.readout import alt_text, epoch_table, headline, numbers_text
from playground.ui.pages.train.strip import strip_message_of

# Seconds between ticks of a page while numbers arrive.
TICK = 0.5
# A frame of a run that trains serves so long: a single viewer finds a new one at each tick.
SERVES = 0.9 * TICK
# A tick carries at most so many rows a table, which bounds its bytes; the rest follows.
ROWS_A_TICK = 96
# Rows sent again with each tick, so that a message the browser skipped leaves no hole.
OVERLAP = 2

_READ: dict[str, Callable[[History, int, int], Rows]] = {
    "train": History.training_rows,
    "test": History.test_rows,
}


@dataclass(frozen=True)
class Frame:
    """All that pages tell of a run after some step.

    Attributes:
        rows: how many each table of the chart has.
        marks: all of them.
        clip: where the axis of the loss is cut, if it is.
        alt: the chart in words.
        numbers: those of the moment in a line.
        headline: the same for the back row, as HTML.
        epochs: the table of epochs, as HTML.
        strip: the test images.
    """

    status: RunStatus
    rows: Mapping[str, int]
    marks: tuple[Mark, ...]
    clip: Clip | None
    alt: str
    numbers: str
    headline: str
    epochs: str
    strip: StripMessage
    _tables: dict[tuple[str, int], Table] = field(default_factory=dict)

    @property
    def last_step(self) -> int | None:
        """The right end of the chart's axis; None: it follows the data."""
        status = self.status
        return (status.step if status.state == "finished" else status.total_steps) or None

    def tables(self, history: History, have: Mapping[str, int] | None) -> dict[str, Table]:
        """What a browser misses of each table; the same object for all that miss the same.

        Args:
            history: of the run.
            have: rows that the browser has been sent of each; None: it is to be sent all.
        """
        return {name: self._table(name, history, (have or {}).get(name)) for name in self.rows}

    def _table(self, name: str, history: History, have: int | None) -> Table:
        end = self.rows[name]
        start = 0 if have is None else min(end, max(0, have - OVERLAP))
        count = end - start
        # After the end of a run nothing ticks, so that nothing would bring what is left.
        if have is not None and self.status.active:
            count = min(count, ROWS_A_TICK)
        known = self._tables.get((name, start))
        if known is None or len(known.x) != count:
            part = _READ[name](history, start, count)
            known = Table(part.start, part.x.astype(int), part.columns, end)
            self._tables[name, start] = known
        return known


class Frames:
    """The newest frame of a run, kept for whoever asks next. Safe from any thread.

    Args:
        clock: seconds, as `time.monotonic`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._newest: Frame | None = None
        self._made = 0.0
        self._limit: float | None = None  # of the axis of the loss, if it is cut

    def newest(self, run: Run) -> Frame:
        """What is told of the run now."""
        with self._lock:
            if self._newest is None or not self._serves(self._newest, run):
                self._made = self._clock()
                self._limit = _limit(run.history, self._limit)
                self._newest = _frame(run, run.config, run.history, run.status, self._limit)
            return self._newest

    def _serves(self, frame: Frame, run: Run) -> bool:
        """Whether nothing has happened since, or nothing but steps of a run that goes on."""
        now = run.status
        if len(frame.marks) != len(run.history.marks) or frame.status.state != now.state:
            return False
        is_young = now.state == "running" and self._clock() - self._made < SERVES
        return frame.status is now or is_young


_of: WeakKeyDictionary[History, Frames] = WeakKeyDictionary()
_of_lock = threading.Lock()


def frame_of(run: Run | None, chosen: TrainConfig | None = None) -> Frame:
    """What pages tell of a run now; without a run the same things, empty.

    Args:
        chosen: without a run, what Start would take; None: it cannot be trained.
    """
    if run is None:
        return _frame(None, chosen, History(), RunStatus(), None)
    with _of_lock:  # a run that was continued has a history of its own
        frames = _of.setdefault(run.history, Frames())
    return frames.newest(run)


def _frame(
    run: Run | None,
    config: TrainConfig | None,
    history: History,
    status: RunStatus,
    limit: float | None,
) -> Frame:
    heads, *rows = epoch_table(list(history.evaluations), config)
    return Frame(
        status=status,
        rows={name: read(history, 0, 0).total for name, read in _READ.items()},
        marks=tuple(Mark(mark.step, mark.text) for mark in list(history.marks)),
        clip=_clip(history, limit),
        alt=alt_text(history, status),
        numbers=numbers_text(history),
        headline=headline(history, status),
        epochs=table_html(heads, rows, "Test loss and accuracy after each epoch"),
        strip=strip_message_of(run, status, config),
    )


def _limit(history: History, before: float | None) -> float | None:
    """Where the axis of the loss ends if outliers are not to flatten it."""
    rows = history.training_rows(), history.test_rows()
    return clip_limit([each.columns["loss"] for each in rows], before)


def _clip(history: History, limit: float | None) -> Clip | None:
    if limit is None:
        return None
    batches, highest = history.above(limit)
    tests = [each.loss for each in list(history.evaluations) if each.loss > limit]
    text = above_text({"batch": batches, "test": len(tests)}, max(highest, *tests, 0.0))
    return Clip(limit, text)
