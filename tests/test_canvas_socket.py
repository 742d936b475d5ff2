"""The canvas's short way: one message, one answer, and whatever else may come."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from playground.drawing import STEPS, as_sent, render, sample_digits
from playground.errors import InputError, PlaygroundError
from playground.explaining import Reader
from playground.models import build_model
from playground.recognition import catalogue
from playground.recognition.catalogue import DEFAULT, DIGITS, load_default_reader
from playground.ui.components.canvas.reply import MOST_BYTES, answer_message
from playground.ui.server import canvas_socket
from playground.ui.server.canvas_socket import asked
from playground.ui.server.session import manager
from tests.test_drawing_canvas import EMPTY, GOOD


def ask(picture: object, **changed: Any) -> dict[str, Any]:
    message = {**asked([DEFAULT], STEPS)["ask"], "picture": picture, **changed}
    answer: dict[str, Any] = json.loads(answer_message(json.dumps(message)))
    return answer


def test_an_answer_is_what_the_page_would_say() -> None:
    answer = ask(GOOD | {"seq": 9})
    assert answer.keys() == {"seq", "answers", "digit", "line", "number", "ask"}
    assert answer["seq"] == 9
    [reader] = answer["answers"]
    assert reader["name"] == "The network of this app"
    assert sum(reader["p"]) == pytest.approx(10_000, abs=10)


def test_an_empty_canvas_is_said_to_be_empty() -> None:
    answer = ask(EMPTY)
    assert answer["line"] == "Nothing is drawn yet."
    assert answer["digit"] is None
    assert answer["answers"][0]["p"] is None


@pytest.mark.parametrize(
    ("sent", "is_said"),
    [
        (GOOD | {"thin": True, "final": True}, True),
        (GOOD | {"thin": True, "final": False}, False),  # each stroke begins small
        (GOOD | {"thin": False, "final": True}, False),
        (GOOD | {"final": True}, False),
        (EMPTY | {"thin": True, "final": True}, False),
    ],
)
def test_thinner_pens_are_said_at_the_end_of_a_stroke(sent: dict[str, Any], is_said: bool) -> None:
    assert ("with a thinner one" in ask(sent)["line"]) == is_said


def test_a_network_that_cannot_be_loaded_is_said_and_the_app_s_reads() -> None:
    answer = ask(GOOD, choices=["run:abcdefghijkl"])
    assert [reader["name"] for reader in answer["answers"]] == ["The network of this app"]
    assert "abcdefghijkl" in answer["line"]


def test_a_network_that_has_diverged_is_said_and_the_others_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = build_model("linear", seed=0)
    torch.nn.init.constant_(model.linear.weight, float("nan"))
    readers = {"run:abcdefghijkl": Reader("my run", model, DIGITS), DEFAULT: load_default_reader()}
    monkeypatch.setattr(catalogue, "load_reader", lambda choice, runs: readers[choice])
    for choices in (["run:abcdefghijkl"], ["run:abcdefghijkl", DEFAULT]):
        answer = ask(GOOD, choices=choices)
        assert [reader["name"] for reader in answer["answers"]] == ["The network of this app"]
        assert "'my run' are not finite" in answer["line"]
    readers[DEFAULT] = readers["run:abcdefghijkl"]
    answer = ask(GOOD, choices=["run:abcdefghijkl"])
    assert [reader["p"] for reader in answer["answers"]] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[]", "{}", "null", "[" * 5000, "1" * 5000, '{"choices": []}', "ü" * 20,
        "x" * (MOST_BYTES + 1),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        answer_message(text)


@pytest.mark.parametrize(
    "changed",
    [
        {"choices": []}, {"choices": ["default"] * 5}, {"choices": "default"}, {"choices": [1]},
        {"choices": None}, {"steps": ["crop", "rm -rf"]}, {"steps": "crop"}, {"steps": [None]},
        {"steps": {}}, {"picture": None}, {"picture": GOOD | {"pen": -1}}, {"more": 1},
        {"picture": {name: GOOD[name] for name in GOOD if name != "grey"}},
    ],
    ids=repr,
)  # fmt: skip
def test_a_forged_message_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(PlaygroundError):
        ask(**{"picture": GOOD, **changed})


def test_a_network_that_is_named_twice_reads_once() -> None:
    answers = ask(GOOD, choices=[DEFAULT, DEFAULT])["answers"]
    assert [reader["name"] for reader in answers] == ["The network of this app"]


@pytest.mark.parametrize("choice", ["../../etc/passwd", "run:../x", "run:" + "a" * 500, "", "\0"])
def test_a_choice_is_never_a_path(choice: str) -> None:
    answer = ask(GOOD, choices=[choice])
    assert [reader["name"] for reader in answer["answers"]] == ["The network of this app"]
    assert len(answer["line"]) < 400


def test_the_shipped_digits_are_read_right_from_what_a_browser_sends() -> None:
    from playground.recognition.recognise import recognise

    samples = sample_digits()
    right = 0
    for sample in samples:
        said = recognise(as_sent(render(sample.drawing)), [DEFAULT], STEPS, manager())
        right += int(np.argmax(said.answers[0].probabilities)) == sample.label
    assert right >= len(samples) - 1


def test_a_browser_that_leaves_before_its_answer_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import asyncio

    from playground.ui.server import lazy_torch

    class Gone:
        """A socket whose browser has left: nothing can be sent any more."""

        async def accept(self) -> None:
            pass

        async def receive(self) -> dict[str, Any]:
            return {"type": "websocket.receive", "text": "picture"}

        async def send_text(self, text: str) -> None:
            raise RuntimeError(f"{text!r} after the end")

    monkeypatch.setattr(lazy_torch, "wait", lambda seconds: True)
    desk = canvas_socket._Desk(lambda text: text)
    asyncio.run(asyncio.wait_for(desk.serve(Gone()), 30))
    assert desk._open == 0


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def in_new_thread() -> int:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join(30)
    return found[0]


@pytest.mark.usefixtures("three_threads")
def test_the_canvas_computes_on_one_core_and_all_else_on_as_many_as_before() -> None:
    both = threading.Barrier(2)

    def cores(_: int) -> int:
        both.wait(30)  # so that each of the two threads is asked
        return torch.get_num_threads()

    pool: ThreadPoolExecutor = canvas_socket._threads.__wrapped__()
    with pool:
        assert list(pool.map(cores, range(2))) == [1, 1]
        assert in_new_thread() == torch.get_num_threads() == 3
        assert list(pool.map(cores, range(2))) == [1, 1]


@pytest.mark.usefixtures("three_threads")
def test_threads_that_begin_together_do_not_take_each_other_s_number() -> None:
    together = threading.Barrier(8)

    def begin() -> None:
        together.wait(30)
        canvas_socket._compute_alone()

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert in_new_thread() == 3
