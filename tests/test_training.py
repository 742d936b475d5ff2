"""The trainer against a plain PyTorch loop, against itself, and at its edges."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from few_digits import COUNTS, evaluated_on_few_digits
from notebook_net import NotebookNet
from torch import nn, optim
from torch.nn import functional

from playground.data import as_float, load_mnist
from playground.errors import ConfigError
from playground.models import build_model
from playground.training import (
    Command,
    Ended,
    Evaluation,
    Event,
    Snapshot,
    Started,
    Steps,
    TrainConfig,
    train,
)
from playground.training.config import smaller_rate
from playground.training.optimizers import choose_device, rate_factor
from playground.training.task import batches, with_label_noise, with_shuffled_labels

SMALL = TrainConfig(epochs=2, train_size=640, device="cpu")


@pytest.fixture
def few_test_digits() -> Iterator[None]:
    """For tests of something else than an evaluation of all of them."""
    with evaluated_on_few_digits():
        yield


few_tested = pytest.mark.usefixtures("few_test_digits")


def losses(events: list[Event]) -> list[float]:
    return [loss for e in events if isinstance(e, Steps) for loss in e.losses]


def evaluations(events: list[Event]) -> list[Evaluation]:
    return [e for e in events if isinstance(e, Evaluation)]


def last(events: list[Event]) -> Ended:
    assert isinstance(events[-1], Ended)
    return events[-1]


def plain_loop(optimizer_of: Any, steps: int) -> Iterator[tuple[float, float]]:
    """Loss and accuracy of each step of notebook A's loop, from the same first weights and over
    the same batches.
    """
    model = NotebookNet()
    model.load_state_dict(build_model("mlp", seed=0).state_dict())
    data = load_mnist("train")
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(0))
    criterion = nn.CrossEntropyLoss()
    optimizer = optimizer_of(model.parameters())
    for step in range(steps):
        rows = order[step * 64 : (step + 1) * 64]
        optimizer.zero_grad()
        output = model(data.images[rows].float() / 255)
        loss = criterion(output, data.labels[rows])
        loss.backward()
        optimizer.step()
        yield loss.item(), float((output.argmax(1) == data.labels[rows]).float().mean())


@pytest.mark.parametrize(
    ("changes", "optimizer_of"),
    [
        ({}, lambda p: optim.SGD(p, lr=0.01, momentum=0.5)),
        (
            {"nesterov": True, "momentum": 0.9, "weight_decay": 1e-4},
            lambda p: optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4),
        ),
        # Fused as in the trainer: Adam divides by the root of tiny numbers, so that another
        # order of rounding grows far beyond 1e-5 within 100 steps.
        ({"optimizer": "adam", "lr": 1e-3}, lambda p: optim.Adam(p, lr=1e-3, fused=True)),
        (
            {"optimizer": "adamw", "lr": 1e-3, "weight_decay": 0.05},
            lambda p: optim.AdamW(p, lr=1e-3, weight_decay=0.05, fused=True),
        ),
        (
            {"optimizer": "adam", "lr": 1e-3, "beta1": 0.5, "beta2": 0.9},
            lambda p: optim.Adam(p, lr=1e-3, betas=(0.5, 0.9), fused=True),
        ),
    ],
    ids=["notebook A", "nesterov", "adam", "adamw", "adam with other betas"],
)
def test_losses_and_accuracies_equal_a_plain_loop_for_100_steps(
    changes: dict[str, Any], optimizer_of: Any
) -> None:
    trainer = train(TrainConfig(epochs=1, device="cpu", **changes))
    next(trainer)
    steps = trainer.send(Command(steps=100))
    assert isinstance(steps, Steps)
    losses, accuracies = zip(*plain_loop(optimizer_of, 100), strict=True)
    assert steps.losses == pytest.approx(losses, abs=1e-5)
    assert steps.accuracies == pytest.approx(accuracies, abs=0.02)  # 1 of 64 may be on the brink


def test_the_events_come_in_order_and_their_counts_fit() -> None:
    events = list(train(SMALL))
    kinds = [type(e).__name__ for e in events if not isinstance(e, Steps)]
    assert kinds == ["Started", "Evaluation", "Snapshot", "Evaluation", "Snapshot", "Ended"]
    started = events[0]
    assert isinstance(started, Started)
    assert (started.steps_per_epoch, started.total_steps) == (10, 20)
    assert (started.train_examples, started.test_examples) == (640, 10_000)
    assert started.parameters == sum(p.numel() for p in build_model("mlp").parameters())
    step = 0
    for event in events:
        if isinstance(event, Steps):
            assert event.first_step == step + 1
            assert len(event.losses) == len(event.accuracies)
            step += len(event.losses)
    assert step == 20
    assert last(events).reason == "finished"
    assert (last(events).step, last(events).epoch) == (20, 2)


@few_tested
def test_every_step_reports_the_accuracy_on_its_own_batch() -> None:
    events = list(train(replace(SMALL, batch_size=100, epochs=1)))
    accuracies = [a for e in events if isinstance(e, Steps) for a in e.accuracies]
    assert len(accuracies) == 7
    assert all(0 <= a <= 1 for a in accuracies)
    assert all(
        (a * 100).is_integer() or math.isclose(a * 100, round(a * 100)) for a in accuracies[:6]
    )
    assert math.isclose(accuracies[6] * 40, round(accuracies[6] * 40))  # the last batch has 40


def test_an_evaluation_is_that_of_the_snapshot_taken_with_it() -> None:
    events = list(train(replace(SMALL, epochs=1)))
    (snapshot,) = [e for e in events if isinstance(e, Snapshot)]
    (evaluation,) = evaluations(events)
    model = build_model("mlp")
    model.load_state_dict(snapshot.state["model"])
    data = load_mnist("test")
    with torch.inference_mode():
        logits = model(as_float(data.images))
    assert evaluation.loss == pytest.approx(float(functional.cross_entropy(logits, data.labels)))
    read = logits.argmax(1)
    assert evaluation.accuracy == float((read == data.labels).sum()) / 10_000
    confusion = torch.tensor(evaluation.confusion)
    assert confusion.sum() == evaluation.examples == 10_000
    assert torch.equal(confusion.sum(1), torch.bincount(data.labels))
    assert torch.equal(confusion.sum(0), torch.bincount(read, minlength=10))


@few_tested
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": "adamw", "lr": 1e-3, "schedule": "one-cycle", "label_noise": 0.2},
        {"model": "cnn", "model_options": {"channels": 2}, "optimizer": "adam", "lr": 1e-3},
    ],
)
def test_the_same_seed_gives_the_same_bits_whatever_the_pace(changes: dict[str, Any]) -> None:
    config = replace(SMALL, train_size=256, **changes)
    first, second = list(train(config)), list(train(config, report_every=0.0))
    assert losses(first) == losses(second)
    assert [replace(e, seconds=0) for e in evaluations(first)] == [
        replace(e, seconds=0) for e in evaluations(second)
    ]
    other = list(train(replace(config, seed=1)))
    assert losses(first) != losses(other)


@few_tested
def test_training_leaves_the_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    list(train(replace(SMALL, label_noise=0.5)))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_step_command_takes_exactly_so_many_steps_and_no_epoch_border() -> None:
    trainer = train(SMALL)
    next(trainer)
    sizes = []
    for wanted in (1, 3, 100):
        event = trainer.send(Command(steps=wanted))
        assert isinstance(event, Steps)
        sizes.append(len(event.losses))
    assert sizes == [1, 3, 6]  # the epoch has ten steps
    assert isinstance(next(trainer), Evaluation)
    trainer.close()


@few_tested
def test_a_new_rate_holds_from_the_next_step_on() -> None:
    trainer = train(SMALL)
    next(trainer)
    first = trainer.send(Command(steps=2))
    second = trainer.send(Command(steps=2, lr=0.5))
    assert isinstance(first, Steps)
    assert isinstance(second, Steps)
    assert (first.lr, second.lr) == (0.01, 0.5)
    plain = losses(list(train(replace(SMALL, epochs=1))))
    third = trainer.send(Command(steps=2))
    assert isinstance(third, Steps)
    assert third.lr == 0.5
    assert list(first.losses) == plain[:2]
    assert second.losses[0] == plain[2]  # measured before the first step at the new rate
    assert second.losses[1] != plain[3]
    trainer.close()


def test_stop_ends_with_a_snapshot_of_where_it_stopped() -> None:
    trainer = train(SMALL)
    next(trainer)
    trainer.send(Command(steps=4))
    snapshot = trainer.send(Command(stop=True))
    assert isinstance(snapshot, Snapshot)
    assert snapshot.step == 4
    ended = next(trainer)
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.step) == ("stopped", 4)
    with pytest.raises(StopIteration):
        next(trainer)


def test_stop_in_the_report_in_which_the_loss_breaks_saves_no_broken_weights() -> None:
    trainer = train(replace(SMALL, lr=1e5), report_every=1e9)
    event: Event = next(trainer)
    while not isinstance(event, Steps):
        event = trainer.send(None)
    broken = trainer.send(Command(stop=True))
    assert isinstance(broken, Ended)
    assert broken.reason == "failed"
    assert "The loss became" in broken.message


def test_stop_before_the_first_step() -> None:
    trainer = train(SMALL)
    next(trainer)
    event = trainer.send(Command(stop=True))
    assert isinstance(event, Ended)
    assert (event.reason, event.step) == ("stopped", 0)


def test_a_loss_without_bound_fails_with_step_last_good_loss_and_advice() -> None:
    events = list(train(replace(SMALL, lr=1e5, epochs=1)))
    ended = last(events)
    assert ended.reason == "failed"
    good = losses(events)
    assert all(map(math.isfinite, good))
    assert ended.step == len(good) + 1
    assert ended.last_good_loss == good[-1]
    assert f"at step {ended.step}" in ended.message
    assert "smaller learning rate" in ended.message
    assert not evaluations(events)


@pytest.mark.parametrize(
    ("optimizer", "rate", "advised"),
    [("sgd", 1e5, "0.01"), ("sgd", 1.0, "0.1"), ("sgd", 0.02, "0.002"), ("adam", 100.0, "0.001")],
)
def test_a_rate_that_is_advised_is_one_that_learns(
    optimizer: str, rate: float, advised: str
) -> None:
    assert f"{smaller_rate(optimizer, rate):g}" == advised


@few_tested
def test_an_evaluation_that_is_no_number_fails_the_run_too() -> None:
    """One step an epoch: the batch's loss is finite, what the step makes of the weights is not."""
    events = list(train(replace(SMALL, lr=1e5, train_size=64, epochs=3)))
    assert last(events).reason == "failed"
    assert last(events).last_good_loss == losses(events)[-1]
    assert "smaller learning rate" in last(events).message
    assert all(math.isfinite(e.loss) for e in evaluations(events))


@few_tested
def test_snapshots_do_not_change_while_training_goes_on() -> None:
    trainer = train(SMALL)
    snapshot = next(e for e in trainer if isinstance(e, Snapshot))
    before = {name: value.clone() for name, value in snapshot.state["model"].items()}
    list(trainer)
    assert all(torch.equal(value, before[name]) for name, value in snapshot.state["model"].items())


@pytest.mark.parametrize("total", [1, 2, 3, 10, 937, 8442])
def test_one_cycle_is_pytorchs(total: int) -> None:
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = optim.SGD([parameter], lr=0.3)
    if total > 3:  # PyTorch's own divides by zero below that
        scheduler = optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.3, total_steps=total, cycle_momentum=False
        )
        for step in range(total):
            rate = 0.3 * rate_factor("one-cycle", step, total)
            assert optimizer.param_groups[0]["lr"] == pytest.approx(rate, rel=1e-9)
            optimizer.step()
            if step + 1 < total:
                scheduler.step()
    rates = [rate_factor("one-cycle", step, total) for step in range(total)]
    assert all(0 < rate <= 1 for rate in rates)


@few_tested
@pytest.mark.parametrize("pace", [0.0, 60.0])
def test_one_cycle_reaches_the_optimizer(pace: float) -> None:
    # Whatever is reported at once, each step has its rate.
    events = list(train(replace(SMALL, schedule="one-cycle", lr=0.3), report_every=pace))
    steps = [e for e in events if isinstance(e, Steps)]
    rates = [rate for e in steps for rate in e.learning_rates]
    total = len(rates)
    expected = [0.3 * rate_factor("one-cycle", step, total) for step in range(total)]
    assert rates == expected
    assert [e.lr for e in steps] == [e.learning_rates[-1] for e in steps]
    assert rates[0] == pytest.approx(0.3 / 25)
    assert max(rates) == pytest.approx(0.3, rel=0.01)
    assert rates[-1] < 1e-4


@few_tested
@pytest.mark.parametrize("patience", [1, 2, 3])
def test_a_run_ends_when_the_test_loss_has_not_fallen_for_too_long(patience: int) -> None:
    config = replace(SMALL, model="linear", lr=2.0, epochs=12, seed=3)
    whole = list(train(config))
    tests = [e.loss for e in evaluations(whole)]
    lowest = [min(range(n), key=tests.__getitem__) for n in range(1, len(tests) + 1)]
    end = next(n for n, best in enumerate(lowest, 1) if n - 1 - best >= patience)
    assert end < config.epochs, "the case is to end early"
    events = list(train(replace(config, patience=patience)))
    assert [e.loss for e in evaluations(events)] == tests[:end]
    assert losses(events) == losses(whole)[: len(losses(events))]
    assert (last(events).reason, last(events).epoch) == ("finished", end)
    assert isinstance(events[-2], Snapshot)
    said = f"Stopped early, after epoch {end}: .* after epoch {lowest[end - 1] + 1}\\.$"
    assert re.match(said, last(events).message)


@few_tested
def test_a_stop_at_the_epoch_that_uses_up_the_patience_is_the_end() -> None:
    config = replace(SMALL, model="linear", lr=2.0, epochs=12, seed=3, patience=2)
    alone = last(list(train(config)))
    assert alone.epoch < config.epochs
    training = train(config)
    event = next(training)
    while not isinstance(event, Ended):
        stop = isinstance(event, Evaluation) and event.epoch == alone.epoch
        event = training.send(Command(stop=stop))
    assert (event.reason, event.epoch, event.message) == ("finished", alone.epoch, alone.message)


@few_tested
def test_a_test_loss_that_falls_to_the_end_stops_nothing() -> None:
    events = list(train(replace(SMALL, model="linear", patience=1)))
    assert (last(events).epoch, last(events).message) == (SMALL.epochs, "")
    assert losses(events) == losses(list(train(replace(SMALL, model="linear"))))


@few_tested
@pytest.mark.parametrize(
    ("config", "examples", "classes"),
    [
        (TrainConfig(model="hidden"), None, 3),
        (TrainConfig(model="hidden", classes=(4, 9)), None, 2),
        (TrainConfig(model="linear", classes=(7, 1, 0, 3)), None, 4),
        (TrainConfig(model="binary"), None, 2),
        (TrainConfig(model="binary", classes=(8,)), COUNTS["test"], 2),
        (TrainConfig(model="linear"), COUNTS["test"], 10),
        (TrainConfig(model="mlp", model_options={"widths": [16]}), COUNTS["test"], 10),
        (TrainConfig(model="cnn", model_options={"channels": 4}), COUNTS["test"], 10),
    ],
)
def test_every_network_learns_its_digits(
    config: TrainConfig, examples: int | None, classes: int
) -> None:
    labels = load_mnist("test").labels[: COUNTS["test"]]
    if examples is None:
        examples = int(torch.isin(labels, torch.tensor(config.output_classes)).sum())
    config = replace(config, epochs=6, train_size=3000, optimizer="adam", lr=5e-3, device="cpu")
    found = evaluations(list(train(config)))
    assert found[-1].examples == examples
    assert len(found[-1].confusion) == classes
    often = max(sum(row) for row in found[-1].confusion) / examples
    # better than always saying the most frequent class, by a fifth of what is left
    assert found[-1].accuracy > often + (1 - often) / 5


def test_one_against_the_rest_counts_the_one_as_class_1() -> None:
    config = TrainConfig(model="binary", classes=(8,), epochs=1, train_size=100, device="cpu")
    confusion = evaluations(list(train(config)))[0].confusion
    eights = int((load_mnist("test").labels == 8).sum())
    assert [sum(row) for row in confusion] == [10_000 - eights, eights]


def test_label_noise_changes_that_many_labels_and_each_to_another_class() -> None:
    targets = torch.arange(1000) % 10
    noisy = with_label_noise(targets, 0.3, 10, seed=5)
    assert int((noisy != targets).sum()) == 300
    assert noisy.min() >= 0
    assert noisy.max() <= 9
    assert torch.equal(targets, torch.arange(1000) % 10)
    assert torch.equal(noisy, with_label_noise(targets, 0.3, 10, seed=5))
    assert not torch.equal(noisy, with_label_noise(targets, 0.3, 10, seed=6))
    counts = torch.bincount((noisy - targets).remainder(10)[noisy != targets], minlength=10)[1:]
    assert counts.min() > 0  # every wrong class occurs


def test_wrong_labels_are_no_more_often_in_the_first_batches_than_elsewhere() -> None:
    noisy = with_label_noise(torch.zeros(1000, dtype=torch.long), 0.3, 10, seed=5)
    order = torch.randperm(1000, generator=torch.Generator().manual_seed(5))  # of a run's batches
    assert 60 < int((noisy[order[:300]] != 0).sum()) < 120


def test_shuffled_labels_keep_each_class_as_often() -> None:
    targets = torch.arange(1000) % 10
    shuffled = with_shuffled_labels(targets, seed=5)
    assert torch.equal(torch.bincount(shuffled), torch.bincount(targets))
    assert 800 < int((shuffled != targets).sum()) < 1000
    assert torch.equal(shuffled, with_shuffled_labels(targets, seed=5))
    assert not torch.equal(shuffled, with_shuffled_labels(targets, seed=6))


def first_steps(**changes: Any) -> Steps:
    config = TrainConfig(
        model="hidden", epochs=1, train_size=640, batch_size=640, device="cpu", **changes
    )
    trainer = train(config)
    next(trainer)
    steps = trainer.send(Command(steps=1))
    assert isinstance(steps, Steps)
    return steps


@few_tested
def test_from_zeros_only_the_last_bias_learns() -> None:
    assert first_steps(init="zeros").losses[0] == pytest.approx(math.log(3), abs=1e-6)
    config = TrainConfig(model="hidden", init="zeros", epochs=1, train_size=640, device="cpu")
    (snapshot,) = [e for e in train(config) if isinstance(e, Snapshot)]
    moved = {name for name, value in snapshot.state["model"].items() if bool(value.any())}
    assert moved == {"linear2.bias"}


def test_shuffled_labels_reach_the_training_but_not_the_test() -> None:
    plain, shuffled = first_steps(), first_steps(shuffled_labels=True)
    assert plain.losses != shuffled.losses
    config = TrainConfig(model="hidden", shuffled_labels=True, train_size=640, epochs=1)
    (found,) = evaluations(list(train(config)))
    labels = load_mnist("test").labels
    assert [sum(row) for row in found.confusion] == [int((labels == c).sum()) for c in range(3)]


@pytest.mark.parametrize("model", ["hidden", "binary"])
def test_a_double_softmax_feeds_probabilities_to_the_loss(model: str) -> None:
    config = TrainConfig(model=model, double_softmax=True, epochs=1, train_size=64, device="cpu")
    trainer = train(config)
    next(trainer)
    steps = trainer.send(Command(steps=1))
    assert isinstance(steps, Steps)
    options = {} if model == "binary" else {"classes": 3}
    network = build_model(model, seed=0, **options)
    data = load_mnist("train")
    kept = data.labels < (2 if model == "binary" else 3)
    images, labels = as_float(data.images[kept][:64]), data.labels[kept][:64]
    with torch.inference_mode():
        logits = network(images)
        if model == "binary":
            p = torch.sigmoid(logits.squeeze(1))
            loss = functional.binary_cross_entropy(torch.sigmoid(p), labels.float())
        else:
            loss = functional.cross_entropy(torch.softmax(logits, 1), labels)
    assert steps.losses[0] == pytest.approx(float(loss), abs=1e-6)


@pytest.mark.parametrize("batch_size", [1, 7, 64, 1024, 3000])
def test_batches_hold_every_example_once_in_order(batch_size: int) -> None:
    data = load_mnist("test")
    order = torch.randperm(2500, generator=torch.Generator().manual_seed(1))
    got = list(batches(data.images, data.labels, order, batch_size))
    assert all(len(y) == batch_size for _, y in got[:-1])
    assert torch.equal(torch.cat([y for _, y in got]), data.labels[order])
    assert torch.equal(torch.cat([x for x, _ in got]), as_float(data.images[order]))


def test_more_examples_than_the_chosen_digits_have() -> None:
    config = TrainConfig(model="binary", train_size=60_000)
    with pytest.raises(ConfigError, match="the chosen classes have only 12,665"):
        next(train(config))


@pytest.mark.parametrize(
    ("options", "said"),
    [({"width": 3}, "width"), ({"classes": 4}, "4 classes")],
)
def test_wrong_model_options_are_refused_before_anything_is_trained(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        next(train(TrainConfig(model_options=options)))


def test_the_device_is_chosen_or_refused_in_words() -> None:
    assert choose_device("cpu").type == "cpu"
    best = "cuda" if torch.cuda.is_available() else None
    best = best or ("mps" if torch.backends.mps.is_available() else "cpu")
    assert choose_device("auto").type == best
    if best == "cpu":
        with pytest.raises(ConfigError, match="Choose 'auto'"):
            choose_device("cuda")


def test_auto_leaves_a_gpu_alone_that_is_full_or_does_not_compute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def too_old(*arguments: object, **options: object) -> None:
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with …")

    cpu = choose_device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch, "ones", lambda *size, device: torch.zeros(1))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (100 * 2**20, 2**34))
    assert choose_device("auto") == cpu
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**33, 2**34))
    with monkeypatch.context() as patch:
        patch.setattr(torch, "ones", too_old)
        assert choose_device("auto") == cpu
    assert choose_device("auto").type == choose_device("cuda").type == "cuda"
    reasons = [record.getMessage().split(": ", 1)[1] for record in caplog.records]
    assert reasons == ["100 MiB are free on it", "CUDA error: no kernel image is available"]
