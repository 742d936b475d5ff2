"""The canvas's short way: one message, one answer, and whatever else may come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.drawing import STEPS, as_sent, render, sample_digits
from playground.errors import InputError, PlaygroundError
from playground.ui.canvas_reply import MOST_BYTES, answer_message
from playground.ui.canvas_socket import asked
from playground.ui.readers import DEFAULT
from tests.test_drawing_canvas import EMPTY, GOOD


def ask(picture: object, **changed: Any) -> dict[str, Any]:
    message = {**asked([DEFAULT], STEPS)["ask"], "picture": picture, **changed}
    answer: dict[str, Any] = json.loads(answer_message(json.dumps(message)))
    return answer


def test_an_answer_is_what_the_page_would_say() -> None:
    answer = ask(GOOD | {"seq": 9})
    assert answer.keys() == {"seq", "answers", "digit", "line"}
    assert answer["seq"] == 9
    [reader] = answer["answers"]
    assert reader["name"] == "The network of this app"
    assert sum(reader["p"]) == pytest.approx(10_000, abs=10)


def test_an_empty_canvas_is_said_to_be_empty() -> None:
    answer = ask(EMPTY)
    assert answer["line"] == "Nothing is drawn yet."
    assert answer["digit"] is None
    assert answer["answers"][0]["p"] is None


def test_a_network_that_cannot_be_loaded_is_said_and_the_app_s_reads() -> None:
    answer = ask(GOOD, choices=["run:abcdefghijkl"])
    assert [reader["name"] for reader in answer["answers"]] == ["The network of this app"]
    assert "abcdefghijkl" in answer["line"]


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


@pytest.mark.parametrize("choice", ["../../etc/passwd", "run:../x", "run:" + "a" * 500, "", "\0"])
def test_a_choice_is_never_a_path(choice: str) -> None:
    answer = ask(GOOD, choices=[choice])
    assert [reader["name"] for reader in answer["answers"]] == ["The network of this app"]
    assert len(answer["line"]) < 400


def test_the_shipped_digits_are_read_right_from_what_a_browser_sends() -> None:
    from playground.ui.draw_answer import answer_to

    samples = sample_digits()
    right = 0
    for sample in samples:
        said = answer_to(as_sent(render(sample.drawing)), [DEFAULT], STEPS)
        right += said.answers[0].wire()["p"].index(max(said.answers[0].wire()["p"])) == sample.label
    assert right >= len(samples) - 1


def test_a_browser_that_leaves_before_its_answer_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import asyncio

    from playground.ui import canvas_socket, torch_ready

    class Gone:
        """A socket whose browser has left: nothing can be sent any more."""

        async def accept(self) -> None:
            pass

        async def receive(self) -> dict[str, Any]:
            return {"type": "websocket.receive", "text": "picture"}

        async def send_text(self, text: str) -> None:
            raise RuntimeError(f"{text!r} after the end")

    monkeypatch.setattr(torch_ready, "wait", lambda seconds: True)
    monkeypatch.setattr(canvas_socket, "_answer", lambda text: text)
    desk = canvas_socket._Desk()
    asyncio.run(asyncio.wait_for(desk.serve(Gone()), 30))
    assert desk._open == 0
