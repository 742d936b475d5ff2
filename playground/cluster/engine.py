"""The engine of a cluster: Ray starts the hub and the hosts of training processes on its machines,
starts them again when they are lost, and carries what they say.

A hub is one actor that outlives whoever started it. A host is an actor with one training process
of today's kind; it takes one processor of its machine. Hub and hosts must find this package and the
same `PLAYGROUND_HOME`.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayError, RayTaskError

from playground import settings
from playground.cluster.hub import Cursor, Feed, Hub, Seen
from playground.cluster.mirror import HubAwayError, Mirror
from playground.errors import WorkerError, in_short
from playground.event_log import count, log_to_stderr
from playground.runs import Limits, Node, RunManager
from playground.runs.fence import Fence, latest_hub
from playground.runs.process import LocalWorker, OnExit, OnMessage, Worker
from playground.runs.protocol import Message
from playground.runs.store import runs_folder

_log = logging.getLogger(__name__)

_NAMESPACE, _HUB = "softmax-playground", "hub"
# Of the machine that a hub may work on, and the share of it that one takes: it names a place.
_KEEPER = {"keeper": 0.001}
_MOST_MIRRORS = 64
# Seconds: for an answer to a command, and beyond what the hub may keep a question.
_ANSWER, _LATE = 60.0, 10.0
# Seconds without an answer of the hub after which the cluster is joined again.
_REJOIN = 10.0
# Seconds until a machine that could not be reached is asked again.
_AGAIN = 0.2
# Frames of a training process that wait to be taken; then it waits, too.
_MOST_FRAMES = 64
# Seconds from one report of a host to the next, if it has only progress to tell.
_PACE = 0.2
_ADVICE = (
    "Set RAY_AUTH_TOKEN, or RAY_AUTH_TOKEN_PATH to a file with it, to the token that the head was "
    "started with; docs/operating.md says how one is made"
)


# Seconds between two looks at how many processors the cluster has.
_LOOK = 1.0
# Machines that were lost and are remembered.
_MOST_LOST = 20
# Times that a run goes on by itself without getting further.
_LOSSES = 3


def connect(
    address: str, limits: Limits, *, watched: Callable[[], Collection[str]] = tuple
) -> Mirror:
    """Join a cluster, and start its hub if it has none.

    Args:
        address: of the head, as HOST:PORT.

    Raises:
        WorkerError: without a token, with a wrong one, or if nobody answers there.
    """
    _require_token()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Else this process ends, with status 1, when the head has been away for a minute.
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "600")
    return Mirror(_RayLink(address), limits, watched=watched)


def _join(address: str) -> Any:
    """The hub's actor.

    Raises:
        WorkerError: as of `connect`.
    """
    try:
        with _own_signals():
            ray.init(
                address=address,
                namespace=_NAMESPACE,
                log_to_driver=False,
                configure_logging=False,
                logging_level=logging.WARNING,
            )
        before = latest_hub(runs_folder())
        hub = _HubActor.options(name=_HUB, get_if_exists=True, lifetime="detached").remote()
        number = ray.get(hub.number.remote(), timeout=_ANSWER)
    except (RayError, RuntimeError, ConnectionError, ValueError) as error:
        raise WorkerError(
            f"The cluster at {address} cannot be joined: {in_short(error)}",
            advice=f"Look whether the head is there. {_ADVICE}",
        ) from error
    # A hub that was lost meanwhile answered with its own number, or the next one with a new one.
    if number not in (before, latest_hub(runs_folder())):
        raise WorkerError(
            f"The hub's runs are not those in {runs_folder()}",
            advice="Set PLAYGROUND_HOME to one folder that all machines share",
        )
    return hub


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep what this process does when it is asked to end: Ray would have it end at once."""
    is_main = threading.current_thread() is threading.main_thread()
    known = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in known.items():
            if is_main and handler is not None:
                signal.signal(number, handler)


def _require_token() -> None:
    """Refuse a cluster that anybody may use: whoever joins one has its machines do anything."""
    mode = os.environ.setdefault("RAY_AUTH_MODE", "token")
    if mode != "token":
        raise WorkerError(
            f"RAY_AUTH_MODE is {mode!r}", allowed="token", advice="Unset it, and set a token"
        )
    path = Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")
    if not os.environ.get("RAY_AUTH_TOKEN") and not path.is_file():
        raise WorkerError("A cluster is joined with a token, and none is set", advice=_ADVICE)


class _RayLink:
    """A `Link` to the hub's actor. If that does not answer for long it joins again: what Ray knows
    of an actor is never put right when head and actor were lost together.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._hub = _join(address)
        self._changed = threading.Condition()
        self._is_open, self._asking = True, 0
        self._heard = time.monotonic()

    def call(self, name: str, *args: Any, **named: Any) -> Any:
        return self._answer(_ANSWER, "call", name, *args, **named)

    def feed(self, mirror: str, cursors: Mapping[str, Cursor], seen: Seen, timeout: float) -> Feed:
        if time.monotonic() - self._heard > _REJOIN + timeout:
            self._join_again()
        answer: Feed = self._answer(timeout + _LATE, "feed", mirror, dict(cursors), seen, timeout)
        self._heard = time.monotonic()
        return answer

    def nudge(self, mirror: str) -> None:
        with self._used() as hub:
            hub.nudge.remote(mirror)

    def _answer(self, timeout: float, name: str, *args: Any, **named: Any) -> Any:
        with self._used() as hub:
            return ray.get(getattr(hub, name).remote(*args, **named), timeout=timeout)

    @contextmanager
    def _used(self) -> Iterator[Any]:
        """The hub's actor, while nobody leaves: Ray would start a cluster for what comes later."""
        with self._changed:
            if not self._is_open:
                raise HubAwayError
            self._asking += 1
        try:
            yield self._hub
        except RayTaskError as error:
            _log.exception("the hub could not do what it was asked to")
            raise WorkerError(
                "The cluster could not do that", advice="The details are in the server's log"
            ) from error
        except RayError as error:
            raise HubAwayError from error
        finally:
            with self._changed:
                self._asking -= 1
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.wait_for(lambda: not self._asking, _LATE)
        ray.shutdown()

    def _join_again(self) -> None:
        self._heard = time.monotonic()  # the next try has its time, too
        _log.warning("the hub has not answered for %g s: joining the cluster again", _REJOIN)
        self.close()
        try:
            self._hub = _join(self._address)
        except WorkerError as error:
            _log.warning("%s", error)
            raise HubAwayError from error
        self._is_open = True


def _machines() -> dict[str, Node]:
    """Those of the cluster that answer, by their ids; a name has the beginning of that."""
    nodes: Any = ray.nodes
    return {
        node["NodeID"]: Node(
            f"{node['NodeName'] or node['NodeManagerHostname']} {node['NodeID'][:6]}",
            alive=True,
            used=0,
            slots=int(node["Resources"].get("CPU", 0)),
        )
        for node in nodes()
        if node["Alive"]
    }


class _HubProcess:
    """The hub in its process."""

    def __init__(self) -> None:
        log_to_stderr()
        self._nodes: dict[str, Node] = {}
        self._processors = 0
        self._look_around()
        # Another hub writes to the runs by now: nothing that this one still does may reach them.
        self._fence = fence = Fence(runs_folder(), lambda: os._exit(1))
        limits = dataclasses.replace(Limits.of(settings.current()), losses=_LOSSES)
        manager = RunManager(
            limits,
            spawn=RemoteWorker,
            fence=fence,
            capacity=lambda: self._processors,
            nodes=lambda: list(self._nodes.values()),
        )
        self._hub = Hub(manager)
        manager.adopt()
        threading.Thread(target=self._watch, args=(manager,), daemon=True).start()

    def _look_around(self) -> bool:
        """Whether the cluster has another number of processors than before."""
        there = _machines()
        lost = [(key, one) for key, one in self._nodes.items() if key not in there]
        self._nodes = {key: one._replace(alive=False) for key, one in lost[-_MOST_LOST:]} | there
        found = sum(node.slots for node in there.values())
        was, self._processors = self._processors, found
        return found != was

    def _watch(self, manager: RunManager) -> None:
        import playground.training.state  # noqa: F401 (what a lost run goes on from is read with it)

        manager.assign()
        while True:
            time.sleep(_LOOK)
            try:
                if self._look_around():
                    manager.assign()
            except RayError as error:
                _log.warning("the head does not answer: %s", error)

    # Asked again while a lost hub starts anew: who joins meanwhile waits for it.
    @ray.method(concurrency_group="call", max_task_retries=-1)
    def number(self) -> int:
        return self._fence.number

    @ray.method(concurrency_group="call")
    def call(self, name: str, *args: Any, **named: Any) -> Any:
        return self._hub.call(name, *args, **named)

    @ray.method(concurrency_group="feed")
    def feed(self, mirror: str, cursors: Mapping[str, Cursor], seen: Seen, timeout: float) -> Feed:
        count("hub_answer")
        return self._hub.feed(mirror, cursors, seen, timeout)

    @ray.method(concurrency_group="nudge")
    def nudge(self, mirror: str) -> None:
        self._hub.nudge(mirror)


_remote: Any = ray.remote  # its types know nothing of `concurrency_groups`
_HubActor: Any = _remote(
    num_cpus=0,
    resources=_KEEPER,
    max_restarts=-1,
    enable_task_events=False,  # for a dashboard, of which there is none
    concurrency_groups={"call": 16, "feed": _MOST_MIRRORS, "nudge": 1},
)(_HubProcess)


_PROGRESS = frozenset({"Steps", "Evaluation", "Snapshot"})
# A message with its binary part; or None, why the training process has left, and what was lost.
_Frame = tuple[Message | None, Any]


class _HostProcess:
    """A training process on this machine, and what it said until somebody took it."""

    def __init__(self) -> None:
        log_to_stderr()
        self._changed = threading.Condition()
        self._frames: list[_Frame] = []
        self._before = 0  # frames that were taken for good
        self._is_urgent, self._next = False, 0.0
        self._machine = _machines()[ray.get_runtime_context().get_node_id()].name
        self._worker = LocalWorker(self._heard, self._left)

    def _heard(self, _: Worker, message: Message, blob: bytes) -> None:
        self._keep((message, blob))

    def _left(self, _: Worker, reason: str, lost: str) -> None:
        self._keep((None, (reason, lost)))

    def _keep(self, frame: _Frame) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._frames) < _MOST_FRAMES)
            self._frames.append(frame)
            self._is_urgent |= not _is_progress(frame) or len(self._frames) == _MOST_FRAMES
            self._changed.notify_all()

    @ray.method(concurrency_group="take")
    def take(self, known: int) -> tuple[str, list[_Frame]]:
        """The machine, and what was said beyond the first `known` frames, which are forgotten.

        Waits a while for something, and with progress alone until the next report is due.
        """
        with self._changed:
            del self._frames[: known - self._before]
            self._before = known
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._frames, 5.0)
            self._changed.wait_for(lambda: self._is_urgent, self._next - time.monotonic())
            self._is_urgent, self._next = False, time.monotonic() + _PACE
            return self._machine, list(self._frames)

    @ray.method(concurrency_group="tell")
    def send(self, message: Message, blob: bytes) -> None:
        self._worker.send(message, blob)

    @ray.method(concurrency_group="tell")
    def kill(self) -> None:
        self._worker.kill()

    @ray.method(concurrency_group="close")
    def close(self, timeout: float) -> None:
        self._worker.close(timeout)


def _is_progress(frame: _Frame) -> bool:
    """Whether it may wait for the next report; what answers a command may not."""
    message, _ = frame
    return message is not None and message.get("event", {}).get("kind") in _PROGRESS


_HostActor: Any = _remote(
    num_cpus=1,
    enable_task_events=False,
    concurrency_groups={"take": 1, "tell": 1, "close": 1},
)(_HostProcess)


class RemoteWorker:
    """A worker under a host on some machine of the cluster.

    Its reader thread is the only one that hears of the host's end, whatever that was.
    """

    def __init__(self, on_message: OnMessage, on_exit: OnExit) -> None:
        self._on_message, self._on_exit = on_message, on_exit
        self._is_ending = False
        self.machine = ""
        self._host = _HostActor.remote()
        self._reader = threading.Thread(target=self._read, name="playground-host", daemon=True)
        self._reader.start()

    def send(self, message: Message, blob: bytes = b"") -> None:
        self._host.send.remote(message, blob)

    def kill(self) -> None:
        self._is_ending = True
        ray.kill(self._host)

    def close(self, timeout: float) -> None:
        self._is_ending = True
        self._host.close.remote(timeout)
        self._reader.join(timeout)
        self.kill()

    def _read(self) -> None:
        try:
            end = self._listen()
        except Exception as error:  # noqa: BLE001 (whatever it is, the run must end)
            _log.exception("lost the thread with a host")
            lost = "" if self._is_ending else "process"
            end = f"what it said could not be used ({error})", lost
            ray.kill(self._host)
        self._on_exit(self, *end)

    def _listen(self) -> tuple[str, str]:
        """Take what the host says until it has gone; why it has, and what was lost with it."""
        known = 0
        while True:
            try:
                self.machine, frames = ray.get(self._host.take.remote(known))
            except ActorUnavailableError:  # it may still be there, and has kept what it said
                time.sleep(_AGAIN)
                continue
            except RayError as error:
                _log.info("a host has gone: %s", error)
                return self._loss()
            count("hub_report")
            known += len(frames)
            for message, content in frames:
                if message is None:
                    ray.kill(self._host)
                    reason, lost = content
                    return reason, lost
                self._on_message(self, message, content)

    def _loss(self) -> tuple[str, str]:
        """Why a host has gone, in words, and what was lost with it."""
        if self._is_ending:
            return "it was killed", ""
        if self.machine and self.machine not in {node.name for node in _machines().values()}:
            return "its machine was lost", "machine"
        return "the process that watched over it was lost", "process"
