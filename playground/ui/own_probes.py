"""The visitor's own drawings as probes of a run: what it made of them, step by step."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import streamlit as st

from playground.charts.probes import probes
from playground.datasets.taught import TaughtSet
from playground.inspection import probe
from playground.reading import Floats
from playground.runs import Run
from playground.ui.figure import figure
from playground.ui.session import manager

TAUGHT = "_taught"
"""Key of the session's labelled drawings, collected on the drawing page."""
MOST = 10


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
    steps = [one.step for one in run.snapshots]
    answers = np.stack([_answers(run.id, one, images.tobytes(), len(images)) for one in steps])
    st.markdown("Your own drawings: probability of what you meant, step by step.")
    targets = np.array([each.label for each in chosen], dtype=np.int64)
    chart = probes(np.array(steps, dtype=np.float64), answers, targets, cursor=step)
    figure(chart, key="own_probes", height=340)


@lru_cache(maxsize=512)
def _answers(run_id: str, step: int, content: bytes, count: int) -> Floats:
    images = np.frombuffer(content, dtype=np.uint8).reshape(count, 28, 28)
    run = manager().get(run_id)
    answers = probe(run.config, run.store.read_weights(step), images=images)
    return np.asarray(answers.probabilities)
