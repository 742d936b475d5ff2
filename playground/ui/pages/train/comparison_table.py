"""What several runs came to: rows for a table, who is first in what, a file of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence

import numpy as np

from playground.charts.race import Curve
from playground.lessons.comparison import differences, label
from playground.lessons.describe import fixed
from playground.runs import Run
from playground.validation import Floats, percent

GOAL = 0.97  # the accuracy that notebook A reaches in its nine epochs
_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def curve_of(run: Run, name: str, by: str, *, log: bool = False, aligned: bool = False) -> Curve:
    """A run's numbers over steps, seconds of training or examples.

    Args:
        by: a key of `playground.charts.race.AXES`.
        log: whether the loss is for a logarithmic axis.
        aligned: whether it begins at 0 if the run began at a later step. Its seconds always do.
    """
    training, test = run.history.training_rows(), run.history.test_rows()
    if by == "seconds":
        x, test_x = training.seconds, test.seconds
    elif by == "examples":
        x, test_x = examples_seen(run, training.x), examples_seen(run, test.x)
    else:
        x, test_x = training.x, test.x
    if aligned and by != "seconds":
        first = np.array([float(run.status.first_step)])
        (start,) = examples_seen(run, first) if by == "examples" else first
        x, test_x = x - start, test_x - start
    smoothed = "log_smoothed_loss" if log else "smoothed_loss"
    loss, accuracy = training.columns[smoothed], test.columns["accuracy"]
    return Curve(name, x, loss, test_x, accuracy)


def seed_groups(runs: Sequence[Run]) -> list[list[int]]:
    """Places of the runs that differ in their seeds alone, in the order of the first of each.

    A second run of a seed is no other seed: it stands in a group of its own.
    """
    groups: dict[str, list[int]] = {}
    for place, run in enumerate(runs):
        same = {**run.config.to_dict(), "seed": None}
        key = repr([same, run.origin, run.changes])
        seeds = {runs[other].config.seed for other in groups.get(key, ())}
        again = f" {place}" if run.config.seed in seeds else ""
        groups.setdefault(key + again, []).append(place)
    return list(groups.values())


def examples_seen(run: Run, steps: Floats) -> Floats:
    """How many training examples lie behind each step; an epoch's last batch may be smaller.

    Args:
        steps: (n,) step numbers of the run.

    Returns:
        (n,) whole numbers.
    """
    examples, size = run.status.train_examples, run.config.batch_size
    snapshots = run.store.snapshots
    epochs, within = np.divmod(steps - snapshots.origin, snapshots.steps_per_epoch)
    seen: Floats = epochs * examples + np.minimum(within * size, examples)
    return seen


def comparison_table(
    runs: Sequence[Run], names: Sequence[str], *, with_results: bool = True
) -> tuple[list[str], list[list[str]]]:
    """The settings in which runs differ, how far they are, then their results: heads and rows.

    Args:
        with_results: whether the rows that tell a winner are among them.
    """
    rows = [
        [label(setting), *texts]
        for setting, texts in differences([run.config for run in runs]).items()
    ]
    begins = [run.origin.text if run.origin else "new weights" for run in runs]
    if len(set(begins)) > 1:
        rows.append(["Begins with", *begins])
    rows.append(["State", *map(state_in_words, runs)])
    rows.append(["Steps", *(f"{run.status.step:,}" for run in runs)])
    if with_results:
        rows.append(["Parameters", *(_counted(run.status.parameters) for run in runs)])
        rows.append(["Seconds of training", *(f"{run.status.seconds:.1f}" for run in runs)])
        rows.append([f"Seconds to {GOAL:.0%}", *(_until_goal(run) for run in runs)])
        rows.append(["Training loss", *(_last_loss(run) for run in runs)])
        rows.append(["Best test accuracy", *(accuracy_in_words(run) for run in runs)])
    return ["", *names], rows


def winners(runs: Sequence[Run], names: Sequence[str]) -> list[list[str]]:
    """Who is first in what, as rows: what, the name, the number. Equal ones are all named."""
    return [
        ["Best test accuracy",
         *_first(runs, names, lambda r: -best_accuracy(r), accuracy_in_words)],
        [f"Fastest to {GOAL:.0%}",
         *_first(runs, names, seconds_to_goal, lambda r: f"{_until_goal(r)} s")],
        ["Fewest parameters",
         *_first(runs, names, lambda r: r.status.parameters or math.nan,
                 lambda r: _counted(r.status.parameters))],
    ]  # an entry is a row of the table  # fmt: skip


def _first(
    runs: Sequence[Run],
    names: Sequence[str],
    value: Callable[[Run], float],
    words: Callable[[Run], str],
) -> tuple[str, str]:
    """The names with the smallest value, and that value in words; NaN is no value.

    Where all have the same value there is no first.
    """
    values = [value(run) for run in runs]
    best = min((v for v in values if not math.isnan(v)), default=math.nan)
    chosen = [i for i, v in enumerate(values) if v == best]
    if not chosen:
        return "none", "–"
    if len(chosen) == len(runs) > 1:
        return "all the same", words(runs[0])
    return ", ".join(names[i] for i in chosen), words(runs[chosen[0]])


def best_accuracy(run: Run) -> float:
    """The best test accuracy of all epochs so far, a fraction; NaN before the first."""
    return max((e.accuracy for e in list(run.history.evaluations)), default=math.nan)


def seconds_to_goal(run: Run) -> float:
    """Seconds of training until `GOAL` was first reached on the test set; NaN if never."""
    reached = (e.seconds for e in list(run.history.evaluations) if e.accuracy >= GOAL)
    return next(reached, math.nan)


def state_in_words(run: Run) -> str:
    """The state, and the place in the queue of a run that waits."""
    status = run.status
    if status.state == "queued":
        return f"waiting, number {status.place} in the queue"
    if status.state == "running":
        return f"running, {status.progress:.0%}"
    return status.state


def accuracy_in_words(run: Run) -> str:
    best = best_accuracy(run)
    return "–" if math.isnan(best) else percent(best, 2)


def as_csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table as a file for a spreadsheet, which finds no formula in it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in (heads, *rows):
        writer.writerow([f"'{cell}" if cell.startswith(_SIGNS) else cell for cell in row])
    return out.getvalue()


def _until_goal(run: Run) -> str:
    seconds = seconds_to_goal(run)
    return "–" if math.isnan(seconds) else f"{seconds:.1f}"


def _counted(number: int) -> str:
    return f"{number:,}" if number else "–"


def _last_loss(run: Run) -> str:
    rows = run.history.training_rows()
    return fixed(rows.columns["smoothed_loss"][-1], 4) if len(rows.x) else "–"
