"""`/metrics`: how the server is doing, in numbers, for its operator alone.

It stands beside Streamlit's own `/_stcore/metrics` and is OpenMetrics text, as
Prometheus and others read it. With `PLAYGROUND_METRICS_TOKEN` it takes
`Authorization: Bearer <token>`; without one a laptop answers requests from itself, under
a name of its own, that came through no proxy, and a hosted server nobody.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime

from playground import settings
from playground.event_log import count, counts
from playground.runs import ACTIVE, ENDED, Load
from playground.ui.server.assets import below_base
from playground.ui.server.session import manager
from playground.ui.server.short_links import read_origin

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

# What a reverse proxy adds. Behind one the peer is the proxy, which may well be this machine.
_FORWARDED = frozenset(
    {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)
# By the name of the counter: the event that it counts, and what that means.
_COUNTERS = {
    "worker_starts": ("worker_started", "Training processes started"),
    "worker_crashes": ("worker_crashed", "Training processes that ended unasked"),
    "worker_restarts": ("worker_replaced", "Training processes started in place of one gone"),
    "limits_refused": ("limit_refused", "Runs refused because of a limit"),
    "runs_lost": ("run_lost", "Times that a run lost its process, its machine or the hub"),
    "runs_moved": ("run_moved", "Times that such a run went on by itself"),
    "leases_expired": ("lease_expired", "Runs stopped because nobody looked at them"),
    "pauses_expired": ("pause_expired", "Paused runs stopped because others waited"),
    "runs_deleted": ("run_deleted", "Runs removed from the disk"),
    "uploads_refused": ("upload_refused", "Files that were not taken"),
    "drawings_read": ("drawing_read", "Drawings read by a network"),
    "hub_reports": ("hub_report", "Messages of training machines to the hub of a cluster"),
    "hub_answers": ("hub_answer", "Messages of the hub of a cluster to servers of the app"),
    "metrics_refused": ("metrics_refused", "Requests for these numbers without the right to"),
}


def metrics_routes() -> list[Route]:
    """The route for `st.App`, below the base path that is set."""
    return [Route(below_base("metrics"), _answer, methods=["GET"])]


def _answer(request: Request) -> Response:
    """Starlette calls this in a thread, so that nobody's page waits for it."""
    refused = refusal(request, settings.current())
    if refused is not None:
        return refused
    from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

    return Response(
        generate_latest(_registry()),
        headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
    )


def refusal(
    request: Request, allowed: settings.Settings, challenge: str = "Bearer"
) -> Response | None:
    """The answer to whoever may not read the numbers, which is counted; None to who may.

    Args:
        challenge: how a browser is told to ask for the token; "Basic …" takes it as password.
    """
    if _may_read(request, allowed):
        return None
    count("metrics_refused")
    if allowed.metrics_token:
        return PlainTextResponse(
            "These numbers need the server's token: Authorization: Bearer <token>\n",
            status_code=401,
            headers={"WWW-Authenticate": challenge},
        )
    return PlainTextResponse(
        "These numbers are not for visitors. As the operator, set PLAYGROUND_METRICS_TOKEN and "
        "send it as Authorization: Bearer <token>.\n",
        status_code=403,
    )


def _may_read(request: Request, allowed: settings.Settings) -> bool:
    if not allowed.metrics_token:
        return not allowed.hosted and _is_this_machine(request)
    given = _token_in(request.headers.get("Authorization", ""))
    return hmac.compare_digest(given.encode(), allowed.metrics_token.encode())


def _token_in(authorization: str) -> str:
    """What was given as Bearer token, or as Basic password: that is how a browser can give it."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return given.strip() if scheme.lower() == "bearer" else ""


def _is_this_machine(request: Request) -> bool:
    if request.client is None or _FORWARDED.intersection(request.headers.keys()):
        return False
    # A page of another site may have its own name stand for 127.0.0.1, and then read all of it.
    try:
        asked = read_origin(f"http://{request.headers.get('host', '')}")
        return asked.is_this_computer and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class MetricsGuard:
    """Lets only those read Streamlit's own metrics who may read ours: it asks nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._path = below_base("_stcore/metrics")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self.app
        if scope["type"] == "http" and scope["path"].rstrip("/") == self._path:
            answer = refusal(Request(scope), settings.current()) or self.app
        await answer(scope, receive, send)


@lru_cache(maxsize=1)
def _registry() -> CollectorRegistry:
    """Not the library's own: that one is for whatever else the process has imported."""
    from prometheus_client import CollectorRegistry, ProcessCollector

    registry = CollectorRegistry()
    registry.register(_Collector())
    ProcessCollector(registry=registry)  # memory, processor time and open files, on Linux
    return registry


class _Collector:
    """Looks at everything when it is asked; nothing is kept up to date in between."""

    def collect(self) -> Iterable[Metric]:
        load = manager().load()
        yield from _load(load)
        # Of a cluster, what happens to runs is counted in the hub, and the rest here.
        yield from _happened(Counter(load.counts) | Counter(counts()))

    def describe(self) -> Iterable[Metric]:
        """Nothing: else the library would collect once to see the names."""
        return []


def _load(load: Load) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    runs = GaugeMetricFamily("playground_runs", "Runs that are active", labels=["state"])
    for state in sorted(ACTIVE):
        runs.add_metric([state], load.runs.get(state, 0))
    yield runs
    workers = GaugeMetricFamily("playground_workers", "Training processes alive", labels=["state"])
    workers.add_metric(["busy"], load.busy)
    workers.add_metric(["idle"], load.idle)
    yield workers
    nodes = GaugeMetricFamily("playground_nodes", "Machines, or this one", labels=["state"])
    for state, is_alive in (("alive", True), ("lost", False)):
        nodes.add_metric([state], sum(node.alive is is_alive for node in load.nodes))
    yield nodes
    numbers = [
        (
            "capacity",
            "Runs that may train at a time, of the whole cluster if it is one",
            load.capacity,
        ),
        ("queue_length", "Runs that wait for their turn", load.queued),
        ("sessions", "Open pages", _sessions()),
        ("kept_runs", "Runs on the disk that have ended, at the latest sweep", load.kept),
        ("kept_runs_bytes", "Disk they take, at the latest sweep", load.disk),
    ]
    for name, words, number in numbers:
        if number is not None:
            yield GaugeMetricFamily(f"playground_{name}", words, value=number)


def _happened(happened: Mapping[str, int]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    ends = CounterMetricFamily("playground_runs_ended", "Runs that have ended", labels=["state"])
    for state in sorted(ENDED):
        ends.add_metric([state], happened.get(f"run_{state}", 0))
    yield ends
    for name, (event, words) in _COUNTERS.items():
        yield CounterMetricFamily(f"playground_{name}", words, value=happened.get(event, 0))


def _sessions() -> int | None:
    """Pages that are open now, by Streamlit's own count; None where it is not running."""
    if not runtime.exists():
        return None
    found = runtime.get_instance().stats_mgr.get_stats(family_names=["active_sessions"])
    return sum(getattr(stat, "value", 0) for stat in found.get("active_sessions", []))
