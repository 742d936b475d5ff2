"""The visitor's own drawings as probes of a run: what it made of them, step by step."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.charts import Chart
from playground.charts.probes import probes
from playground.errors import PlaygroundError
from playground.runs import Run
from playground.ui.components.figure import figure
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.server.session import taught_drawings
from playground.validation import Floats, Integers, counted

MOST = 10
KEY, HEIGHT = "own_probes", 340  # of the chart
AT_ONCE = 0.25
"""Seconds for which the page works out moments at a time; the chart fills from tick to tick."""
_TICK = 0.4
_ANSWERS = "_own_probes"


@dataclass(frozen=True)
class _Answers:
    """What is known of a run's moments.

    Attributes:
        known: probabilities (m, 10) by step.
        gone: steps that cannot be read: thinned out, damaged, or the training had diverged.
    """

    known: dict[int, Floats] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def has_all(self, steps: Sequence[int]) -> bool:
        return all(step in self.known or step in self.gone for step in steps)


def own_probes(run: Run, step: int) -> None:
    """The probability of what was meant by each drawing, over the run's snapshots.

    Nothing is shown without drawings, or where the run has not learned the ten digits.
    """
    found = _drawings(run)
    if found is None:
        return
    images, _ = found
    steps = [one.step for one in run.snapshots]
    kept = _kept(run, images)

    def tick() -> None:
        _work_out(run, images, coarse_to_fine(steps, step), kept)
        there = [one for one in steps if one in kept.known]
        lines = own_lines(run)
        if lines is not None:
            figure(lines.chart(step), key=KEY, height=HEIGHT)
        if complete and len(there) < len(steps):
            st.caption(
                f"Left out: {len(steps) - len(there)} of {counted(len(steps), 'moment')}, whose "
                "weights cannot be read or have diverged."
            )
        if not complete and kept.has_all(steps):
            st.rerun()  # once: no more ticks

    st.markdown("Your own drawings: probability of what you meant, step by step.")
    complete = kept.has_all(steps)
    live_fragment(tick, run_every=None if complete else _TICK)


@dataclass(frozen=True, eq=False)
class OwnLines:
    """What is known of some drawings: probabilities (s, m, 10) over steps (s,) of a run, and what
    each was meant to be, (m,).
    """

    steps: Floats
    probabilities: Floats
    targets: Integers

    def chart(self, step: int) -> Chart:
        """The chart with its cursor at a step; at the last one if that is not known."""
        cursor = step if step in self.steps else int(self.steps[-1])
        return probes(self.steps, self.probabilities, self.targets, cursor, "0123456789")

    @property
    def name(self) -> str:
        """Another one for other numbers."""
        parts = (self.steps, self.probabilities, self.targets)
        return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def own_lines(run: Run) -> OwnLines | None:
    """What is known by now of the visitor's drawings; None without any."""
    found = _drawings(run)
    if found is None:
        return None
    images, targets = found
    known = _kept(run, images).known
    there = [one.step for one in run.snapshots if one.step in known]
    if not there:
        return None
    answers = np.stack([known[one] for one in there])
    return OwnLines(np.array(there, dtype=np.float64), answers, targets)


def _drawings(run: Run) -> tuple[NDArray[np.uint8], Integers] | None:
    """The visitor's newest drawings, and what was meant; None if they say nothing of the run."""
    taught = taught_drawings()
    knows_digits = run.config.dataset == "mnist" and run.config.output_classes == tuple(range(10))
    if not taught or not knows_digits:
        return None
    chosen = list(taught)[-MOST:]
    images = np.stack([each.image for each in chosen])
    return images, np.array([each.label for each in chosen], dtype=np.int64)


def coarse_to_fine(steps: Sequence[int], first: int) -> list[int]:
    """The steps in an order whose every beginning is spread over all of them; `first` is first."""
    order = [first]
    stride = 1 << len(steps).bit_length()
    while stride >= 1:
        order += steps[::stride]
        stride //= 2
    return list(dict.fromkeys(order))


def _kept(run: Run, images: NDArray[np.uint8]) -> _Answers:
    """Of this run to these drawings, from rerun to rerun."""
    about = (run.edition, images.tobytes())
    kept: tuple[object, _Answers] | None = st.session_state.get(_ANSWERS)
    if kept is None or kept[0] != about:
        kept = (about, _Answers())
        st.session_state[_ANSWERS] = kept
    return kept[1]


def _work_out(run: Run, images: NDArray[np.uint8], steps: Sequence[int], kept: _Answers) -> None:
    """Add answers to `kept`, at least one, for about `AT_ONCE` seconds."""
    from playground.inspection.network import probe  # imports PyTorch

    until = time.monotonic() + AT_ONCE
    for step in steps:
        if step in kept.known or step in kept.gone:
            continue
        try:
            answers = probe(run.config, run.store.snapshots.read_weights(step), images=images)
            kept.known[step] = np.asarray(answers.probabilities)
        except PlaygroundError:
            kept.gone.add(step)
        if time.monotonic() > until:
            return
