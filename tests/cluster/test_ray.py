"""Runs on a real cluster of this machine: seen and steered from two servers of the app, and going
on whatever is killed or frozen. `pytest -s` tells the seconds until the next point of each.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from devtools.cluster import ROOT, Cluster, Machine, cluster
from devtools.serving import serve
from playground.training import TrainConfig

OWNER = "correct horse battery staple"
SERVER = Path(__file__).with_name("app_server.py")
MOVED, CONTINUED = "moved to another machine", "continued"
EPOCH = 100  # steps; after each there is a full state
ENDLESS = TrainConfig(
    model="hidden", model_options={"hidden": 32}, train_size=6400, epochs=900, device="cpu"
)


class RefusedError(Exception):
    """What the page would say."""


class AppServer:
    """A mirror in a process of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def hear(self) -> Any:
        assert self.process.stdout is not None
        said = json.loads(self.process.stdout.readline() or '{"refused": "it has gone"}')
        if "refused" in said:
            raise RefusedError(said["refused"])
        return said["answer"]

    def tell(self, do: str, *given: Any, **named: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, "given": given, "named": named}) + "\n")
        self.process.stdin.flush()
        return self.hear()

    def start(self, config: TrainConfig) -> str:
        run_id: str = self.tell("start", OWNER, **config.to_dict())
        return run_id

    def until(self, run_id: str, state: str = "", step: int = 0, marks: int = 0) -> Any:
        return self.tell("until", run_id, state, step, marks)

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    with cluster(2, {"PLAYGROUND_THREADS": "1"}) as started:
        yield started


@contextmanager
def joined(running: Cluster) -> Iterator[AppServer]:
    server = AppServer(running.env)
    try:
        assert server.hear() == "joined"
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def server(running: Cluster) -> Iterator[AppServer]:
    with joined(running) as one:
        yield one


@pytest.fixture(scope="module", autouse=True)
def stranger(running: Cluster) -> Iterator[AppServer]:
    """One that has another token. It takes some 20 seconds to learn that."""
    one = AppServer({**running.env, "RAY_AUTH_TOKEN": "0" * 64})
    yield one
    one.process.kill()
    one.close()


def processes(machine: Machine, name: str) -> list[psutil.Process]:
    """Those whose command line has a name in it."""
    found = []
    for process in machine.tree():
        try:
            if name in " ".join(process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


Used = tuple[float, Machine, psutil.Process]


def used(running: Cluster) -> list[Used]:
    """Seconds of processor that the training process of each machine takes meanwhile, the most
    last, once all are there and have imported PyTorch.
    """
    while True:
        there = [
            (machine, worker)
            for machine in running.machines
            for worker in processes(machine, "playground.runs.worker")
        ]
        try:
            before = [sum(worker.cpu_times()[:2]) for _, worker in there]
            time.sleep(0.3)
            found = [
                (sum(worker.cpu_times()[:2]) - was, machine, worker)
                for (machine, worker), was in zip(there, before, strict=True)
            ]
            are_warm = all(worker.memory_info().rss > 300 * 2**20 for _, worker in there)
        except psutil.NoSuchProcess:
            continue
        if len(there) == len(running.machines) and are_warm:
            return sorted(found, key=lambda each: each[0])


def busy(running: Cluster) -> tuple[Machine, psutil.Process]:
    """The machine that trains and its training process, once the others have nothing to do."""
    while True:
        *others, (most, machine, worker) = used(running)
        if most > 0.0 and not any(each[0] for each in others):
            return machine, worker


def quiet(running: Cluster) -> None:
    """All training processes are ready, and wait."""
    while any(each[0] for each in used(running)):
        pass


def test_two_servers_see_and_steer_a_run(running: Cluster, server: AppServer) -> None:
    with joined(running) as other:
        run_id = server.start(ENDLESS)
        server.until(run_id, "running", step=10)
        other.until(run_id, "running", step=10)
        with pytest.raises(RefusedError, match="NotOwnerError"):
            other.tell("pause", run_id, "somebody else")
        other.tell("pause", run_id, OWNER)
        paused = server.until(run_id, "paused")
        server.tell("step", run_id, OWNER, 3)
        seen = other.until(run_id, "paused", step=len(paused["losses"]) + 3)
        assert len(seen["losses"]) == len(paused["losses"]) + 3
        same = server.until(run_id, "paused", step=len(seen["losses"]))
        assert same["losses"] == seen["losses"]
        assert seen["snapshots"]
        other.tell("resume", run_id, OWNER)
        server.until(run_id, "running", step=len(seen["losses"]) + 1)
        # A server that is killed takes nothing with it.
        other.process.kill()
        server.until(run_id, "running", step=len(seen["losses"]) + 100)
        server.tell("stop", run_id, OWNER)
        server.until(run_id, "stopped")


def test_losses_after_two_kills_are_those_of_a_run_that_was_left_alone(
    running: Cluster, server: AppServer
) -> None:
    run_id = server.start(ENDLESS)  # however fast it is, it is not over before it is killed
    server.until(run_id, "running", step=300)
    busy(running)[1].kill()
    server.until(run_id, "running", step=600, marks=1)
    server.tell("pause", run_id, OWNER)  # until there is a process in reserve
    server.until(run_id, "paused")
    quiet(running)
    server.tell("resume", run_id, OWNER)
    busy(running)[1].parents()[0].kill()
    again = server.until(run_id, "running", marks=2)["marks"][1][0]
    server.until(run_id, "running", step=max(2000, again + 200))
    server.tell("stop", run_id, OWNER)
    killed = server.until(run_id, "stopped")
    assert [text for _, text in killed["marks"]] == [CONTINUED, CONTINUED]

    steps, epochs = len(killed["losses"]), len(killed["tests"])
    alone = server.start(ENDLESS)
    server.until(alone, "running", step=steps + EPOCH)
    server.tell("stop", alone, OWNER)
    whole = server.until(alone, "stopped")
    assert killed["losses"] == whole["losses"][:steps]
    assert killed["tests"] == whole["tests"][:epochs]


def lost(name: str, server: AppServer, run_id: str, what: Callable[[], None]) -> dict[str, Any]:
    """Take something away; the run as it is with its next point."""
    before = server.until(run_id, "running", step=1)
    marks = len(before["marks"])
    began = time.monotonic()
    what()
    server.until(run_id, "", marks=marks + 1)
    step = server.tell("see", run_id)["marks"][-1][0]
    seen: dict[str, Any] = server.until(run_id, "running", step=step + 1, marks=marks + 1)
    sys.stdout.write(f"\n{name}: next point after {seen['at'] - began:.1f} s\n")
    return seen


def test_a_run_goes_on_whatever_is_lost(running: Cluster, server: AppServer) -> None:
    run_id = server.start(ENDLESS)
    server.until(run_id, "running", step=200)
    seen = lost("training process", server, run_id, lambda: busy(running)[1].kill())
    assert "Its training process was lost" in seen["message"]

    machine = busy(running)[0]
    seen = lost("machine", server, run_id, machine.kill)
    assert seen["marks"][-1][1] == MOVED
    assert "It moved to another machine" in seen["message"]
    running.machines.remove(machine)
    load = server.tell("load")
    while sum(is_alive for _, is_alive, _, slots in load["nodes"] if slots) > len(running.machines):
        time.sleep(0.1)  # the head notices later than the hub
        load = server.tell("load")
    [run, origin, target, _, what] = load["moves"][0]
    assert (run, what) == (run_id, "machine")
    known = {name: (is_alive, used) for name, is_alive, used, slots in load["nodes"] if slots}
    assert (known[origin][0], known[target]) == (False, (True, 1))
    assert load["counts"]["run_lost"] == load["counts"]["run_moved"]

    running.add()
    busy(running)  # the new machine's training process too, which the hub starts, is ready
    (hub,) = processes(running.head, "HubProcess")
    marks = len(seen["marks"])
    hub.suspend()
    quiet(running)  # the host has kept what it may, and the training process waits
    known = server.tell("see", run_id)
    hub.resume()
    seen = server.until(run_id, "running", step=len(known["losses"]) + 200)
    assert len(seen["marks"]) == marks, "who only waits for the hub has lost nothing"

    seen = lost("hub", server, run_id, hub.kill)
    assert seen["marks"][-1][1] == CONTINUED

    machine = busy(running)[0]
    frozen = machine.signal
    seen = lost("machine, frozen", server, run_id, lambda: frozen(signal.SIGSTOP) and None)
    assert seen["marks"][-1][1] == MOVED
    left = machine.signal(signal.SIGCONT)
    server.until(run_id, "running", step=len(seen["losses"]) + 200)
    assert psutil.wait_procs(left, timeout=60.0)[1] == [], "a machine that was given up ends itself"
    machine.process.wait(60.0)
    running.machines.remove(machine)

    server.tell("pause", run_id, OWNER)
    told = server.until(run_id, "paused")
    with joined(running) as other:
        assert other.until(run_id, "paused")["losses"] == told["losses"]
    steps = [json.loads(line) for line in metrics(running, run_id)]
    reported = [loss for each in steps if each["kind"] == "Steps" for loss in each["losses"]]
    assert reported == told["losses"], "no gap, and no double point"
    server.tell("stop", run_id, OWNER)
    server.until(run_id, "stopped")


def test_a_head_that_is_lost_with_the_hub_is_replaced(running: Cluster, server: AppServer) -> None:
    run_id = server.start(ENDLESS)
    server.until(run_id, "running", step=300)

    def lose_head() -> None:
        running.head.kill()
        running.restart_head()

    lost("head and hub, restart included", server, run_id, lose_head)
    with joined(running) as other:
        other.tell("stop", run_id, OWNER)
        server.until(run_id, "stopped")


def test_a_sweep_goes_on_on_two_machines_when_the_hub_is_lost(
    running: Cluster, server: AppServer
) -> None:
    while len(running.machines) < 2:
        running.add()
    few = replace(ENDLESS, epochs=3)
    sweep_id = server.tell("sweep", OWNER, 6, **few.to_dict())
    server.tell("until swept", sweep_id, 1)
    (hub,) = processes(running.head, "HubProcess")
    # Some that start join the lost hub, some while there is none, some the next one.
    starting = [AppServer(running.env)]
    time.sleep(1.0)
    hub.kill()
    for _ in range(3):
        starting.append(AppServer(running.env))
        time.sleep(0.7)
    assert [one.hear() for one in starting] == ["joined"] * 4
    swept = starting[-1].tell("until swept", sweep_id, 6)
    for one in starting:
        one.close()
    assert [one["state"] for one in swept["results"]] == ["finished"] * 6
    assert len(set(swept["runs"])) == 6
    assert [len(one["tests"]) for one in swept["results"]] == [3] * 6
    alone = server.start(replace(few, seed=5))
    whole = server.until(alone, "finished")
    last = server.tell("see", swept["runs"][5])
    assert (last["losses"], last["tests"]) == (whole["losses"], whole["tests"])


def metrics(running: Cluster, run_id: str) -> list[str]:
    path = Path(running.env["PLAYGROUND_HOME"]) / "runs" / run_id / "metrics.jsonl"
    return path.read_text().splitlines()


def test_the_app_is_served_on_a_cluster_and_refuses_to_be_without_a_token(
    running: Cluster, tmp_path: Path
) -> None:
    with serve("app.py", log_path=tmp_path / "log", env=running.env) as app:
        with urllib.request.urlopen(f"{app.url}/metrics") as answer:  # noqa: S310
            assert b'playground_workers{state="idle"}' in answer.read()
        app.process.terminate()
        assert app.process.wait(30.0) in (0, -signal.SIGTERM, signal.SIGTERM)
        assert b"Traceback" not in app.log.read_bytes()
    env = {name: value for name, value in running.env.items() if name != "RAY_AUTH_TOKEN"}
    told = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"],
        env={**env, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60.0,
    )
    assert "The playground does not start. A cluster is joined with a token" in told.stderr
    assert "Traceback" not in told.stderr
    assert told.returncode == 2


def test_with_a_wrong_token_nobody_joins(stranger: AppServer) -> None:
    with pytest.raises(RefusedError, match="cannot be joined"):
        stranger.hear()


def test_without_a_token_nobody_joins(running: Cluster, tmp_path: Path) -> None:
    env = {**running.env, "HOME": str(tmp_path)}
    del env["RAY_AUTH_TOKEN"]
    for mode, words in (("token", "none is set"), ("disabled", "RAY_AUTH_MODE is 'disabled'")):
        server = AppServer({**env, "RAY_AUTH_MODE": mode})
        with pytest.raises(RefusedError, match=words):
            server.hear()
        server.close()
    assert os.environ.get("RAY_AUTH_TOKEN") is None
