"""Which sweep the page shows, and what is said of one: its name, state, best setting, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from playground.charts.sweep_settings import Across, Point, Setting, named
from playground.errors import PlaygroundError
from playground.lessons.comparison import label
from playground.lessons.describe import OPTIMIZERS, SCHEDULES
from playground.runs.trials import LEFT_OUT, RESTING, UNREAD, WAITING, KeptSweep, Result
from playground.training.sweep import Sweep, Value
from playground.ui.kit.links import goes_back
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.server.session import manager
from playground.validation import counted, percent

_WORDS = {**OPTIMIZERS, **SCHEDULES}
_GOES_ON = frozenset({WAITING, RESTING, "queued", "starting", "running", "paused"})
_CUT_SHORT = frozenset({"stopped", "interrupted"})  # of a sweep, and of its runs with it
SWEEP = "sweep"  # in the address
LAB, SWEEP_PART = "lab", "Sweep"  # where the page keeps which part is open, and this one


@dataclass(eq=False)
class _Shown:
    """Which sweep this session looked at last."""

    sweep: str = ""
    wanted: str = ""


def show_sweep(sweep_id: str) -> None:
    """Let the page show a sweep. For callbacks."""
    session_object(_Shown).wanted = sweep_id


def forget_sweep(sweep_id: str) -> None:
    """Show this sweep no longer; it has been deleted."""
    shown = session_object(_Shown)
    if shown.sweep == sweep_id:
        shown.sweep = ""
    if st.query_params.get(SWEEP) == sweep_id:
        st.query_params.pop(SWEEP)


def shown_sweep() -> KeptSweep | None:
    """The sweep that a click asked for, that the address names, or that was seen before.

    The browser's way back leads to what its address names, to no sweep if it names none.
    """
    shown = session_object(_Shown)
    if goes_back():
        shown.sweep = ""
    sweep_id = shown.wanted or st.query_params.get(SWEEP) or shown.sweep
    if not sweep_id:
        return None
    try:
        found = manager().sweeps.get(sweep_id)
    except PlaygroundError as error:
        shown.sweep = shown.wanted = ""
        st.query_params.pop(SWEEP, None)
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None
    if st.query_params.get(SWEEP) != found.id:
        st.query_params[SWEEP] = found.id
    shown.sweep, shown.wanted = found.id, ""
    return found


def is_sweep_open() -> bool:
    """Whether a sweep was shown last, and its part is open."""
    return st.session_state.get(LAB) == SWEEP_PART and bool(session_object(_Shown).sweep)


# In words -----------------------------------------------------------------------------------


def title_of(definition: Sweep) -> str:
    """What is tried: "Learning rate × Width", "10 seeds"."""
    names = [label(axis.name) for axis in definition.axes]
    if len(definition.seeds) > 1 or not names:
        names.append(counted(len(definition.seeds), "seed"))
    return " × ".join(names)


def state_of(state: str, results: Sequence[Result]) -> str:
    """How far it is: "running, 3 of 12 done"."""
    if unread := sum(result.state == UNREAD for result in results):
        return f"{state}, reading {counted(unread, 'run')} …"
    done = sum(_is_done(state, result) for result in results)
    return f"{state}, {done} of {counted(len(results), 'run')} done"


def _is_done(state: str, result: Result) -> bool:
    """Whether a run goes no further, also when its sweep goes on."""
    goes_on = _GOES_ON | _CUT_SHORT if state in _CUT_SHORT else _GOES_ON
    return result.state not in goes_on


def across_of(definition: Sweep) -> list[Across]:
    """The axes as they are drawn."""
    return [
        Across(label(axis.name), tuple(map(shown_value, axis.values)), axis.log)
        for axis in definition.axes
    ]


def shown_value(value: Value) -> Value:
    """A value as it is read: "AdamW" of "adamw"."""
    return _WORDS.get(value, value) if isinstance(value, str) else value


def points_of(state: str, results: Iterable[Result]) -> list[Point]:
    """The runs of a sweep in this state as they are drawn."""
    return [
        Point(
            tuple(map(shown_value, each.trial.values)),
            each.trial.config.seed,
            each.loss,
            each.error,
            1.0 if _is_done(state, each) else each.progress,
            each.left_out,
            each.epochs,
            each.losses,
        )
        for each in results
    ]


def best_in_words(axes: Sequence[Across], best: Setting, *, goes_on: bool) -> str:
    """The best setting and its numbers, as plain text."""
    mean = f" (mean of {best.runs} seeds)" if best.runs > 1 else ""
    numbers = f"test loss {best.loss:.4g}, test error {percent(best.error, 2)}{mean}."
    if not axes:
        return f"All {'so far' if goes_on else 'seeds'}: {numbers}"
    return f"{'Best so far' if goes_on else 'The best'}: {named(axes, best.values)}: {numbers}"


def rule_in_words(definition: Sweep) -> str:
    """The rule by which settings are left out; "" without one."""
    if not definition.rungs:
        return ""
    share = {2: "half", 3: "third", 4: "quarter"}[definition.eta]
    return (
        f"Successive halving: {epochs_in_words(definition.rungs)} the settings are compared by "
        f"their test loss (the mean over the seeds), and only the best {share} of them goes on, "
        "from where it was. The others are hollow, or in italics."
    )


def epochs_in_words(rungs: Sequence[int]) -> str:
    """ "after epoch 1", "after epochs 1, 2 and 4"."""
    *first, last = map(str, rungs)
    return f"after epochs {', '.join(first)} and {last}" if first else f"after epoch {last}"


def run_in_words(result: Result) -> str:
    """The state of a run, and why it ended."""
    if result.state == LEFT_OUT:
        return f"stopped: not among the best after epoch {result.left_out}"
    if result.state == RESTING:
        return f"rests after epoch {len(result.tests)} until all are compared"
    return result.state


# Files --------------------------------------------------------------------------------------


def runs_csv(sweep: KeptSweep, results: Sequence[Result]) -> str:
    """One row a run, with all digits; cells without a value are empty."""
    heads = [
        "run",
        "state",
        "left_out_after_epoch",
        "epochs",
        "test_loss",
        "test_accuracy",
        "lowest_test_loss",
        "training_loss",
        "seconds",
    ]
    rows = [
        [
            each.run,
            each.state,
            each.left_out or "",
            len(each.tests),
            *((each.tests[-1].loss, each.tests[-1].accuracy) if each.tests else ("", "")),
            min((test.loss for test in each.tests), default=""),
            float(each.losses[-1]) if len(each.losses) else "",
            each.seconds,
        ]
        for each in results
    ]
    return _csv(sweep, results, heads, [[row] for row in rows])


def epochs_csv(sweep: KeptSweep, results: Sequence[Result]) -> str:
    """One row for each test of each run."""
    heads = ["run", "epoch", "step", "test_loss", "test_accuracy", "seconds"]
    rows = [
        [[each.run, t.epoch, t.step, t.loss, t.accuracy, t.seconds] for t in each.tests]
        for each in results
    ]
    return _csv(sweep, results, heads, rows)


def _csv(
    sweep: KeptSweep,
    results: Sequence[Result],
    heads: Sequence[str],
    rows: Sequence[Sequence[Sequence[object]]],
) -> str:
    """The settings and the seed of each run, then each of its rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*(axis.name for axis in sweep.definition.axes), "seed", *heads])
    for result, own in zip(results, rows, strict=True):
        for row in own:
            writer.writerow([*result.trial.values, result.trial.config.seed, *row])
    return out.getvalue()
