"""Going on from a state: the same bits as without the break, or a reason why not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from few_digits import evaluated_on_few_digits

from playground.errors import CheckpointError, ConfigError
from playground.models import build_model
from playground.training import (
    Command,
    Ended,
    Evaluation,
    Event,
    Snapshot,
    Steps,
    TrainConfig,
    train,
)
from playground.training.state import state_from_bytes, state_to_bytes

SMALL = TrainConfig(
    model="hidden", model_options={"hidden": 8}, epochs=3, train_size=640, device="cpu"
)
PER_EPOCH = 10

State = dict[str, Any]


@pytest.fixture(autouse=True, scope="module")
def _few_test_digits() -> Iterator[None]:
    """And one thread: with several tiny networks are slower, and bits depend on how many."""
    with evaluated_on_few_digits():
        yield


def losses(events: list[Event]) -> list[float]:
    return [loss for e in events if isinstance(e, Steps) for loss in e.losses]


def evaluations(events: list[Event]) -> list[Evaluation]:
    return [replace(e, seconds=0.0) for e in events if isinstance(e, Evaluation)]


def until(
    config: TrainConfig, step: int, changes: dict[int, dict[str, float]] | None = None
) -> tuple[list[Event], State]:
    """Train up to a step; the events and the state there, after a way through bytes.

    Args:
        changes: settings to change live, by the step after which.
    """
    changes = changes or {}
    trainer = train(config)
    events = [next(trainer)]
    done = 0
    while done < step or not isinstance(events[-1], Steps):
        wanted = min([at for at in (*changes, step) if at > done], default=step) - done
        command = Command(steps=wanted or None, **changes.get(done, {}))  # type: ignore[arg-type]
        events.append(trainer.send(command))
        if isinstance(events[-1], Steps):
            done += len(events[-1].losses)
    snapshot = trainer.send(Command(snapshot="state", **changes.get(done, {})))  # type: ignore[arg-type]
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.step, snapshot.purpose) == (step, "state")
    return events, state_from_bytes(state_to_bytes(snapshot.state))


def whole(config: TrainConfig, changes: dict[int, dict[str, float]]) -> list[Event]:
    """The same training without a break."""
    trainer = train(config)
    events = [next(trainer)]
    done = 0
    while not isinstance(events[-1], Ended):
        wanted = min((at for at in changes if at > done), default=None)
        command = Command(
            steps=None if wanted is None else wanted - done,
            **changes.get(done, {}),  # type: ignore[arg-type]
        )
        events.append(trainer.send(command))
        if isinstance(events[-1], Steps):
            done += len(events[-1].losses)
    return events


KINDS: list[dict[str, Any]] = [
    {},
    {"momentum": 0.0},
    {"nesterov": True, "momentum": 0.9, "weight_decay": 1e-3},
    {"optimizer": "adam", "lr": 1e-3},
    {"optimizer": "adamw", "lr": 1e-3, "weight_decay": 0.05, "schedule": "one-cycle"},
    {"schedule": "one-cycle", "lr": 0.1, "label_noise": 0.3},
    {"batch_size": 7},
    {"model": "binary", "model_options": {}},
    {"model": "cnn", "model_options": {"channels": 2}, "train_size": 320},
]


@pytest.mark.parametrize(
    ("changes", "step"), [*((kind, 13) for kind in KINDS), ({}, 1), (KINDS[3], 1)], ids=json.dumps
)
def test_the_continued_curve_is_the_uninterrupted_one(changes: dict[str, Any], step: int) -> None:
    config = replace(SMALL, **changes)
    if step >= config.epochs * -(-(config.train_size or 0) // config.batch_size):
        step //= 2
    before, state = until(config, step)
    after = list(train(config, start=state))
    uninterrupted = list(train(config))
    assert losses(before) + losses(after) == losses(uninterrupted)
    assert evaluations(before) + evaluations(after) == evaluations(uninterrupted)
    ended = after[-1]
    assert isinstance(ended, Ended)
    assert ended.reason == "finished"
    assert ended.seconds > state["seconds"] > 0


EARLY = replace(SMALL, model="linear", model_options={}, lr=2.0, epochs=12, seed=3, patience=2)


def test_a_continued_run_stops_early_where_the_uninterrupted_one_does() -> None:
    uninterrupted = list(train(EARLY))
    states = [e.state for e in uninterrupted if isinstance(e, Snapshot)]
    assert 4 < len(states) < EARLY.epochs
    for state in states[:-1]:
        again = list(train(EARLY, start=state_from_bytes(state_to_bytes(state))))
        assert replace(again[-1], seconds=0.0) == replace(uninterrupted[-1], seconds=0.0)


@pytest.mark.parametrize("best", [None, [], [1], "best", [1, "2"], [1.5, 2.0], {"epoch": 1}])
def test_without_a_best_test_the_next_one_is_it(best: Any) -> None:
    # States from before know none, and files can be damaged.
    state = dict(next(e for e in train(EARLY) if isinstance(e, Snapshot)).state) | {"best": best}
    events = list(train(replace(EARLY, epochs=2), start=state))
    assert isinstance(events[-1], Ended)
    assert (events[-1].reason, events[-1].message) == ("finished", "")


def test_the_best_test_of_other_data_counts_for_nothing() -> None:
    state = dict(next(e for e in train(EARLY) if isinstance(e, Snapshot)).state)
    state["best"] = [1, 1e-9]  # lower than any
    twice = replace(EARLY, double_softmax=True, patience=1, epochs=3)
    assert next(e for e in train(EARLY, start=state) if isinstance(e, Ended)).epoch == 3
    ended = list(train(twice, start=state))[-1]
    assert isinstance(ended, Ended)
    assert "after epoch 1." not in ended.message


@pytest.mark.parametrize("changes", KINDS[:5], ids=lambda c: json.dumps(c))
def test_live_changes_made_before_hold_on(changes: dict[str, Any]) -> None:
    config = replace(SMALL, **changes)
    live: dict[int, dict[str, float]] = {4: {"lr": 0.02}, 12: {"weight_decay": 0.01}}
    if config.optimizer == "sgd":
        live[7] = {"momentum": 0.8}
    before, state = until(config, 15, live)
    uninterrupted = whole(config, live)
    assert losses(before) + losses(list(train(config, start=state))) == losses(uninterrupted)
    assert losses(uninterrupted) != losses(list(train(config)))


def test_each_live_change_changes_the_curve_from_the_second_step_on() -> None:
    plain = losses(list(train(SMALL)))
    for change in ({"lr": 0.5}, {"momentum": 0.0}, {"weight_decay": 1.0}):
        changed = losses(whole(SMALL, {5: change}))
        assert changed[:6] == plain[:6]
        assert changed[6] != plain[6]


def test_adam_ignores_a_momentum() -> None:
    config = replace(SMALL, optimizer="adam", lr=1e-3)
    assert losses(whole(config, {5: {"momentum": 0.9}})) == losses(list(train(config)))


def test_the_state_after_an_epoch_goes_on_with_the_next_one() -> None:
    uninterrupted = list(train(SMALL))
    states = [e for e in uninterrupted if isinstance(e, Snapshot)]
    assert [(e.step, e.purpose) for e in states] == [(10, "epoch"), (20, "epoch"), (30, "epoch")]
    for epoch, snapshot in enumerate(states[:-1], start=1):
        after = list(train(SMALL, start=snapshot.state))
        assert losses(after) == losses(uninterrupted)[epoch * PER_EPOCH :]
        assert evaluations(after) == evaluations(uninterrupted)[epoch:]


def test_a_state_at_the_end_of_an_epoch_but_before_its_evaluation_evaluates_first() -> None:
    before, state = until(SMALL, PER_EPOCH)
    assert evaluations(before) == []
    after = list(train(SMALL, start=state))
    assert [type(e).__name__ for e in after[:3]] == ["Started", "Evaluation", "Snapshot"]
    assert evaluations(after) == evaluations(list(train(SMALL)))


@pytest.mark.parametrize("command", [Command(stop=True), Command(snapshot="state")])
def test_a_state_right_after_an_evaluation_does_not_repeat_it(command: Command) -> None:
    trainer = train(SMALL)
    event = next(e for e in trainer if isinstance(e, Evaluation))
    snapshot = trainer.send(command)
    assert isinstance(snapshot, Snapshot)
    assert snapshot.step == event.step == PER_EPOCH
    after = list(train(SMALL, start=snapshot.state))
    assert evaluations(after) == evaluations(list(train(SMALL)))[1:]


def test_a_state_of_a_continued_training_continues_too() -> None:
    _, state = until(SMALL, 4)
    trainer = train(SMALL, start=state)
    next(trainer)
    steps = trainer.send(Command(steps=3))
    assert isinstance(steps, Steps)
    assert steps.first_step == 5
    snapshot = trainer.send(Command(snapshot="state"))
    assert isinstance(snapshot, Snapshot)
    rest = list(train(SMALL, start=snapshot.state))
    assert losses(rest) == losses(list(train(SMALL)))[7:]


def test_snapshots_that_are_asked_for_change_no_bit() -> None:
    trainer = train(SMALL)
    events = [next(trainer)]
    while not isinstance(events[-1], Ended):
        ask = not isinstance(events[-1], Snapshot)
        kind = "weights" if len(events) % 4 else "state"
        events.append(trainer.send(Command(steps=1, snapshot=kind if ask else "")))
    assert sum(isinstance(e, Snapshot) for e in events) > 30
    assert losses(events) == losses(list(train(SMALL)))


def test_weights_alone_are_smaller_and_those_of_the_state() -> None:
    config = replace(SMALL, optimizer="adam", lr=1e-3)
    trainer = train(config)
    next(trainer)
    trainer.send(Command(steps=3))
    weights = trainer.send(Command(snapshot="weights"))
    state = trainer.send(Command(snapshot="state"))
    assert isinstance(weights, Snapshot)
    assert isinstance(state, Snapshot)
    assert len(state_to_bytes(weights.state)) < len(state_to_bytes(state.state)) / 2.5
    for name, tensor in weights.state["model"].items():
        assert torch.equal(tensor, state.state["model"][name])


def test_weights_of_step_0_are_the_first_weights() -> None:
    trainer = train(SMALL)
    next(trainer)
    snapshot = trainer.send(Command(snapshot="weights"))
    assert isinstance(snapshot, Snapshot)
    model = build_model("hidden", seed=0, hidden=8, classes=3).state_dict()
    assert all(torch.equal(snapshot.state["model"][name], model[name]) for name in model)
    assert losses(list(train(SMALL, start=snapshot.state))) == losses(list(train(SMALL)))


def test_until_reports_there_and_takes_no_step_beyond() -> None:
    trainer = train(SMALL, report_every=60.0)
    next(trainer)
    ends = []
    for limit in (1, 2, 5, 5):  # one that lies behind counts no more
        event = trainer.send(Command(until=limit))
        assert isinstance(event, Steps)
        ends.append(event.first_step + len(event.losses) - 1)
    assert ends == [1, 2, 5, 10]


# Other configurations ----------------------------------------------------------------------


def test_another_rate_begins_with_the_same_loss_and_then_differs() -> None:
    _, state = until(SMALL, 13)
    plain = losses(list(train(SMALL)))[13:]
    other = losses(list(train(replace(SMALL, lr=0.1), start=state)))
    assert other[0] == plain[0]
    assert other[1] != plain[1]
    assert len(other) == len(plain)


def test_the_configurations_rate_counts_more_than_a_live_one() -> None:
    _, state = until(SMALL, 13, {5: {"lr": 0.5}})
    trainer = train(replace(SMALL, lr=0.1), start=state)
    next(trainer)
    event = trainer.send(Command(steps=1))
    assert isinstance(event, Steps)
    assert event.lr == 0.1


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_an_optimizers_state_is_used_by_the_same_optimizer_only(optimizer: str) -> None:
    config = replace(SMALL, optimizer="adam", lr=1e-3)
    _, state = until(config, 13)
    without = {name: value for name, value in state.items() if name != "optimizer"}
    config = replace(config, optimizer=optimizer)
    same = losses(list(train(config, start=state))) == losses(list(train(config, start=without)))
    assert same == (optimizer == "sgd")


@pytest.mark.parametrize(
    ("changes", "first", "total"),
    [
        ({"batch_size": 32}, 13, 13 + 2 * 20),  # one epoch is done, two are left, from their start
        ({"train_size": 320}, 13, 13 + 2 * 5),
        ({"epochs": 5}, 13, 50),
        ({"seed": 1}, 13, 13 + 2 * 10),
    ],
)
def test_with_other_batches_the_epoch_begins_anew(
    changes: dict[str, Any], first: int, total: int
) -> None:
    config = replace(SMALL, **changes)
    _, state = until(SMALL, 13)
    events = list(train(config, start=state))
    steps = [e for e in events if isinstance(e, Steps)]
    assert steps[0].first_step == first + 1
    assert steps[0].epoch == 2
    assert [e.epoch for e in evaluations(events)] == list(range(2, config.epochs + 1))
    assert evaluations(events)[-1].step == total
    # and such a training can itself be continued
    trainer = train(config, start=state)
    next(trainer)
    trainer.send(Command(steps=4))
    snapshot = trainer.send(Command(snapshot="state"))
    assert isinstance(snapshot, Snapshot)
    assert losses(list(train(config, start=snapshot.state))) == losses(events)[4:]


# What is refused ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def state() -> State:
    return until(SMALL, 13)[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "mlp", "model_options": {}}, 'model was "hidden" and now is "mlp"'),
        ({"model_options": {"hidden": 9}}, 'model_options was {"hidden": 8}'),
        ({"classes": (0, 1, 7)}, "classes was [0, 1, 2] and now is [0, 1, 7]"),
    ],
)
def test_another_network_is_named(state: State, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        next(train(replace(SMALL, **changes), start=state))
    assert said in str(caught.value)


def test_too_few_epochs_are_named(state: State) -> None:
    with pytest.raises(ConfigError, match="epochs is 1, but the state is that after 1 epochs"):
        next(train(replace(SMALL, epochs=1), start=state))


def without(name: str) -> Any:
    return lambda state: state.pop(name)


DAMAGES: list[Any] = [
    *(without(name) for name in ("config", "step", "epochs_done", "origin", "examples", "live")),
    without("model"),
    lambda state: state["model"].pop("linear1.weight"),
    lambda state: state["model"].update({"linear1.weight": torch.zeros(3)}),
    lambda state: state["model"].update({"linear1.weight": 7}),
    lambda state: state["config"].update(lr=-1),
    lambda state: state.update(config=7),
    lambda state: state.update(step=-1),
    lambda state: state.update(step=21),
    lambda state: state.update(step=9),
    lambda state: state.update(step=True),
    lambda state: state.update(live={"lr": "fast"}),
    lambda state: state.update(live={"epochs": 7}),
    lambda state: state.update(seconds=None),
    lambda state: state.update(optimizer=None),
    lambda state: state.update(optimizer={"state": {99: {}}}),
    lambda state: state.update(optimizer={"state": {0: {"momentum_buffer": torch.zeros(2)}}}),
]


@pytest.mark.parametrize("damage", range(len(DAMAGES)))
def test_what_is_no_state_is_refused(state: State, damage: int) -> None:
    copy = state_from_bytes(state_to_bytes(state))
    DAMAGES[damage](copy)
    with pytest.raises(CheckpointError):
        next(train(SMALL, start=copy))


def test_those_states_are_one_change_away_from_a_good_one(state: State) -> None:
    copy = state_from_bytes(state_to_bytes(state))
    assert losses(list(train(SMALL, start=copy))) == losses(list(train(SMALL)))[13:]


def test_bytes_that_are_no_state_are_refused(state: State) -> None:
    good = state_to_bytes(state)
    for content in (b"", b"garbage", good[:-200], good[: len(good) // 2]):
        with pytest.raises(CheckpointError, match="damaged"):
            state_from_bytes(content)
    weights = state["model"]["linear1.weight"].numpy().tobytes()
    with pytest.raises(CheckpointError, match="has changed"):
        state_from_bytes(good.replace(weights, bytes(len(weights))))
    with pytest.raises(CheckpointError, match="of type list"):
        state_from_bytes(_pickled([1]))


def test_a_state_runs_no_program() -> None:
    with pytest.raises(CheckpointError, match="UnpicklingError"):
        state_from_bytes(_pickled({"config": _Evil()}))


def _pickled(value: Any) -> bytes:
    import io

    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


@dataclasses.dataclass
class _Evil:
    """Of a class that the reader does not know."""
