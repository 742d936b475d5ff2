"""A run that is read from its folder is the run that was."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from runs_fakes import Crew, evaluation, same

from playground.errors import RunNotFoundError
from playground.runs import Run, RunManager
from playground.runs.listing import owned_runs
from playground.runs.loading import load_run
from playground.runs.protocol import event_to_message
from playground.runs.store import RunStore, WriterLock
from playground.training import Ended, TrainConfig

OWNER = "the owner's secret"
NOBODY = 2**22 + 1  # beyond the largest process id of Linux
CONFIG = TrainConfig(
    model="hidden", model_options={"hidden": 30}, classes=(3, 5, 8), lr=0.25, train_size=640
)


@pytest.fixture
def run(manager: RunManager, crew: Crew) -> Run:
    """A run in the middle: 17 steps, an evaluation, a changed rate."""
    run = manager.start(CONFIG, OWNER)
    crew.last.begin(2500)  # three steps a row
    crew.last.take(10)
    crew.last.tell(evaluation(1))
    manager.set_live(run.id, OWNER, lr=0.125)
    crew.last.obey()
    crew.last.take(7, lr=0.125)
    return run


def loaded(run: Run) -> Run:
    return load_run(RunStore(run.id, run.store.folder.parent))


def leave(run: Run) -> None:
    """What the operating system does when the run's server dies."""
    run.store.lock.release()


def edit_status(run: Run, **changes: Any) -> None:
    path = run.store.folder / "status.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def assert_same_numbers(one: Run, other: Run) -> None:
    same(one.history.training_rows(), other.history.training_rows())
    same(one.history.test_rows(), other.history.test_rows())
    assert one.history.losses().tolist() == other.history.losses().tolist()
    assert one.history.evaluations == other.history.evaluations
    assert one.history.marks == other.history.marks


@pytest.mark.parametrize(
    ("reason", "message"),
    [("finished", ""), ("stopped", ""), ("failed", "The loss became nan at step 18.")],
)
def test_an_ended_run_comes_back_as_it_was(run: Run, crew: Crew, reason: str, message: str) -> None:
    crew.last.end(reason, message)
    again = loaded(run)
    assert again is not run
    assert (again.id, again.config, again.created) == (run.id, run.config, run.created)
    assert again.status == run.status
    assert (again.status.state, again.status.message) == (reason, message)
    assert_same_numbers(again, run)
    assert [mark.step for mark in again.history.marks] == [10]


def test_its_owner_is_known_again(run: Run, crew: Crew) -> None:
    crew.last.end()
    assert loaded(run).owned_by(OWNER)
    assert not loaded(run).owned_by("somebody else")
    assert not loaded(run).owned_by(None)


def test_a_rate_changed_after_the_last_step_comes_back(
    manager: RunManager, run: Run, crew: Crew
) -> None:
    manager.set_live(run.id, OWNER, lr=0.5)
    crew.last.obey()
    crew.last.end("stopped")
    assert loaded(run).status == run.status
    assert loaded(run).status.lr == 0.5


def test_a_run_that_never_began_comes_back(manager: RunManager, crew: Crew) -> None:
    run = manager.start(CONFIG, OWNER)
    crew.last.end("failed", "The data are missing.")
    assert loaded(run).status == run.status
    assert loaded(run).status.lr == CONFIG.lr


def test_without_its_server_it_is_interrupted(run: Run) -> None:
    leave(run)
    again = loaded(run)
    assert again.status.state == "interrupted"
    assert "The server ended while this run was going on" in again.status.message
    assert (again.status.step, again.status.epoch, again.status.lr) == (17, 2, 0.125)
    assert_same_numbers(again, run)


def test_a_process_id_that_is_another_programs_by_now_does_not_keep_the_run(run: Run) -> None:
    leave(run)
    edit_status(run, server=os.getppid())
    assert loaded(run).status.state == "interrupted"


def test_with_another_living_server_it_is_elsewhere(run: Run) -> None:
    edit_status(run, server=NOBODY)  # its lock says enough
    again = loaded(run)
    assert again.status.state == "elsewhere"
    assert not again.status.active
    assert "Another server" in again.status.message
    assert_same_numbers(again, run)


@pytest.mark.parametrize(
    "server",
    [None, "7", 0, -1, 2.5, 10**30, NOBODY, pytest.param(os.getpid(), id="our own")],
)
def test_without_locks_a_server_that_is_no_other_process_is_dead(
    run: Run, server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WriterLock, "is_taken", lambda _: None)
    edit_status(run, server=server)
    assert loaded(run).status.state == "interrupted"


def test_without_locks_the_process_id_says_who_writes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WriterLock, "is_taken", lambda _: None)
    edit_status(run, server=os.getppid())
    assert loaded(run).status.state == "elsewhere"


def test_looking_at_a_lock_keeps_nobody_from_taking_it(run: Run) -> None:
    leave(run)
    ours, theirs = WriterLock(run.store.folder), WriterLock(run.store.folder)
    assert ours.is_taken() is False
    ours.take()
    assert (ours.is_taken(), theirs.is_taken()) == (False, True)
    ours.release()
    assert theirs.is_taken() is False


def test_an_end_in_the_metrics_counts_more_than_an_older_status(run: Run, crew: Crew) -> None:
    before = (run.store.folder / "status.json").read_bytes()
    crew.last.end("finished")
    (run.store.folder / "status.json").write_bytes(before)
    assert loaded(run).status.state == "finished"
    edit_status(run, server=os.getppid())
    assert loaded(run).status.state == "finished"


def test_a_run_without_a_status_is_interrupted(run: Run) -> None:
    (run.store.folder / "status.json").unlink()
    leave(run)
    assert loaded(run).status.state == "interrupted"
    assert loaded(run).history.steps == 17


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b'{"state": 5}',
        b'{"state": "exploded"}',
        b'{"state": null, "message": 3, "lr": "fast", "marks": null, "warning": []}',
        b'{"state": "running", "marks": 7, "server": {}}',
        b'{"marks": [1, null, [], {}, {"step": "x"}, {"step": Infinity, "text": ""}]}',
        b'{"marks": [{"step": 1e999, "text": "far"}], "lr": NaN}',
    ],
)
def test_a_damaged_status_costs_only_itself(run: Run, content: bytes) -> None:
    (run.store.folder / "status.json").write_bytes(content)
    leave(run)
    status = loaded(run).status
    assert status.state == "interrupted"
    assert "The server ended" in status.message
    assert (status.step, status.lr, status.device, status.warning) == (17, 0.125, "cpu", "")
    assert loaded(run).history.marks == []


def test_good_marks_beside_damaged_ones_are_kept(run: Run) -> None:
    edit_status(run, marks=[None, {"step": 3, "text": "rate 1"}, {"text": "nowhere"}])
    assert [(mark.step, mark.text) for mark in loaded(run).history.marks] == [(3, "rate 1")]


@pytest.mark.parametrize("lr", ["fast", None, float("nan"), [1]])
def test_a_damaged_rate_of_an_ended_run_is_that_of_its_last_step(
    run: Run, crew: Crew, lr: object
) -> None:
    crew.last.end()
    edit_status(run, lr=lr)
    assert loaded(run).status.lr == 0.125


GOOD = {
    "id": "x",
    "created": 1.0,
    "secret_hash": "ab",
    "config": CONFIG.to_dict(),
}


@pytest.mark.parametrize(
    "description",
    [
        None,
        [],
        {},
        *(
            {key: value for key, value in GOOD.items() if key != name}
            for name in GOOD
            if name != "id"
        ),
        {**GOOD, "created": "yesterday"},
        {**GOOD, "created": None},
        {**GOOD, "config": None},
        {**GOOD, "config": "mlp"},
        {**GOOD, "config": [1]},
        {**GOOD, "config": {"modell": "mlp"}},
        {**GOOD, "config": {"lr": -1}},
        {**GOOD, "config": {"lr": "fast"}},
    ],
)
def test_a_damaged_description_is_no_run(tmp_path: Path, description: object) -> None:
    store = RunStore("run_0123456789ab", tmp_path)
    store.create({})
    store.close()
    (store.folder / "config.json").write_text(json.dumps(description))
    with pytest.raises(RunNotFoundError, match=r"damaged on disk.*Start a new one"):
        load_run(store)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{", json.dumps(GOOD).encode()[:-5]])
def test_an_unreadable_description_is_no_run(tmp_path: Path, content: bytes) -> None:
    store = RunStore("run_0123456789ab", tmp_path)
    store.create({})
    store.close()
    (store.folder / "config.json").write_bytes(content)
    with pytest.raises(RunNotFoundError, match="damaged on disk"):
        load_run(store)


def test_those_descriptions_are_damaged_copies_of_a_good_one(tmp_path: Path) -> None:
    store = RunStore("run_0123456789ab", tmp_path)
    store.create(GOOD)
    store.close()
    assert load_run(store).config == CONFIG


def test_no_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match="no run 'run_0123456789ab' here"):
        load_run(RunStore("run_0123456789ab", tmp_path))


def test_a_folder_that_was_renamed_is_called_as_it_is_now(run: Run, crew: Crew) -> None:
    crew.last.end()
    root = run.store.folder.parent
    run.store.folder.rename(root / "a_nicer_name")
    again = load_run(RunStore("a_nicer_name", root))
    assert again.id == "a_nicer_name"
    assert_same_numbers(again, run)


def test_a_copy_does_not_push_the_original_aside(
    manager: RunManager, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "copy_of_a_run").mkdir()
    for name in ("config.json", "metrics.jsonl"):
        (tmp_path / "copy_of_a_run" / name).write_bytes((run.store.folder / name).read_bytes())
    assert manager.get("copy_of_a_run").status.state == "interrupted"
    assert manager.get(run.id) is run
    assert run.status.state == "running"


# Damaged numbers -------------------------------------------------------------------------


def lines_of(run: Run) -> list[bytes]:
    return (run.store.folder / "metrics.jsonl").read_bytes().splitlines(keepends=True)


def rewrite(run: Run, lines: list[bytes]) -> None:
    (run.store.folder / "metrics.jsonl").write_bytes(b"".join(lines))


def test_a_cut_last_line_costs_only_itself(run: Run, crew: Crew) -> None:
    crew.last.take(3)
    lines = lines_of(run)
    rewrite(run, [*lines[:-1], lines[-1][:-20]])
    again = loaded(run)
    assert again.history.steps == 17
    assert again.status.warning == ""


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xfe\x80\x81\n",
        b"\n",
        b"[1, 2]\n",
        b'{"kind":"Steps"}\n',
        b'{"kind":"Exploded","step":1}\n',
        json.dumps(event_to_message(evaluation(1))).replace("0.5", "NaN").encode() + b"\n",
        json.dumps({**event_to_message(evaluation(1)), "loss": "low"}).encode() + b"\n",
    ],
)
def test_after_damage_in_the_middle_nothing_is_shown_as_if_it_were_complete(
    run: Run, crew: Crew, garbage: bytes
) -> None:
    crew.last.end("finished")
    lines = lines_of(run)
    rewrite(run, [*lines[:2], garbage, *lines[2:]])  # after the first ten steps
    again = loaded(run)
    assert again.history.losses().tolist() == run.history.losses().tolist()[:10]
    assert again.history.evaluations == []
    assert again.status.state == "finished"
    assert "could not be read" in again.status.warning


def test_a_missing_line_is_damage_too(run: Run) -> None:
    lines = lines_of(run)
    rewrite(run, [lines[0], *lines[2:]])
    again = loaded(run)
    assert again.history.steps == 0
    assert "could not be read" in again.status.warning


def test_lines_written_twice_count_once(run: Run) -> None:
    lines = lines_of(run)
    rewrite(run, [*lines, lines[-1]])
    again = loaded(run)
    assert_same_numbers(again, run)
    assert again.status.warning == ""


def test_the_warning_of_a_full_disk_comes_back(run: Run, crew: Crew) -> None:
    run.store.failure = "This run is no longer saved to disk: No space left on device."
    crew.last.end()
    edit_status(run, warning=run.store.failure)
    assert loaded(run).status.warning == run.store.failure


def test_an_end_nobody_knows_is_an_interruption(run: Run) -> None:
    message = event_to_message(Ended("exploded", 1, 17, 0.5))
    rewrite(run, [*lines_of(run), json.dumps(message).encode() + b"\n"])
    leave(run)
    assert loaded(run).status.state == "interrupted"


DEEP = b"[" * 200_000
HUGE = "1" + "0" * 400


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("config.json", None, DEEP),
        ("config.json", '"created": ', f'"created": {HUGE}, "was": '),
        ("config.json", '"secret_hash": "', '"secret_hash": "\\ud800'),
        ("config.json", '"lr": 0.25', f'"lr": {HUGE}'),
        ("config.json", '"config": {', '"config": 7, "was": {'),
    ],
)
def test_a_damaged_description_hurts_no_other_run(
    manager: RunManager, run: Run, crew: Crew, name: str, old: str | None, new: Any
) -> None:
    crew.last.end()
    other = manager.start(CONFIG, OWNER)
    path = run.store.folder / name
    if old is None:
        path.write_bytes(new)
    else:
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))
    with pytest.raises(RunNotFoundError, match="damaged on disk"):
        loaded(run)
    assert [one.id for one in owned_runs(OWNER, run.store.folder.parent)] == [other.id]
    manager.clean_up()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", int("9" * 4000)),
        ("message", "half \ud800 of a pair"),
        ("marks", [{"step": 10**400, "text": "far"}, {"step": -1, "text": "before"}]),
        ("changes", [{"step": 3, "name": "lr", "value": 10**400}]),
        ("state", {"state": {"state": "finished"}}),
    ],
)
def test_a_damaged_status_gives_what_a_page_can_show(run: Run, name: str, value: object) -> None:
    leave(run)
    edit_status(run, **{"marks": [], "changes": [], "state": "stopped", name: value})
    again = loaded(run)
    assert again.history.steps == 17
    assert again.status.lr == 0.125
    assert again.history.marks == again.changes == []
    assert json.dumps(again.description())
    again.status.message.encode()


def test_negative_totals_are_damage(run: Run) -> None:
    lines = [
        line.replace(b'"total_steps":2500', b'"total_steps":-5').replace(
            b'"steps_per_epoch":10', b'"steps_per_epoch":-10'
        )
        for line in lines_of(run)
    ]
    rewrite(run, lines)
    leave(run)
    again = loaded(run)
    assert (again.status.total_steps, again.history.steps) == (0, 0)
    assert "could not be read" in again.status.warning
