"""A Streamlit server of one's own, started and stopped by its own handle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180
STOP_SECONDS = 10
# Two threads that wait for each other on a busy machine train at half the speed of one.
_ENVIRONMENT = {"PLAYGROUND_THREADS": "1"}
# Whatever proxy there is for all else: what is on this machine is asked directly, also by pip.
_DIRECTLY = (urllib.request.getproxies_environment().get("no"), "127.0.0.1")
os.environ["no_proxy"] = ",".join(filter(None, _DIRECTLY))


logs: list[Path] = []
"""Of all servers that this process has started."""


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, its process, and what it has written."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


def serve(
    app_path: Path | str,
    *,
    log_path: Path,
    env: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> AbstractContextManager[Server]:
    """Run `streamlit run app_path` until the block ends.

    Args:
        app_path: the script, absolute or relative to the repository.
        log_path: file that takes all the server writes.
        env: environment variables on top of this process's own.
        options: more options of `streamlit run`.
    """
    command = (sys.executable, "-m", "streamlit", "run", str(app_path))
    return serve_command(command, log_path=log_path, env=env, options=options)


@contextmanager
def serve_command(
    command: tuple[str, ...],
    *,
    log_path: Path,
    env: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
    folder: Path = ROOT,
) -> Iterator[Server]:
    """Run a command that takes the options of `streamlit run` until the block ends.

    Args:
        folder: where it is called; the others are as in `serve`.
    """
    port = _free_port(command[-1])
    words = [*command, "--server.headless", "true", "--server.port", str(port)]
    words += ["--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false", *options]
    if log_path not in logs:
        logs.append(log_path)
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env={**_ENVIRONMENT, **os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own: its children end with it
        )
    server = Server(f"http://127.0.0.1:{port}", process, log_path)
    try:
        _wait_until_healthy(server)
        yield server
    finally:
        _stop(process)


_ports: dict[str, int] = {}
"""Where each app was served last: browsers keep what they compile by its address."""


def _free_port(app: str) -> int:
    for port in (_ports.get(app, 0), 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            _ports[app] = int(probe.getsockname()[1])
            return _ports[app]
    raise RuntimeError("No port of 127.0.0.1 is free.")


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    state = server.process.poll()
    written = server.log.read_text(errors="replace")
    raise RuntimeError(
        f"The server was not healthy within {START_SECONDS} s (exit status {state}):\n{written}"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and whatever it has started, within a bounded time."""
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait(STOP_SECONDS)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)
