"""The time machine: one moment of a run, and what the network knew at that moment.

Frames are kept and refined as docs/decisions/0009-going-back-in-time.md says.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from playground.errors import CheckpointError, PlaygroundError, RunNotFoundError
from playground.inspection import Inspection
from playground.inspection.prefetch import Prefetcher, Request
from playground.runs import Run
from playground.shared_cache import SharedCache
from playground.ui.components.figure import figure_message
from playground.ui.components.scrubber import Frames, Move, Stop, scrubber
from playground.ui.kit.link_warnings import check_number
from playground.ui.kit.links import goes_back
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.session_object import session_object
from playground.ui.kit.url_state import is_arriving
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.train.controls import MOMENT
from playground.ui.pages.train.inspection_panels import inspect_view, picks_of
from playground.ui.pages.train.moment_messages import ProbeHistory, moment_messages
from playground.ui.pages.train.own_probes import HEIGHT, own_lines, own_probes
from playground.ui.pages.train.own_probes import KEY as OWN
from playground.ui.server.moment_files import Moment, moments_url
from playground.ui.server.session import manager
from playground.validation import Floats

if TYPE_CHECKING:
    from torch import Tensor

LIVE_SAMPLE = 2000
"""Test images looked at while the run needs the processor itself."""

MOVING_SAMPLE = 1000
"""The same while the scrubber moves, at a moment that is not ready."""

_REFRESH = 4.0  # seconds between looks at a run that goes on
_RENEW = 3.0  # seconds between two requests; shorter than they hold
_AHEAD_SHARE = 0.75  # of the cache, for what is made ahead
_ABOUT_BYTES = 2_500_000  # of the inspection of notebook A's network
# A browser may send the address that it had before it heard of the new one.
_LINK_DELAY = 3.0


@lru_cache(maxsize=1)
def _cache() -> SharedCache[tuple[str, int, int | None], Inspection]:
    """One for all visitors, by edition of a run, step and sample: such a moment never changes."""
    return SharedCache(most=160, most_bytes=128 * 2**20)


@lru_cache(maxsize=1)
def _prefetcher() -> Prefetcher:
    return Prefetcher()


class _Look:
    """What one session looks at: a step, or None for the latest."""

    def __init__(self) -> None:
        self.viewer = secrets.token_hex(8)
        self.run_id = ""
        self.moment: int | None = None
        self.settled = True
        self.link, self.link_before, self.link_since = "", "", 0.0

    def move(self, move: Move) -> None:
        self.moment, self.settled = move.step, move.settled

    def write_link(self) -> bool:
        """Put the moment into the address; whether it was another one."""
        text = "" if self.moment is None else str(self.moment)
        if text == self.link:
            return False
        self.link, self.link_before, self.link_since = text, self.link, time.monotonic()
        if text:
            st.query_params[MOMENT] = text
        else:
            st.query_params.pop(MOMENT, None)
        return True

    def read_link(self, run_id: str, steps: list[int]) -> None:
        """Follow the address where it was changed by somebody else than `write_link`."""
        linked, back = st.query_params.get(MOMENT, ""), goes_back()
        if self.run_id not in {"", run_id} and not back:  # a new run: its moments are other ones
            self.run_id, self.moment = run_id, None
            self.link = linked
            self.write_link()
            return
        self.run_id = run_id
        if is_arriving() and not linked:  # another page has emptied the address
            self.link = linked
            return
        is_young = time.monotonic() < self.link_since + _LINK_DELAY
        stale = linked == self.link_before and is_young and not back
        if linked != self.link and not stale:
            self.link = linked
            self.moment = _nearest(linked, steps)

    def step(self, steps: list[int]) -> int:
        """The step that is looked at; the nearest before it if it was thinned out."""
        if self.moment is None:
            return steps[-1]
        if self.moment not in steps:
            self.moment = max((s for s in steps if s <= self.moment), default=steps[0])
        return self.moment


def _nearest(linked: str, steps: list[int]) -> int | None:
    if not (linked.isascii() and linked.isdigit() and len(linked) < 16):
        return None
    asked = int(linked)
    if asked >= steps[-1]:  # of a run that has not come that far, too
        return None
    return min(steps, key=lambda step: abs(step - asked))


def look_inside(run: Run, *, active: bool) -> int | None:
    """The scrubber and the panels of the moment it shows; returns that moment's step."""
    steps = [one.step for one in run.snapshots]
    if not steps:
        st.caption("The first snapshot is on its way.")
        return None
    look = session_object(_Look)
    look.read_link(run.id, steps)
    step = look.step(steps)
    if look.settled:  # before the check, which holds until the address is another one
        look.write_link()
    check_number("Moment", MOMENT, step, f"step {step:,}")
    with_torch(partial(_part, run.id, active=active))
    return look.step(steps)


def _part(run_id: str, *, active: bool) -> None:
    def show() -> None:
        with _deletion_said():
            run, look = manager().get(run_id), session_object(_Look)
            stops = [Stop(one.step, one.epoch) for one in run.snapshots]
            if stops:
                _frame(run, look, stops, active=active)

    def renew() -> None:
        with suppress(RunNotFoundError):  # `show` says so
            _request_prefetch(manager().get(run_id), session_object(_Look), active=active)

    live_fragment(show, run_every=_REFRESH if active else None, shows="moment")
    live_fragment(renew, run_every=_RENEW)


@contextmanager
def _deletion_said() -> Iterator[None]:
    try:
        yield
    except RunNotFoundError:
        st.info("This run has been deleted, in another tab or because it was old.")


def _frame(run: Run, look: _Look, stops: list[Stop], *, active: bool) -> None:
    """One moment, whole. A message of the scrubber is answered when its frame is there."""
    step = look.step([stop.step for stop in stops])
    place = st.container()
    opened = inspect_view(
        partial(_inspection, run, step, active=active, settled=look.settled),
        weights_note=partial(_note, run, step, active=active),
        history=partial(_probe_history, run, step),
    )
    if look.settled and "Probes" in opened:
        own_probes(run, step)
    with place:
        scrubber(
            stops,
            key="look",
            shown=look.moment,
            live=active,
            on_move=look.move,
            frames=_frames(run, opened, active=active) if opened else None,
        )
    if look.settled and look.write_link():
        st.rerun()  # the rest of the page names the step


def _note(run: Run, step: int, seen: Inspection, *, active: bool) -> str:
    few = "" if _ready(run, step, active=active) is seen else " A sample while you move;"
    return f"After step {step:,}.{few}"


def _frames(run: Run, opened: Sequence[str], *, active: bool) -> Frames:
    """Where a browser fetches what the open panels are told of each moment."""
    picks = picks_of(opened)
    has_history = "Probes" in opened
    own = own_lines(run) if has_history else None
    run_id = run.id  # an address outlives the run's place in memory

    def make(step: int) -> Moment:
        now = manager().get(run_id)
        seen = _inspection(now, step, active=active, settled=False)
        history = _probe_history(now, step) if has_history else None
        note = _note(now, step, seen, active=active)
        found = moment_messages(seen, opened, picks, note, history)
        if own is not None:
            found[OWN] = figure_message(own.chart(step), HEIGHT)
        content = json.dumps(found, allow_nan=False, separators=(",", ":")).encode()
        lasts = _ready(now, step, active=active) is seen
        return Moment(content, lasts=lasts, is_json=True)

    last = run.snapshots[-1].step if has_history else None  # where its lines end
    about = (run.edition, run.created, active, sorted(opened), picks, last, own and own.name)
    return Frames(moments_url(f"panels {about}", make), is_json=True)


# ---------------------------------------------------------------- inspections


def _inspection(run: Run, step: int, *, active: bool, settled: bool) -> Inspection:
    """The finest that there is; while moving, a smaller one is made where there is none."""
    ready = _ready(run, step, active=active)
    if ready is not None:
        return ready
    return _make(run, _sample(active) if settled else MOVING_SAMPLE, step)


def _sample(active: bool) -> int | None:
    """Of test images; None: all."""
    return LIVE_SAMPLE if active else None


def _ready(run: Run, step: int, *, active: bool) -> Inspection | None:
    sample = _sample(active)
    whole = _cache().peek((run.edition, step, None))
    return whole or (_cache().peek((run.edition, step, sample)) if sample else None)


def _make(run: Run, sample: int | None, step: int) -> Inspection:
    def make() -> Inspection:
        from playground.inspection.network import inspect  # imports PyTorch

        weights = run.store.snapshots.read_weights(step)
        initial = _initial(run)
        return inspect(run.config, weights, initial=initial, sample=sample, with_gradients=True)

    return _cache().get((run.edition, step, sample), make)


def _initial(run: Run) -> dict[str, Tensor] | None:
    """The weights the run began with, for how far it has come; None if they are gone.

    A branch began with its parent's, which the first of its own snapshots is not.
    """
    try:
        return run.store.snapshots.read_weights(run.status.first_step)
    except PlaygroundError:
        return None


def _request_prefetch(run: Run, look: _Look, *, active: bool) -> None:
    """Have the moments around this one made, as many as there is room for."""
    steps = [one.step for one in run.snapshots]
    if not steps:
        return
    here = steps.index(look.step(steps))
    shown = _ready(run, steps[here], active=active)
    each = shown.nbytes if shown else _ABOUT_BYTES
    fit = min(_cache().most, _cache().most_bytes / each)
    room = int(_AHEAD_SHARE * fit / max(1, _prefetcher().viewers))
    nearest = sorted(range(len(steps)), key=lambda i: abs(i - here))[: max(1, room)]
    request = Request(
        run.edition,
        tuple(steps[i] for i in nearest),
        make=partial(_make, run, _sample(active)),
        missing=lambda step: _ready(run, step, active=active) is None,
    )
    _prefetcher().want(look.viewer, request)


# ---------------------------------------------------------------- probes


def _probe_history(run: Run, step: int) -> ProbeHistory:
    """The answers to the probes at all moments there are, of which `step` is to be one.

    Raises:
        CheckpointError: it is none any more, though what was seen there may still be remembered.
    """
    steps = [one.step for one in run.snapshots]
    if step not in steps:
        raise CheckpointError(
            f"The snapshot of step {step:,} has been thinned out", advice="Choose another step"
        )
    answers = [_probe(run, one) for one in steps]
    return ProbeHistory(np.array(steps, dtype=np.float64), np.stack(answers), step)


def _probe(run: Run, step: int) -> Floats:
    for sample in (None, LIVE_SAMPLE, MOVING_SAMPLE):
        ready = _cache().peek((run.edition, step, sample))
        if ready is not None:
            return np.asarray(ready.probes.probabilities)
    return _asked(run.id, run.edition, step)


@lru_cache(maxsize=1024)
def _asked(run_id: str, edition: str, step: int) -> Floats:
    from playground.inspection.network import probe  # imports PyTorch

    run = manager().get(run_id)
    return np.asarray(probe(run.config, run.store.snapshots.read_weights(step)).probabilities)
