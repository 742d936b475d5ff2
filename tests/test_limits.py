"""What one visitor and one run may take of a server, and how a refusal reads."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from runs_fakes import Crew, Make

from playground.errors import InputError, RunLimitError
from playground.event_log import counts
from playground.runs import Limits, Run, RunManager
from playground.settings import Settings, read
from playground.training import TrainConfig
from playground.ui.kit import uploads
from playground.ui.pages.draw import picture_source

OWNER, OTHER = "correct horse battery staple", "somebody else"
SMALL = TrainConfig(train_size=640)


def test_limits_are_the_settings() -> None:
    settings = read({"PLAYGROUND_PROFILE": "hosted", "PLAYGROUND_LEASE_SECONDS": "77"})
    limits = Limits.of(settings)
    assert (limits.running, limits.queued, limits.per_visitor) == (1, 16, 4)
    assert (limits.epochs, limits.units, limits.channels, limits.batch) == (100, 1024, 32, 512)
    assert (limits.lease, limits.kept) == (77.0, 200)
    assert (limits.disk, limits.retention) == (4000 * 2**20, 14 * 24 * 3600)
    assert Limits.of(Settings()).lease == Limits().lease


TOO_LARGE = [
    ({"epochs": 21}, "epochs: 21, allowed: 20"),
    ({"batch_size": 65}, "the batch size: 65, allowed: 64"),
    ({"model_options": {"widths": [16, 700]}}, "the widest hidden layer: 700, allowed: 600"),
    ({"model": "hidden", "model_options": {"hidden": 601}}, "hidden layer: 601, allowed: 600"),
    ({"model": "cnn", "model_options": {"channels": 17}}, "channels: 17, allowed: 16"),
]
TIGHT = {"epochs": 20, "batch": 64, "units": 600, "channels": 16}


@pytest.mark.parametrize(("values", "words"), TOO_LARGE)
def test_a_run_that_is_too_large_is_refused(
    make: Make, crew: Crew, tmp_path: Path, values: dict[str, Any], words: str
) -> None:
    manager = make(**TIGHT)
    with pytest.raises(RunLimitError, match=f"{words}.*a machine of your own"):
        manager.start(TrainConfig(train_size=640, **values), OWNER)
    assert crew.workers == []
    assert list(tmp_path.iterdir()) == []
    make().start(TrainConfig(train_size=640, **values), OWNER)


def test_a_run_as_large_as_allowed_starts(make: Make) -> None:
    widths = {"widths": [600, 600]}
    config = TrainConfig(train_size=640, epochs=20, batch_size=64, model_options=widths)
    assert make(**TIGHT).start(config, OWNER).status.state == "starting"


def test_all_that_is_too_large_is_said_at_once(make: Make) -> None:
    config = TrainConfig(train_size=640, epochs=30, batch_size=100)
    with pytest.raises(RunLimitError, match=r"epochs: 30.*the batch size: 100"):
        make(**TIGHT).start(config, OWNER)


@pytest.mark.parametrize("widths", ["many", None, [None], [[9999]], {"a": 1}])
def test_options_that_make_no_sense_are_left_to_the_network(make: Make, widths: Any) -> None:
    config = TrainConfig(train_size=640, model_options={"widths": widths})
    assert make(**TIGHT).start(config, OWNER).status.state == "starting"


def test_a_large_run_of_before_is_not_continued(make: Make, crew: Crew) -> None:
    before = make()
    run = before.start(TrainConfig(train_size=640, epochs=21), OWNER)
    crew.last.begin()
    crew.last.end("stopped")
    before.close()
    with pytest.raises(RunLimitError, match="epochs: 21, allowed: 20"):
        make(**TIGHT).continue_run(run.id, OWNER)


def test_one_visitor_leaves_room_for_others(make: Make, crew: Crew) -> None:
    manager = make(per_visitor=2)
    mine = [manager.start(SMALL, OWNER) for _ in range(2)]
    with pytest.raises(RunLimitError, match=r"You have 2 runs.*Allowed: 2 at a time.*Stop one"):
        manager.start(SMALL, OWNER)
    assert manager.start(SMALL, OTHER).status.place == 2
    manager.stop(mine[1].id, OWNER)
    assert manager.start(SMALL, OWNER).status.state == "queued"
    crew.last.begin()
    crew.last.end()
    manager.start(SMALL, OWNER)  # the first has ended, so that there is room for one
    with pytest.raises(RunLimitError, match="Allowed: 2"):
        manager.start(SMALL, OWNER)


def test_a_run_whose_worker_died_counts_no_more(make: Make, crew: Crew) -> None:
    manager = make(per_visitor=1)
    run = manager.start(SMALL, OWNER)
    with pytest.raises(RunLimitError, match="You have 1 run that"):
        manager.start(SMALL, OWNER)
    crew.last.die("it was killed by SIGKILL")
    assert manager.continue_run(run.id, OWNER).status.state == "starting"
    with pytest.raises(RunLimitError):
        manager.start(SMALL, OWNER)


def test_a_start_without_a_process_costs_no_place(make: Make, crew: Crew) -> None:
    manager = make(per_visitor=1)
    crew.refuses = True
    with pytest.raises(Exception, match="no memory"):
        manager.start(SMALL, OWNER)
    crew.refuses = False
    assert manager.start(SMALL, OWNER).status.state == "starting"


def test_restart_takes_the_place_of_its_run(make: Make, crew: Crew) -> None:
    manager = make(per_visitor=1)
    run = manager.start(SMALL, OWNER)
    crew.last.begin()
    crew.last.end()
    assert manager.restart(run.id, OWNER).status.state == "starting"


@pytest.mark.parametrize(
    ("limits", "config"),
    [({"per_visitor": 1}, SMALL), ({"queued": 0}, SMALL), ({"epochs": 9}, TrainConfig(epochs=10))],
)
def test_each_refusal_is_a_line(
    make: Make, caplog: pytest.LogCaptureFixture, limits: dict[str, int], config: TrainConfig
) -> None:
    manager = make(**limits)
    manager.start(SMALL, OWNER)
    before = counts().get("limit_refused", 0)
    with caplog.at_level(logging.INFO, logger="playground"), pytest.raises(RunLimitError):
        manager.start(config, OWNER)
    [line] = [r.getMessage() for r in caplog.records if "limit_refused" in r.getMessage()]
    assert OWNER not in line
    assert line.startswith("event=limit_refused visitor=")
    assert counts()["limit_refused"] == before + 1


# Pauses -------------------------------------------------------------------------------------


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr("playground.runs.leases.time.monotonic", lambda: moment[0])
    return moment


def paused_run(manager: RunManager, crew: Crew) -> Run:
    run = manager.start(SMALL, OWNER)
    crew.last.begin()
    manager.pause(run.id, OWNER)
    crew.last.obey()
    return run


def attend(manager: RunManager) -> float | None:
    """What the supervisor does when it wakes."""
    with manager._changed:
        return manager._scheduler.attend()


def test_a_paused_run_makes_way_for_those_who_wait(
    make: Make, crew: Crew, now: list[float]
) -> None:
    manager = make(pause=60.0)
    run = paused_run(manager, crew)
    now[0] += 500  # alone it may be paused for as long as it likes
    waiting = manager.start(SMALL, OTHER)
    assert attend(manager) == pytest.approx(60)
    now[0] += 59
    attend(manager)
    assert "stop" not in crew.last.done
    now[0] += 1
    attend(manager)
    attend(manager)
    assert crew.last.done.count("stop") == 1
    crew.last.obey()
    assert run.status.state == "stopped"
    assert "paused for 60 s while others waited" in run.status.message
    assert waiting.status.state == "starting"
    assert manager.continue_run(run.id, OWNER).status.state == "queued"


def test_nobody_waits_nobody_is_stopped(make: Make, crew: Crew, now: list[float]) -> None:
    manager = make(pause=60.0)
    paused_run(manager, crew)
    now[0] += 599
    attend(manager)
    assert "stop" not in crew.last.done


@pytest.mark.parametrize("command", ["step", "resume"])
def test_who_goes_on_keeps_the_place(
    make: Make, crew: Crew, now: list[float], command: str
) -> None:
    manager = make(pause=60.0)
    run = paused_run(manager, crew)
    manager.start(SMALL, OTHER)
    for _ in range(3):
        now[0] += 40
        if run.status.state == "paused":
            getattr(manager, command)(run.id, OWNER)
            crew.last.obey()
        attend(manager)
    assert "stop" not in crew.last.done


# Uploads ------------------------------------------------------------------------------------


@pytest.fixture
def small_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads.settings, "current", lambda: Settings(upload_mb=2))


@pytest.mark.usefixtures("small_uploads")
def test_a_file_is_refused_by_the_smaller_of_two_limits() -> None:
    assert (uploads.upload_limit(1), uploads.upload_limit(64)) == (1, 2)
    uploads.require_upload("The file", 2 * 2**20, 64)
    with pytest.raises(InputError, match=r"The file has 3\.0 MB.*at most 2 MB.*smaller"):
        uploads.require_upload("The file", 3 * 2**20, 64)
    with pytest.raises(InputError, match="at most 1 MB"):
        uploads.require_upload("The file", 2 * 2**20, 1)


@pytest.mark.usefixtures("small_uploads")
def test_what_is_too_large_is_not_even_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    large = SimpleNamespace(file_id="1", size=3 * 2**20, getvalue=lambda: pytest.fail("read"))
    monkeypatch.setattr(uploads.st, "session_state", {})
    with caplog.at_level(logging.INFO, logger="playground"):
        taken = uploads.take_upload("taken", large, picture_source._read, "picture")  # type: ignore[arg-type]
    assert "The picture has 3.0 MB" in taken.problem
    assert f"event=upload_refused what=picture bytes={3 * 2**20} reason=" in caplog.text
