"""The whole way: a person, a browser, a server, a training process, real MNIST."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from .controls import run_id, wait_for_another_run
from .serving import Server, serve
from .waiting import until

CHART = ".sp-chart"
PLOT = ".sp-chart-plot"
MOST_BYTES_A_TICK = 6 * 1024
SECONDS_TO_BE_GONE = 5

NewPage = Callable[..., Page]

# Real training takes its time on a machine that is busy with other things.
pytestmark = pytest.mark.timeout(900)
TRAINING_MS = 400_000


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def rows(page: Page) -> int:
    """Rows of the training table in the browser."""
    text = page.evaluate(f"document.querySelector('{CHART}')?.dataset.rows ?? ''")
    return int(dict(part.split(":") for part in text.split()).get("train", 0)) if text else 0


def wait_for_rows(page: Page, more_than: int) -> None:
    until(
        page,
        "([chart, n]) => +(/train:(\\d+)/.exec("
        "document.querySelector(chart)?.dataset.rows ?? '')?.[1] ?? 0) > n",
        arg=[CHART, more_than],
    )


def wait_for_status(page: Page, word: str) -> None:
    expect(page.get_by_text(word, exact=False).first).to_be_visible()


def start(page: Page, server: Server, query: str) -> str:
    """Open the Train page with these settings, press Start, wait for points: the run's id."""
    page.goto(f"{server.url}/train?{query}")
    press(page, "Start")
    wait_for_rows(page, 0)
    run = run_id(page)
    assert run is not None
    return run


def unchanging(page: Page, count: Callable[[], int]) -> int:
    """Wait until a count stays the same for longer than the slowest tick: that count.

    What was on its way may still arrive, later on a busy machine.
    """
    for _ in range(20):
        before = count()
        page.wait_for_timeout(2500)
        if count() == before:
            return before
    raise AssertionError(f"It goes on and on: {count()}")


def metrics(home: Path, run: str, kind: str) -> list[dict[str, Any]]:
    text = (home / "runs" / run / "metrics.jsonl").read_text()
    return [event for event in map(json.loads, text.splitlines()) if event["kind"] == kind]


def steps_in_browser(page: Page) -> list[float]:
    values: list[float] = page.evaluate(f"Array.from(document.querySelector('{PLOT}').data[0].x)")
    return values


def stop_run(page: Page) -> None:
    press(page, "Stop")
    wait_for_status(page, "Stopped ·")


def test_a_lesson_from_start_to_the_final_accuracy(
    server: Server, home: Path, new_page: NewPage
) -> None:
    page = new_page()
    run = start(page, server, "epochs=2")
    page.evaluate(f"document.querySelector('{PLOT}').mine = true")

    # Points arrive, and a zoom made by hand stays.
    wait_for_rows(page, rows(page) + 5)
    box = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 150, steps=5)
    page.mouse.up()
    zoomed = page.evaluate(f"document.querySelector('{PLOT}').layout.xaxis.range")
    wait_for_rows(page, rows(page) + 20)
    assert page.evaluate(f"document.querySelector('{PLOT}').layout.xaxis.range") == zoomed

    # Paused: no new points. Resumed: they go on.
    press(page, "Pause")
    wait_for_status(page, "Paused ·")
    known = unchanging(page, lambda: rows(page))
    press(page, "Resume")
    wait_for_rows(page, known)

    # Another learning rate leaves a mark at its step.
    rate = page.get_by_label("Learning rate", exact=True)
    rate.fill("0.02")
    rate.press("Enter")
    until(
        page,
        "plot => JSON.stringify(document.querySelector(plot).layout).includes('rate 0.02')",
        arg=PLOT,
    )
    assert page.evaluate(f"document.querySelector('{PLOT}').mine") is True

    # A refresh finds the same run and every step of it. Paused, so that it does not end yet.
    press(page, "Pause")
    wait_for_status(page, "Paused ·")
    page.reload()
    wait_for_rows(page, known)
    assert run_id(page) == run
    steps = steps_in_browser(page)
    stride = steps[0]
    assert steps[:-1] == [stride * (i + 1) for i in range(len(steps) - 1)]

    # Somebody else with the link watches and cannot steer.
    other = new_page()
    other.goto(page.url)
    wait_for_rows(other, known)
    expect(other.get_by_text("You are watching")).to_be_visible()
    for name in ("Pause", "Resume", "Stop"):
        expect(other.get_by_role("button", name=name, exact=True)).to_be_disabled()
    press(page, "Resume")

    # It finishes, and the page shows what the trainer measured.
    finished = "document.body.innerText.includes('Finished ·')"
    until(page, finished, timeout=TRAINING_MS)
    last = metrics(home, run, "Evaluation")[-1]
    assert last["epoch"] == 2
    expect(page.get_by_text(f"{last['accuracy']:.2%}").first).to_be_visible()
    assert last["accuracy"] > 0.7
    until(page, "n => +document.querySelector('.sp-chart').dataset.rows"
                           ".match(/train:(\\d+)/)[1] === n", arg=938)  # fmt: skip
    losses = [loss for event in metrics(home, run, "Steps") for loss in event["losses"]]
    assert len(losses) == 2 * 938
    shown = page.evaluate(f"Array.from(document.querySelector('{PLOT}').data[0].y)")
    means = [sum(losses[i : i + 2]) / 2 for i in range(0, len(losses), 2)]
    assert shown == pytest.approx(means, rel=1e-5)
    expect(other.get_by_text("Finished ·").first).to_be_visible()


class Ticks:
    """Bytes of each fragment rerun a page receives, counted from the websocket's frames."""

    def __init__(self, page: Page) -> None:
        self.sizes: list[int] = []
        self._size = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        data = frame if isinstance(frame, bytes) else frame.encode()
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._size = 0
        self._size += len(data)
        if message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self.sizes.append(self._size)


def test_a_tick_costs_the_same_however_long_the_run_is(server: Server, new_page: NewPage) -> None:
    page = new_page()
    ticks = Ticks(page)
    start(page, server, "epochs=60&model=linear")  # 938 steps an epoch, each a quick one
    page.evaluate(f"document.querySelector('{PLOT}').mine = true")
    until(page, "() => /epoch ([2-9]|[1-6]\\d),/.test(document.body.innerText)")
    early = list(ticks.sizes)
    later = "/epoch (1[1-9]|[2-6]\\d),/.test(document.body.innerText)"
    until(page, later, timeout=TRAINING_MS)
    seen = len(ticks.sizes)
    seq = int(page.evaluate(f"document.querySelector('{CHART}').dataset.seq"))
    until(page, "n => +document.querySelector('.sp-chart').dataset.seq > n", arg=max(seq + 6, 52))
    late = ticks.sizes[seen:]
    assert len(early) >= 2
    assert len(late) >= 5
    # The first tick may answer the browser's request for the whole window.
    assert max(early[1:]) <= MOST_BYTES_A_TICK
    assert max(late) <= MOST_BYTES_A_TICK
    points = page.evaluate(f"document.querySelector('{PLOT}').data.map(t => t.x.length)")
    assert max(points) <= 1500
    assert page.evaluate(f"document.querySelectorAll('{PLOT}').length") == 1
    assert page.evaluate(f"document.querySelector('{PLOT}').mine") is True  # over 50 updates
    stop_run(page)


def test_nothing_ticks_when_nothing_runs(server: Server, new_page: NewPage) -> None:
    page = new_page()
    ticks = Ticks(page)
    start(page, server, "epochs=1&examples=640")
    wait_for_status(page, "Finished ·")
    unchanging(page, lambda: len(ticks.sizes))


def test_a_double_click_on_start_starts_one_run(
    server: Server, home: Path, new_page: NewPage
) -> None:
    page = new_page()
    page.goto(f"{server.url}/train?epochs=1&examples=640")
    before = set((home / "runs").iterdir())
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Start", exact=True).dblclick()
    wait_for_status(page, "Finished ·")
    run = run_id(page)
    assert run is not None
    assert set((home / "runs").iterdir()) - before == {home / "runs" / run}
    press(page, "Start")  # a click after that is one of its own
    wait_for_another_run(page, run)


def test_the_log_switch_keeps_the_node(server: Server, new_page: NewPage) -> None:
    page = new_page()
    start(page, server, "epochs=1&examples=6400")
    page.evaluate(f"document.querySelector('{PLOT}').mine = true")
    page.get_by_text("Log scale").click()
    until(page, f"document.querySelector('{PLOT}').layout.yaxis.type === 'log'")
    assert page.evaluate(f"document.querySelector('{PLOT}').mine") is True
    assert "log=true" in page.url


def test_another_page_and_back_finds_the_run_and_the_settings(
    server: Server, new_page: NewPage
) -> None:
    page = new_page()
    run = start(page, server, "epochs=3&examples=640&momentum=0.25")
    wait_for_status(page, "Finished ·")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Softmax Playground")
    page.get_by_role("link", name="Train", exact=True).click()
    wait_for_status(page, "Finished ·")
    wait_for_rows(page, 29)
    assert run_id(page) == run
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("3")
    expect(page.get_by_label("Momentum", exact=True)).to_have_value("0.25")


def test_what_cannot_be_trained_is_said(server: Server, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{server.url}/train?nesterov=true&momentum=0&epochs=nonsense&lr=-5")
    press(page, "Start")
    expect(page.get_by_text("nesterov needs the optimizer")).to_be_visible()
    assert run_id(page) is None

    page.goto(f"{server.url}/train?run=../../etc/passwd")
    expect(page.get_by_text("is no run id")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_a_run_that_diverges_says_why(server: Server, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{server.url}/train?lr=100000&epochs=1")
    press(page, "Start")
    expect(page.get_by_text("Start again with a smaller learning rate")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_a_killed_worker_is_an_interrupted_run(server: Server, new_page: NewPage) -> None:
    page = new_page()
    start(page, server, "epochs=9")
    workers = [
        child
        for child in psutil.Process(server.process.pid).children(recursive=True)
        if "playground.runs.worker" in child.cmdline()
    ]
    assert len(workers) == 1
    workers[0].kill()
    expect(page.get_by_text("killed by SIGKILL")).to_be_visible()
    wait_for_status(page, "Interrupted ·")
    start(page, server, "epochs=1&examples=640")  # a new worker takes over
    wait_for_status(page, "Finished ·")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_ours_outlives_the_server(
    ending: signal.Signals, tmp_path: Path, new_page: NewPage, page_problems: list[str]
) -> None:
    env = {"PLAYGROUND_HOME": str(tmp_path)}
    with serve("app.py", log_path=tmp_path / "log", env=env) as server:
        page = new_page()
        start(page, server, "epochs=9")
        ours = psutil.Process(server.process.pid).children(recursive=True)
        assert any("playground.runs.worker" in child.cmdline() for child in ours)
        page.close()
        os.kill(server.process.pid, ending)
        server.process.wait(SECONDS_TO_BE_GONE)
        _, alive = psutil.wait_procs(ours, timeout=SECONDS_TO_BE_GONE)
        assert alive == []
    with serve("app.py", log_path=tmp_path / "log2", env=env) as again:
        page = new_page()
        run = next((tmp_path / "runs").iterdir()).name
        page.goto(f"{again.url}/train?run={run}")
        expect(page.get_by_text("while this run was going on")).to_be_visible()
        wait_for_rows(page, 0)
        page.close()
    page_problems.clear()  # the first server went away under its page


@pytest.mark.parametrize(("path", "title"), [("", "Softmax Playground"), ("train", "Watch")])
def test_a_deep_link_as_the_very_first_request_gives_the_whole_page(
    path: str, title: str, tmp_path: Path, new_page: NewPage
) -> None:
    env = {"PLAYGROUND_HOME": str(tmp_path)}
    with serve("app.py", log_path=tmp_path / "log", env=env) as server:
        page = new_page()
        began = time.monotonic()
        page.goto(f"{server.url}/{path}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        for link in ("Home", "Train"):
            expect(page.get_by_role("link", name=link, exact=True)).to_be_visible()
        assert page.title() == {"": "Home", "train": "Train"}[path] or "Playground" in page.title()
        if path == "train":
            expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
            page.wait_for_selector(f"{PLOT} .main-svg", state="attached")
        assert time.monotonic() - began < 60
        page.wait_for_load_state("networkidle")
        page.close()  # before its server goes away
