"""The life of runs as a whole: any order of clicks, reports, deaths and full disks.

Manager, store and disk are real, the trainer is the test's. Whatever happens: each step that was
reported is kept or said to be lost, every run can be opened, and what one visitor does changes
nothing of another's.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from campaign import Campaign
from failing_disk import Disk
from fake_states import full_state
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from runs_fakes import STEPS_PER_EPOCH, Crew, FakeWorker, evaluation

from playground.errors import NotOwnerError, RunLimitError, RunNotFoundError
from playground.runs import ENDED, Limits, Run, RunManager
from playground.runs.loading import load_run
from playground.runs.store import RunStore
from playground.training import Snapshot, TrainConfig

OWNERS = ("a secret of somebody", "a secret of somebody else")
CONFIG = TrainConfig(train_size=640, epochs=2)
TOTAL = 2 * STEPS_PER_EPOCH
WORKS_ON = frozenset({"running", "paused"})


RARELY = st.sampled_from([False, False, False, True])
"""Whether something breaks or is mended where nothing has happened since the last time."""


@dataclass
class Life:
    """What must be known of a run.

    Attributes:
        state: as the page says it.
        reported: the steps that its trainer has told of.
        saved: those of them that a disk has taken; beyond it the folder may hold less.
        states: the steps from which it can go on.
        is_there: whether its folder was ever written.
    """

    owner: str
    state: str
    reported: int = 0
    saved: int = 0
    states: set[int] = field(default_factory=set)
    waiting: int | None = None  # the newest state that the disk did not take
    is_there: bool = True


class Lives(RuleBasedStateMachine):
    """One server after the other on one disk."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lives-"))
        self.root = self.folder / "0"
        self.patch = pytest.MonkeyPatch()
        self.disk = Disk(self.patch)
        self.lives: dict[str, Life] = {}
        self.reports = 0  # since something broke or was mended last: else little else happens
        self._serve()

    def _serve(self) -> None:
        self.crew = Crew()
        limits = Limits(running=2, per_visitor=3, queued=3)
        self.manager = RunManager(limits, root=self.root, spawn=self.crew)

    @property
    def is_full(self) -> bool:
        return self.disk.error != 0

    @is_full.setter
    def is_full(self, full: bool) -> None:
        self.disk.error = errno.ENOSPC if full else 0

    def teardown(self) -> None:
        self.is_full = False
        self.manager.close()
        self.patch.undo()
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------ helpers

    def worker(self, run_id: str) -> FakeWorker | None:
        worker = self.manager._scheduler.worker_of(run_id)
        assert worker is None or isinstance(worker, FakeWorker)
        return worker

    def some(self, *states: str) -> list[str]:
        return [run_id for run_id, life in self.lives.items() if life.state in states]

    def note(self, run_id: str) -> None:
        """The disk has all of a run, if it takes anything."""
        life = self.lives[run_id]
        if not self.is_full:
            life.saved, life.is_there = life.reported, True

    def tell_state(self, life: Life, worker: FakeWorker, epoch: int, purpose: str) -> None:
        """A state, which takes the place of one from amid an epoch, now or when there is room."""
        worker.tell(Snapshot(epoch, life.reported, {}, purpose), full_state(life.reported))
        life.waiting = life.reported
        if not self.is_full:
            self.take_state(life)

    def take_state(self, life: Life) -> None:
        """The disk takes what waits."""
        if life.waiting is not None:
            life.states = {one for one in life.states if one % STEPS_PER_EPOCH == 0}
            life.states.add(life.waiting)
            life.waiting = None

    def follow_the_queue(self) -> None:
        """Whoever waits may have been given a worker."""
        for run_id in self.some("queued"):
            self.lives[run_id].state = self.manager.get(run_id).status.state
            assert self.lives[run_id].state in {"queued", "starting"}

    @contextmanager
    def as_somebody(self, run_id: str, data: st.DataObject) -> Iterator[str]:
        """Its owner, or another visitor, who must not get anywhere."""
        owner = data.draw(st.sampled_from(OWNERS), label="who")
        if owner == self.lives[run_id].owner:
            yield owner
            return
        with pytest.raises(NotOwnerError):
            yield owner

    def draw(self, data: st.DataObject, *states: str) -> str:
        return data.draw(st.sampled_from(self.some(*states)), label="run")

    # ------------------------------------------------------------ starting

    @initialize()
    def begin_with_one(self) -> None:
        self.start(OWNERS[0])

    @rule(owner=st.sampled_from(OWNERS))
    def start(self, owner: str) -> None:
        theirs = [life for life in self.lives.values() if life.owner == owner]
        active = sum(life.state not in ENDED for life in theirs)
        waiting = len(self.some("queued"))
        try:
            run = self.manager.start(CONFIG, owner)
        except RunLimitError:
            assert active >= 3 or waiting >= 3
            return
        assert active < 3
        self.lives[run.id] = Life(owner, run.status.state, is_there=not self.is_full)

    @precondition(lambda self: self.some("starting"))
    @rule(data=st.data(), steps=st.sampled_from([1, 1, 1, 0]))
    def begin(self, data: st.DataObject, steps: int) -> None:
        run_id = self.draw(data, "starting")
        life, worker = self.lives[run_id], self.worker(run_id)
        assert worker is not None
        worker.begin(TOTAL)
        assert worker.step == life.reported, "it goes on where its numbers end"
        life.state = "running"
        self.note(run_id)
        if steps:
            self.report_of(run_id, steps)

    # ------------------------------------------------------------ training

    @precondition(lambda self: self.some("running"))
    @rule(data=st.data(), count=st.sampled_from([1, 4, 10, 10]))
    def report(self, data: st.DataObject, count: int) -> None:
        self.report_of(self.draw(data, "running"), count)

    def report_of(self, run_id: str, count: int) -> None:
        """A stretch of steps, and what belongs to the end of an epoch."""
        life, worker = self.lives[run_id], self.worker(run_id)
        assert worker is not None
        count = min(count, STEPS_PER_EPOCH - life.reported % STEPS_PER_EPOCH)
        worker.take(count)
        self.reports += 1
        life.reported += count
        epoch = life.reported // STEPS_PER_EPOCH
        if life.reported % STEPS_PER_EPOCH == 0:
            worker.tell(evaluation(epoch))
            self.tell_state(life, worker, epoch, "epoch")
        self.note(run_id)
        if life.reported == TOTAL:
            worker.end()
            life.state = "finished"
            self.follow_the_queue()

    @precondition(lambda self: any(self.lives[one].reported for one in self.some("running")))
    @rule(data=st.data())
    def keep_a_state(self, data: st.DataObject) -> None:
        run_id = self.draw(data, "running")
        life, worker = self.lives[run_id], self.worker(run_id)
        assert worker is not None
        if life.reported % STEPS_PER_EPOCH == 0:
            return
        epoch = life.reported // STEPS_PER_EPOCH + 1
        self.tell_state(life, worker, epoch, "state")
        self.note(run_id)

    # ------------------------------------------------------------ steering

    @precondition(lambda self: self.some(*WORKS_ON))
    @rule(data=st.data(), pause=st.booleans())
    def pause_or_resume(self, data: st.DataObject, pause: bool) -> None:
        run_id = self.draw(data, *sorted(WORKS_ON))
        life = self.lives[run_id]
        if pause == (life.state == "paused"):
            return
        with self.as_somebody(run_id, data) as who:
            (self.manager.pause if pause else self.manager.resume)(run_id, who)
            worker = self.worker(run_id)
            assert worker is not None
            worker.obey()
            life.state = "paused" if pause else "running"

    @precondition(lambda self: self.some("queued", "starting", *WORKS_ON))
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        run_id = self.draw(data, "queued", "starting", *sorted(WORKS_ON))
        life = self.lives[run_id]
        with self.as_somebody(run_id, data) as who:
            waits = life.state == "queued"
            self.manager.stop(run_id, who)
            worker = self.worker(run_id)
            if not waits:
                assert worker is not None
                if life.state != "starting":
                    epoch = -(-max(life.reported, 1) // STEPS_PER_EPOCH)
                    self.tell_state(life, worker, epoch, "epoch")
                else:
                    worker.begin(TOTAL)
                worker.end("stopped")
            life.state = "stopped"
            self.note(run_id)
        self.follow_the_queue()

    @precondition(lambda self: self.lives and self.reports)
    @rule(data=st.data(), name=st.sampled_from(["", "first", "second"]))
    def rename(self, data: st.DataObject, name: str) -> None:
        run_id = self.draw(data, *{life.state for life in self.lives.values()})
        if self.is_full or not self.lives[run_id].is_there:
            return
        with self.as_somebody(run_id, data) as who:
            assert self.manager.rename(run_id, who, name).name == name

    @precondition(lambda self: self.some(*ENDED) and not self.is_full)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        run_id = self.draw(data, *sorted(ENDED))
        with self.as_somebody(run_id, data) as who:
            self.manager.delete(run_id, who)
            del self.lives[run_id]

    @precondition(lambda self: self.some("interrupted", "stopped") and not self.is_full)
    @rule(data=st.data())
    def continue_one(self, data: st.DataObject) -> None:
        run_id = self.draw(data, "interrupted", "stopped")
        life = self.lives[run_id]
        with self.as_somebody(run_id, data) as who:
            try:
                run = self.manager.continue_run(run_id, who)
            except RunLimitError:
                return
            newest = max((one for one in life.states if one <= life.saved), default=0)
            assert run.history.steps == newest
            assert run.status.state in {"queued", "starting"}
            life.state, life.reported, life.saved = run.status.state, newest, newest
            life.states = {one for one in life.states if one <= newest}

    # ------------------------------------------------------------ what breaks

    @precondition(lambda self: self.some("starting", *WORKS_ON))
    @rule(data=st.data())
    def worker_dies(self, data: st.DataObject) -> None:
        run_id = self.draw(data, "starting", *sorted(WORKS_ON))
        worker = self.worker(run_id)
        assert worker is not None
        worker.die("it was killed by SIGKILL")
        self.lives[run_id].state = "interrupted"
        self.note(run_id)
        self.follow_the_queue()

    @precondition(lambda self: not self.is_full and self.some(*WORKS_ON))
    @rule()
    def disk_fills_up(self) -> None:
        self.is_full, self.reports = True, 0

    @precondition(lambda self: self.is_full)
    @rule(at_once=RARELY)
    def disk_has_room(self, at_once: bool) -> None:
        if not self.reports and not at_once:
            return
        self.is_full, self.reports = False, 0
        for run_id, life in self.lives.items():
            run = self.manager.get(run_id)
            assert run.store.flush()
            self.take_state(life)
            with self.manager._changed:
                run.update_warning()
            assert run.status.warning == ""
            self.note(run_id)

    @rule(gently=st.booleans(), at_once=RARELY)
    def server_ends(self, gently: bool, at_once: bool) -> None:
        """It is asked to, or its folder is what a kill in this moment leaves."""
        if not self.reports and not at_once:
            return
        self.reports = 0
        was = self.manager
        if not gently:
            self.root = self.folder / str(int(self.root.name) + 1)
            source = self.folder / str(int(self.root.name) - 1)
            if source.exists():
                shutil.copytree(source, self.root)
        was.close()
        self.is_full = False  # somebody has made room, and started it again
        self._serve()
        for run_id, life in list(self.lives.items()):
            life.waiting = None
            if not life.is_there:
                with pytest.raises(RunNotFoundError):
                    self.manager.get(run_id)
                del self.lives[run_id]
                continue
            run = self.manager.get(run_id)
            steps = run.history.steps
            assert life.saved <= steps <= life.reported
            is_whole = steps == life.reported == life.saved
            if life.state not in ENDED or not is_whole:
                # What was lost is said: the run has not ended, it was cut off.
                assert run.status.state == "interrupted" or is_whole
            life.state, life.reported, life.saved = run.status.state, steps, steps
            life.states = {one for one in life.states if one <= steps}

    # ------------------------------------------------------------ what always holds

    @invariant()
    def every_run_is_what_happened(self) -> None:
        for run_id, life in self.lives.items():
            run = self.manager.get(run_id)
            self._is_right(run, life)
            if not self.is_full and life.saved == life.reported and life.state in ENDED:
                self._is_right(load_run(RunStore(run_id, self.root)), life)
            if life.saved < life.reported:
                assert run.status.warning.startswith("This run is not saved to disk")

    def _is_right(self, run: Run, life: Life) -> None:
        assert run.owned_by(life.owner)
        assert run.status.state == life.state
        assert run.status.step == life.reported
        expected = 2.3 / np.arange(1, life.reported + 1)
        np.testing.assert_array_equal(run.history.losses(), expected)
        evaluated = [one.step for one in run.history.evaluations]
        assert evaluated == list(range(STEPS_PER_EPOCH, life.reported + 1, STEPS_PER_EPOCH))


def test_lives(campaign: Campaign) -> None:
    lives = settings().max_examples // 4
    tried = settings(max_examples=lives, stateful_step_count=40)
    run_state_machine_as_test(Lives, settings=tried)
    campaign.held(
        lives, "lives of 40 steps, with full disks and deaths: nothing reported is lost unsaid"
    )
