"""The Train page of a running server, without a browser: what it sends, and how runs end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from training_server import (
    ENDLESS,
    start,
    state_of,
    training_processes,
    wait_for_end,
    wait_until,
)

from devtools.serving import Server, serve
from devtools.visitors import Visitor, visiting
from playground.networks import NETWORKS
from playground.runs import RunManager

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(600)
OWNER = "train-server" * 3
MOST_BYTES_A_TICK = 7 * 1024
SECONDS_TO_BE_GONE = 5
TINY = {"model": NETWORKS["linear"].title, "epochs": "1", "examples": "640"}


def tick(visitor: Visitor) -> int:
    """The page's timer comes round: bytes that the page gets."""
    chart = visitor.component("playground_live_chart")
    visitor.run(fragment=chart.fragment, automatic=True)
    return len(visitor.received)


def test_a_tick_costs_the_same_however_long_the_run_is_and_its_end_brings_the_rest(
    server: Server,
) -> None:
    settings = {**TINY, "epochs": "10", "examples": "4000", "batch": "8"}  # 100 rows an epoch
    with visiting(server.url, "train", settings, secret=OWNER) as page:
        run = start(server, page)
        with visiting(server.url, "train", {"run": run}, secret=OWNER) as steering:
            steering.press(steering.buttons()["Pause"])
            wait_until(lambda: state_of(server, run) == "paused")
            page.run()
            for _ in range(5):
                steering.run()
                before = evaluations_of(server, run)
                steering.press(steering.buttons()["To epoch's end"])
                wait_until(lambda: evaluations_of(server, run) > before)  # noqa: B023
                wait_until(lambda: state_of(server, run) == "paused")
            tick(page)  # with it comes what was still on its way
            early, *ticks = [tick(page) for _ in range(3)]
            steering.run()
            steering.press(steering.buttons()["Stop"])
            wait_for_end(server, page, run)
        nothing_left = tick(page)
    # Each carries as many rows as a tick may, of a history that has many more.
    assert max(early, *ticks) <= MOST_BYTES_A_TICK
    assert max(abs(size - early) for size in ticks) < 100
    assert nothing_left < 0.8 * early


def evaluations_of(server: Server, run: str) -> int:
    return (server.log.parent / "runs" / run / "metrics.jsonl").read_text().count('"Evaluation"')


def test_what_cannot_be_trained_is_said(server: Server) -> None:
    wrong = {"nesterov": "true", "momentum": "0", "epochs": "nonsense", "lr": "-5"}
    with visiting(server.url, "train", wrong, secret=OWNER) as visitor:
        visitor.press(visitor.buttons()["Start"])
        assert "nesterov needs the optimizer" in visitor.texts()
        assert "run" not in visitor.query
    with visiting(server.url, "train", {"run": "../../etc/passwd"}, secret=OWNER) as visitor:
        assert "is no run id" in visitor.texts()
        assert not visitor.buttons()["Start"].disabled


def test_a_run_that_diverges_says_why(server: Server) -> None:
    with visiting(server.url, "train", {"epochs": "1", "lr": "100000"}, secret=OWNER) as visitor:
        wait_for_end(server, visitor, start(server, visitor))
        assert "Start again with a smaller learning rate" in visitor.texts()
        assert not visitor.buttons()["Start"].disabled


def look_again(watcher: Visitor) -> str:
    """The page's timer comes round: what it says then."""
    (timer,) = watcher.timers
    watcher.run(fragment=timer, automatic=True)
    return watcher.texts()


def test_who_watches_what_has_ended_sees_that_it_goes_on(server: Server) -> None:
    with visiting(server.url, "train", ENDLESS, secret=OWNER) as owner:
        run = start(server, owner)
        owner.press(owner.buttons()["Stop"])
        wait_for_end(server, owner, run)
        with visiting(server.url, "train", {"run": run}) as watcher:
            assert "You are watching" not in watcher.texts() + look_again(watcher)
            owner.press(owner.buttons()["Resume"])
            assert "You are watching" in look_again(watcher)
        owner.press(owner.buttons()["Stop"])
        wait_for_end(server, owner, run)
    with visiting(server.url, "train", {**ENDLESS, "lab": "sweep"}, secret=OWNER) as owner:
        owner.press(owner.buttons()["Start the sweep"])
        owner.press(owner.buttons()["Stop all"])
        sweep = owner.query["sweep"]
        with visiting(server.url, "train", {"lab": "sweep", "sweep": sweep}) as watcher:
            assert "Stopped, 0 of" in watcher.texts()
            assert "Running, 0 of" not in look_again(watcher)
            owner.press(owner.buttons()["Go on"])
            assert "Running, 0 of" in look_again(watcher)
            owner.press(owner.buttons()["Stop all"])


def test_a_rate_that_is_changed_elsewhere_is_told(server: Server) -> None:
    with visiting(server.url, "train", ENDLESS, secret=OWNER) as owner:
        run = start(server, owner)
        with visiting(server.url, "train", {"run": run}) as watcher:
            fields = [each.number_input for each in owner.elements]
            (rate,) = [each for each in fields if each.label == "Learning rate"]
            owner.run(WidgetState(id=rate.id, double_value=0.02))
            tick(watcher)
            assert "This run has learning rate 0.02" in watcher.texts()
        owner.press(owner.buttons()["Stop"])
        wait_for_end(server, owner, run)


def test_a_killed_worker_is_an_interrupted_run(server: Server) -> None:
    with visiting(server.url, "train", ENDLESS, secret=OWNER) as visitor:
        run = start(server, visitor)
        (worker,) = training_processes(server)
        worker.kill()
        wait_for_end(server, visitor, run)
        assert "killed by SIGKILL" in visitor.texts()
        assert "Interrupted ·" in visitor.texts()
        wait_until(lambda: len(training_processes(server)) == 1)
    with visiting(server.url, "train", TINY, secret=OWNER) as visitor:
        wait_for_end(server, visitor, start(server, visitor))  # a new worker took over
        assert "Finished ·" in visitor.texts()


@pytest.mark.parametrize(
    ("ending", "path", "title"),
    [(signal.SIGTERM, "train", "Watch a network learn"), (signal.SIGKILL, "", "Playground")],
)
def test_a_server_gives_the_whole_page_at_once_and_nothing_of_ours_outlives_it(
    ending: signal.Signals, path: str, title: str, tmp_path: Path
) -> None:
    env = {"PLAYGROUND_HOME": str(tmp_path)}
    with serve("app.py", log_path=tmp_path / "log", env=env) as server:
        with visiting(server.url, path) as first:  # a deep link as its very first request
            assert title in first.texts()
            for page in ("Home", "Softmax", "Cross-entropy", "Train", "Draw"):
                assert page in first.texts()
            assert path != "train" or not first.buttons()["Start"].disabled
        with visiting(server.url, "train", ENDLESS, secret=OWNER) as visitor:
            run = start(server, visitor)
        ours = psutil.Process(server.process.pid).children(recursive=True)
        assert training_processes(server)
        os.kill(server.process.pid, ending)
        server.process.wait(SECONDS_TO_BE_GONE)
        _, alive = psutil.wait_procs(ours, timeout=SECONDS_TO_BE_GONE)
        assert alive == []
    again = RunManager(root=tmp_path / "runs")  # as of a server that is started now
    try:
        status, history = again.get(run).status, again.get(run).history
    finally:
        again.close()
    assert status.state == "interrupted"
    assert "while this run was going on" in status.message
    assert history.steps > 0
