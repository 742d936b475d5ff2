"""The time machine: one moment of a run, and what the network knew at that moment."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from playground.errors import PlaygroundError
from playground.inspection import Inspection, InspectionCache, inspect, probe
from playground.reading import Floats
from playground.runs import Run
from playground.runs.snapshots import MAX_SNAPSHOT_BYTES, MAX_SNAPSHOTS
from playground.ui.inspect_view import ProbeHistory, inspect_view
from playground.ui.session import manager
from playground.ui.torch_ready import with_torch

if TYPE_CHECKING:
    from torch import Tensor

LATEST = "latest"
_MOMENT = "moment"
# Test images looked at while the run needs the processor itself.
_LIVE_SAMPLE = 2000
_REFRESH = 4.0  # seconds between looks at a run that goes on


@lru_cache(maxsize=1)
def _cache() -> InspectionCache:
    """One for all visitors: a moment of a run never changes."""
    return InspectionCache()


def look_inside(run: Run, *, active: bool) -> int | None:
    """The scrubber and the panels of the moment it shows; returns that moment's step."""
    steps = [one.step for one in run.snapshots]
    if not steps:
        st.caption("The first snapshot is on its way.")
        return None
    options: list[int | str] = [*steps, LATEST]
    if st.session_state.get(_MOMENT, LATEST) not in options:
        st.session_state[_MOMENT] = LATEST
    moment = st.select_slider(
        "Moment", options, value=LATEST if _MOMENT not in st.session_state else None,
        format_func=_moment_name, key=_MOMENT, width="stretch",
        help=f"Up to {MAX_SNAPSHOTS} snapshots and {MAX_SNAPSHOT_BYTES // 2**20} MB of a run are "
        "kept: at steps 0, 1, 2, 5, 10, … and after epochs.",
    )  # fmt: skip
    with_torch(partial(_panels, run.id, moment, active=active))
    return steps[-1] if moment == LATEST else int(moment)


def _moment_name(moment: object) -> str:
    return LATEST if moment == LATEST else f"step {moment:,}"


def _panels(run_id: str, moment: int | str, *, active: bool) -> None:
    def show() -> None:
        run = manager().get(run_id)
        step = run.snapshots[-1].step if moment == LATEST else int(moment)
        sample = _LIVE_SAMPLE if active else None
        inspect_view(
            partial(_inspection, run, step, sample),
            key_prefix="look",
            weights_note=f"After step {step:,}.",
            history=partial(_probe_history, run, step),
        )

    follows = active and moment == LATEST
    with st.container():
        st.fragment(show, run_every=_REFRESH if follows else None)()


def _inspection(run: Run, step: int, sample: int | None) -> Inspection:
    def make() -> Inspection:
        return inspect(
            run.config,
            run.store.read_weights(step),
            initial=_initial(run),
            sample=sample,
            with_gradients=True,
        )

    return _cache().get(run.id, step, make, sample=sample)


def _initial(run: Run) -> dict[str, Tensor] | None:
    """The weights the run began with, for how far it has come; None if they are gone."""
    try:
        return run.store.read_weights(run.snapshots[0].step)
    except PlaygroundError:
        return None


def _probe_history(run: Run, step: int) -> ProbeHistory:
    steps = [one.step for one in run.snapshots]
    answers = [_probe(run.id, one) for one in steps]
    return ProbeHistory(np.array(steps, dtype=np.float64), np.stack(answers), cursor=step)


@lru_cache(maxsize=1024)
def _probe(run_id: str, step: int) -> Floats:
    run = manager().get(run_id)
    return np.asarray(probe(run.config, run.store.read_weights(step)).probabilities)
