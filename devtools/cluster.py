"""A Ray cluster on this machine: each of its machines is a group of processes on the loopback.

All of it is started one after the other, as two `ray start` at once collide, and ended by its own
handles. Ray is not imported here.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = "127.0.0.1"
_START_SECONDS, _STOP_SECONDS = 120.0, 10.0
# Ray takes 127.0.0.1 for the machine's address in its network, and would listen there. A program
# that joins is told otherwise by a variable, which `ray start` does not accept. Beside machines
# that wait for a head it would also refuse to start one.
_LOOPBACK = f"""
from ray._private import services
services.get_node_ip_address = lambda address=None: {ADDRESS!r}
services.find_gcs_addresses = set
from ray.scripts.scripts import main
main()
"""
_JOINS_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}

# A machine counts as lost after some three seconds without a word.
_CHECKS = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}


class Machine:
    """One `ray start`, with all that it has started."""

    def __init__(self, words: list[str], env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _LOOPBACK, "start", "--block", *words],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        for _ in range(int(_START_SECONDS * 10)):
            if b"Ray runtime started." in self.log.read_bytes():
                return
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)
                break
        self.kill()
        raise RuntimeError(f"Ray did not start:\n{self.log.read_text(errors='replace')}")

    def tree(self) -> list[psutil.Process]:
        """Its processes, those that started others first."""
        with suppress(psutil.NoSuchProcess):
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        return []

    def signal(self, number: signal.Signals) -> list[psutil.Process]:
        """Tell all of them the same; those that were told."""
        told = self.tree()
        for process in told:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        return told

    def kill(self) -> None:
        """Lose the machine, as in a power cut: what is asked to leave takes ten times as long."""
        self.signal(signal.SIGSTOP)  # else one starts another while the others end
        told = self.signal(signal.SIGKILL)
        psutil.wait_procs(told, timeout=_STOP_SECONDS)
        self.process.wait(_STOP_SECONDS)


class Cluster:
    """A head, where hubs live, and machines that train.

    Args:
        folder: of logs, of Ray's own files and of the playground's home; short, as a path of a
            socket has at most 107 characters.
        env: environment variables on top of this process's own.

    Attributes:
        env: what a server of the app needs to join.
    """

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._port = free_port()
        self._token = secrets.token_hex(32)
        self._env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PLAYGROUND_HOME": str(folder / "home"),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self._token,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_worker_niceness": "0",  # Ray's 15 would hold for the hub, too
            "RAY_gcs_rpc_server_reconnect_timeout_s": "600",
            **(env or {}),
        }
        address = {"PLAYGROUND_CLUSTER": f"{ADDRESS}:{self._port}"}
        self.env = {**self._env, **_JOINS_LOOPBACK, **address}
        self.machines: list[Machine] = []
        self.head = self._start_head()

    def _start_head(self) -> Machine:
        words = ["--head", f"--port={self._port}", "--num-cpus=0", '--resources={"keeper":1}']
        words += ["--include-dashboard=false", f"--temp-dir={self.folder / 'ray'}"]
        kept = {
            "RAY_gcs_storage": "rocksdb",
            "RAY_gcs_storage_path": str(self.folder / "gcs"),
        }
        return self._start(words, {**self._env, **_CHECKS, **kept}, "head")

    def restart_head(self) -> None:
        """Start a head in place of one that was lost; the others have waited for it."""
        self.head = self._start_head()

    def add(self, runs: int = 1) -> Machine:
        """Start a machine that trains so many runs at a time."""
        name = f"machine-{len(self.machines)}"
        words = [f"--address={ADDRESS}:{self._port}", f"--num-cpus={runs}"]
        self.machines.append(self._start(words, self._env, name))
        return self.machines[-1]

    def _start(self, words: list[str], env: Mapping[str, str], name: str) -> Machine:
        words = [*words, f"--node-name={name}", f"--node-ip-address={ADDRESS}"]
        words += ["--object-store-memory=80000000"]
        words += ["--disable-usage-stats", "--min-worker-port=0", "--max-worker-port=0"]
        return Machine(words, env, self.folder / f"{name}.log")

    def stop(self) -> None:
        """End all of it, the head last."""
        for machine in [*self.machines, self.head]:
            machine.kill()


@contextmanager
def cluster(machines: int, env: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster with so many machines that train, until the block ends."""
    # Not below TMPDIR: a socket's path may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="sp-", dir="/tmp"))
    running = Cluster(folder, env)
    try:
        for _ in range(machines):
            running.add()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
