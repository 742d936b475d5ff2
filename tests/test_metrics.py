"""The operator's numbers: right, readable by the usual tools, and for the operator alone."""

from __future__ import annotations

import asyncio
import base64
import threading
from typing import Any, cast

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from runs_fakes import Crew, Make
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from playground.event_log import count
from playground.runs import ActiveRun, Load, Move, Node, RunManager
from playground.settings import Settings
from playground.training import TrainConfig
from playground.ui.server import assets, metrics, operator_page

TOKEN = "correct-horse-battery-staple"  # noqa: S105
OWNER = "somebody"


def asked(
    headers: dict[str, str] | None = None, client: tuple[str, int] | None = ("127.0.0.1", 40_000)
) -> Request:
    sent = {"Host": "localhost:8501", **(headers or {})}
    raw = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    return Request({"type": "http", "method": "GET", "headers": raw, "client": client})


def status(allowed: Settings, **values: Any) -> int:
    refused = metrics.refusal(asked(**values), allowed)
    return 200 if refused is None else refused.status_code


LAPTOP, HOSTED = Settings(), Settings(profile="hosted")
WITH_TOKEN = [Settings(metrics_token=TOKEN), Settings(profile="hosted", metrics_token=TOKEN)]


# Who may read them --------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1"])
def test_a_laptop_answers_itself(host: str) -> None:
    assert status(LAPTOP, client=(host, 1)) == 200


@pytest.mark.parametrize("name", ["127.0.0.1", "[::1]:8501", "app.localhost:8501", "LOCALHOST"])
def test_it_answers_to_its_own_names(name: str) -> None:
    assert status(LAPTOP, headers={"Host": name}) == 200


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", ""]
)
def test_a_page_of_another_site_whose_name_stands_for_this_machine_reads_nothing(name: str) -> None:
    assert status(LAPTOP, headers={"Host": name}) == 403


@pytest.mark.parametrize("host", ["192.168.1.7", "10.0.0.1", "8.8.8.8", "2001:db8::1", "", "x"])
def test_a_laptop_answers_nobody_else(host: str) -> None:
    assert status(LAPTOP, client=(host, 1)) == 403
    assert status(LAPTOP, client=None) == 403


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "x-forwarded-proto", "Forwarded", "X-Real-IP", "Via"]
)
def test_behind_a_proxy_nobody_is_this_machine(header: str) -> None:
    assert status(LAPTOP, headers={header: "127.0.0.1"}) == 403


def test_a_hosted_server_without_a_token_answers_nobody() -> None:
    assert status(HOSTED) == 403
    assert status(HOSTED, headers={"Authorization": "Bearer "}) == 403
    assert status(HOSTED, headers={"Authorization": "Bearer"}) == 403


@pytest.mark.parametrize("allowed", WITH_TOKEN, ids=lambda allowed: allowed.profile)
def test_the_token_opens_from_anywhere(allowed: Settings) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {TOKEN}", "X-Forwarded-For": "8.8.8.8"}
        assert status(allowed, headers=headers, client=("172.17.0.1", 1)) == 200


@pytest.mark.parametrize("allowed", WITH_TOKEN, ids=lambda allowed: allowed.profile)
@pytest.mark.parametrize(
    "given", [None, "", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN,
              f"Basic {TOKEN}", "Bearer naïve"],
)  # fmt: skip
def test_with_a_token_nothing_else_does(allowed: Settings, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}
    refused = metrics.refusal(asked(headers), allowed)
    assert refused is not None
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert TOKEN not in bytes(refused.body).decode()


# What they are ------------------------------------------------------------------------------


@pytest.fixture
def manager(make: Make, monkeypatch: pytest.MonkeyPatch) -> RunManager:
    made = make()
    monkeypatch.setattr(metrics, "manager", lambda: made)
    monkeypatch.setattr(metrics.settings, "current", Settings)
    return made


def answer(**values: Any) -> Response:
    [route] = metrics.metrics_routes()
    assert (route.path, route.methods) == ("/metrics", {"GET", "HEAD"})
    return metrics._answer(asked(**values))


def test_the_path_is_below_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets.config, "get_option", {"server.baseUrlPath": "play"}.get)
    assert [route.path for route in metrics.metrics_routes()] == ["/play/metrics"]


def numbers() -> dict[str, float]:
    """By name and labels, as the library's own parser reads the answer."""
    text = bytes(answer().body).decode()
    assert text.endswith("# EOF\n")
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_the_answer(manager: RunManager) -> None:
    got = answer()
    assert got.status_code == 200
    assert got.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert got.headers["Cache-Control"] == "no-store"


def test_runs_queue_and_workers(manager: RunManager, crew: Crew) -> None:
    start = numbers()
    assert start["playground_runs{state=running}"] == 0
    assert "playground_kept_runs" not in start
    for _ in range(3):
        manager.start(TrainConfig(train_size=640), OWNER)
    crew.last.begin()
    now = numbers()
    assert now["playground_runs{state=running}"] == 1
    assert now["playground_runs{state=queued}"] == now["playground_queue_length"] == 2
    assert now["playground_workers{state=busy}"] == 1
    assert now["playground_capacity"] == manager.limits.running
    assert now["playground_nodes{state=alive}"] == 1
    assert now["playground_nodes{state=lost}"] == 0
    assert now["playground_workers{state=idle}"] == 0
    crew.last.die("it was killed by SIGKILL")
    crew.last.begin()
    crew.last.end()
    after = numbers()
    for name, more in {
        "playground_worker_crashes_total": 1,
        "playground_worker_restarts_total": 1,
        "playground_runs_ended_total{state=interrupted}": 1,
        "playground_runs_ended_total{state=finished}": 1,
        "playground_runs_ended_total{state=failed}": 0,
    }.items():
        assert after[name] - start[name] == more, name
    assert after["playground_queue_length"] == 0


def test_the_disk_is_known_after_a_clean_up(manager: RunManager, crew: Crew) -> None:
    manager.start(TrainConfig(train_size=640), OWNER)
    crew.last.begin()
    crew.last.end()
    manager.clean_up()
    now = numbers()
    assert now["playground_kept_runs"] == 1
    assert now["playground_kept_runs_bytes"] > 100


@pytest.mark.parametrize(("name", "event"), [(n, e) for n, (e, _) in metrics._COUNTERS.items()])
def test_each_counter_counts_its_event(manager: RunManager, name: str, event: str) -> None:
    before = numbers()[f"playground_{name}_total"]
    count(event)
    assert numbers()[f"playground_{name}_total"] == before + 1


def test_a_refused_request_is_counted(manager: RunManager) -> None:
    before = numbers()["playground_metrics_refused_total"]
    assert answer(client=("8.8.8.8", 1)).status_code == 403
    assert numbers()["playground_metrics_refused_total"] == before + 1


def test_a_refused_request_for_streamlits_own_numbers_is_counted(manager: RunManager) -> None:
    before = numbers()["playground_metrics_refused_total"]
    guarded, codes = metrics.MetricsGuard(Response("everything")), []

    async def send(message: Message) -> None:
        codes.append(message.get("status"))

    for path in ("/_stcore/metrics", "/_stcore/health"):
        scope = asked(client=("8.8.8.8", 1)).scope | {"path": path}
        asyncio.run(guarded(scope, cast(Receive, None), send))
    assert [code for code in codes if code] == [403, 200]
    assert numbers()["playground_metrics_refused_total"] == before + 1


def test_the_process_itself_is_measured(manager: RunManager) -> None:
    assert numbers()["process_resident_memory_bytes"] > 10 * 2**20


def test_many_may_ask_at_once(manager: RunManager) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(numbers()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert len(set(found)) == 1


# The page -----------------------------------------------------------------------------------


def test_a_browser_gives_the_token_as_password() -> None:
    [allowed, _] = WITH_TOKEN
    refused = metrics.refusal(asked(), allowed, challenge='Basic realm="operator"')
    assert refused is not None
    assert refused.headers["WWW-Authenticate"] == 'Basic realm="operator"'
    for password, code in ((TOKEN, 200), (f"{TOKEN}x", 401), ("", 401)):
        given = base64.b64encode(f"anybody:{password}".encode()).decode()
        assert status(allowed, headers={"Authorization": f"Basic {given}"}) == code


def test_the_operators_page_has_the_guard_of_the_numbers(
    manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_page, "manager", lambda: manager)
    [route] = operator_page.operator_routes()
    assert route.path == "/operator"
    assert operator_page._answer(asked(client=("8.8.8.8", 1))).status_code == 403
    answered = operator_page._answer(asked())
    assert answered.status_code == 200
    assert answered.headers["Cache-Control"] == "no-store"


def test_a_laptops_page_has_one_machine_with_its_run_and_who_waits(
    manager: RunManager, crew: Crew
) -> None:
    first, second = (manager.start(TrainConfig(train_size=640), OWNER) for _ in range(2))
    crew.last.machine = manager.load().nodes[0].name
    crew.last.begin()
    load = manager.load()
    assert [(node.alive, node.used, node.slots) for node in load.nodes] == [(True, 1, 1)]
    text = operator_page.page(load)
    assert "1 of 1 places are taken, 1 wait" in text
    assert f"<td>{first.id}</td><td>running</td><td>{load.nodes[0].name}</td>" in text
    assert text.index(first.id) < text.index(f"<td>{second.id}</td><td>waits as number 1</td>")


def test_what_a_page_says_is_no_html() -> None:
    load = Load(
        {}, 0, 0, 0, 2, None, None, {"run_lost": 3, "run_moved": 2},
        nodes=(Node("<b>", True, 0, 2), Node("gone", False, 0, 2)),
        active=(ActiveRun("a-run", "running", "", 0, 12_345),),
        moves=(Move("a-run", "gone", "<b>", 0.0, "machine"),),
    )  # fmt: skip
    text = operator_page.page(load)
    assert "<b>" not in text
    assert "<td>&lt;b&gt;</td><td>alive</td><td>0 / 2</td>" in text
    assert "<td>gone</td><td>lost</td>" in text
    assert "<td>gone</td><td>&lt;b&gt;</td><td>1970-01-01 00:00:00</td><td>machine</td>" in text
    assert "Lost 3 times, and went on 2 times." in text
