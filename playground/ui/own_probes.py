"""The visitor's own drawings as probes of a run: what it made of them, step by step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.charts.probes import probes
from playground.datasets.taught import TaughtSet
from playground.errors import CheckpointError
from playground.inspection import probe
from playground.reading import Floats
from playground.runs import Run
from playground.ui.figure import figure

TAUGHT = "_taught"
"""Key of the session's labelled drawings, collected on the drawing page."""
MOST = 10
AT_ONCE = 0.25
"""Seconds for which the page works out moments at a time; the chart fills from tick to tick."""
_TICK = 0.4
_ANSWERS = "_own_probes"


def own_probes(run: Run, step: int) -> None:
    """The probability of what was meant by each drawing, over the run's snapshots.

    Nothing is shown without drawings, or where the run has not learned the ten digits.
    """
    taught: TaughtSet | None = st.session_state.get(TAUGHT)
    knows_digits = run.config.dataset == "mnist" and run.config.output_classes == tuple(range(10))
    if not taught or not knows_digits:
        return
    chosen = list(taught)[-MOST:]
    images = np.stack([each.image for each in chosen])
    targets = np.array([each.label for each in chosen], dtype=np.int64)
    steps = [one.step for one in run.snapshots]
    known = _known(run, images)

    def tick() -> None:
        _work_out(run, images, coarse_to_fine(steps, step), known)
        there = [one for one in steps if one in known]
        if not there:
            return
        answers = np.stack([known[one] for one in there])
        at = np.array(there, dtype=np.float64)
        cursor = step if step in known else None
        figure(probes(at, answers, targets, cursor=cursor), key="own_probes", height=340)
        if not complete and len(there) == len(steps):
            st.rerun()  # once: no more ticks

    st.markdown("Your own drawings: probability of what you meant, step by step.")
    complete = known.keys() >= set(steps)
    with st.container():
        st.fragment(tick, run_every=None if complete else _TICK)()


def coarse_to_fine(steps: Sequence[int], first: int) -> list[int]:
    """The steps in an order whose every beginning is spread over all of them; `first` is first."""
    order = [first]
    stride = 1 << len(steps).bit_length()
    while stride >= 1:
        order += steps[::stride]
        stride //= 2
    return list(dict.fromkeys(order))


def _known(run: Run, images: NDArray[np.uint8]) -> dict[int, Floats]:
    """Answers (m, 10) by step, of this run to these drawings."""
    about = (run.id, images.tobytes())
    kept: tuple[object, dict[int, Floats]] | None = st.session_state.get(_ANSWERS)
    if kept is None or kept[0] != about:
        kept = (about, {})
        st.session_state[_ANSWERS] = kept
    return kept[1]


def _work_out(
    run: Run, images: NDArray[np.uint8], steps: Sequence[int], known: dict[int, Floats]
) -> None:
    """Add answers to `known`, at least one, for about `AT_ONCE` seconds."""
    until = time.monotonic() + AT_ONCE
    for step in steps:
        if step in known:
            continue
        with suppress(CheckpointError):  # thinned out meanwhile
            answers = probe(run.config, run.store.read_weights(step), images=images)
            known[step] = np.asarray(answers.probabilities)
        if time.monotonic() > until:
            return
