"""The few test images a run is watched with: which they are, and what is kept of what is read."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from few_digits import evaluated_on_few_digits
from hypothesis import given
from hypothesis import strategies as st

from playground.data import load_mnist
from playground.errors import InputError
from playground.inspection.network import probe
from playground.runs import Reading, Readings
from playground.runs.protocol import event_from_message, event_to_message
from playground.training import Command, Event, Snapshot, Started, Steps, TrainConfig, train
from playground.training.probes import MOST_PROBES, probe_indices

SHORT = TrainConfig(epochs=1, train_size=640, device="cpu")


# ---------------------------------------------------------------- which


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_each_class_has_its_first_examples_as_many_as_there_is_room(targets: list[int]) -> None:
    chosen = probe_indices(torch.tensor(targets)).tolist()
    assert len(chosen) == len(set(chosen)) == min(MOST_PROBES, len(targets))
    assert chosen == sorted(chosen, key=lambda i: (targets[i], i))
    counts, all_of = Counter(targets[i] for i in chosen), Counter(targets)
    for label, total in all_of.items():
        firsts = [i for i, each in enumerate(targets) if each == label][: counts[label]]
        assert [i for i in chosen if targets[i] == label] == firsts
        if counts[label] < total:  # no other class has had two more turns
            assert counts[label] >= max(counts.values()) - 1


# ---------------------------------------------------------------- what is read


def first_events(config: TrainConfig, steps: int) -> tuple[Started, Steps, Snapshot]:
    """Of a training: its begin, so many steps, and the weights after them."""
    with evaluated_on_few_digits():
        trainer = train(config)
        started = next(trainer)
        taken = trainer.send(Command(steps=steps))
        snapshot = trainer.send(Command(snapshot="weights"))
        trainer.close()
    assert isinstance(started, Started)
    assert isinstance(taken, Steps)
    assert isinstance(snapshot, Snapshot)
    return started, taken, snapshot


@pytest.mark.parametrize(
    "config",
    [
        SHORT,
        replace(SHORT, model="cnn", lr=0.1),  # with dropout
        replace(SHORT, model="linear", lr=0.1, classes=(4, 9)),
        replace(SHORT, model="binary", lr=0.1, classes=(3,)),
    ],
    ids=lambda config: f"{config.model} {config.classes}",
)
def test_a_reading_is_what_an_inspection_of_the_same_weights_says(config: TrainConfig) -> None:
    started, taken, snapshot = first_events(config, 6)
    packed = np.frombuffer(base64.b64decode(started.probe_pixels), np.uint8)
    pixels = np.stack([packed >> 4, packed & 15], axis=1).reshape(-1, 28, 28) * 17
    test = load_mnist("test").images.numpy()
    images = np.stack(
        [test[np.abs(test - pixel.astype(int)).max((1, 2)).argmin()] for pixel in pixels]
    )
    assert np.abs(images - pixels.astype(int)).max() <= 8
    seen = probe(config, snapshot.state["model"], images)
    assert taken.predictions == tuple(seen.predictions.tolist())
    assert taken.confidences == pytest.approx(seen.probabilities.max(axis=1), abs=1e-4)
    assert started.class_names == config.class_names
    assert len(started.probe_targets) == len(started.predictions) == MOST_PROBES
    assert started.predictions + started.confidences != taken.predictions + taken.confidences


def test_numbers_that_are_not_finite_are_no_reading() -> None:
    events = [each for each in train(replace(SHORT, lr=1e6, epochs=3)) if isinstance(each, Steps)]
    assert all(len(each.predictions) == len(each.confidences) for each in events)
    assert events[-1].predictions == ()
    for event in events:
        json.dumps(event_to_message(event), allow_nan=False)


def test_a_report_grows_by_little() -> None:
    started, taken, _ = first_events(SHORT, 1)
    assert len(json.dumps(event_to_message(started), separators=(",", ":"))) < 6000  # once
    bare = replace(taken, predictions=(), confidences=())
    with_and_without = [
        len(json.dumps(event_to_message(each), separators=(",", ":"))) for each in (taken, bare)
    ]
    assert with_and_without[0] - with_and_without[1] < 100


# ---------------------------------------------------------------- what is kept

BEGIN = Started(
    *("cpu", 1, 10, 20, 2, 5, 10),
    probe_pixels=base64.b64encode(bytes(2 * 392)).decode(),
    probe_targets=(0, 1),
    class_names=("no", "yes"),
    predictions=(1, 1),
    confidences=(0.5, 0.75),
)


def steps(last: int, **changes: Any) -> Steps:
    values: dict[str, Any] = {"predictions": (0, 1), "confidences": (0.25, 0.5)} | changes
    return Steps(1, last, (1.0,), (0.5,), 4, 0.1, 0.1, **values)


def again(event: Event) -> Any:
    """As it comes from the training process, and from the disk."""
    return event_from_message(json.loads(json.dumps(event_to_message(event))))


@given(st.lists(st.integers(1, 50), max_size=20), st.integers(-1, 60))
def test_a_moment_has_the_newest_reading_that_is_not_later(ends: list[int], moment: int) -> None:
    readings, known = Readings(), {0: (0.5, 0.75)}
    readings.begin(again(BEGIN), 0)
    for end in ends:
        chance = (end / 64, 1 - end / 64)
        readings.add(again(steps(end, confidences=chance)))
        if end > max(known):  # a step that is known already is left out
            known[end] = chance
    found = readings.after(moment)
    at = max((step for step in known if step <= moment), default=None)
    assert (None if found is None else found.step) == at
    if at is not None and found is not None:
        assert found.confidences == known[at]
    assert len(readings) == len(known)
    assert readings.names == ("no", "yes")


def test_a_run_that_goes_on_after_a_crash_keeps_what_was_read() -> None:
    readings = Readings()
    readings.begin(again(BEGIN), 0)
    readings.add(steps(5))
    readings.begin(again(replace(BEGIN, confidences=(0.0, 0.0))), 5)
    assert readings.after(5) == Reading(5, (0, 1), (0.25, 0.5))
    assert readings.after(4) == Reading(0, (1, 1), (0.5, 0.75))


def test_a_run_from_before_has_none() -> None:
    readings = Readings()
    readings.begin(Started("cpu", 1, 10, 20, 2, 5, 10), 0)
    readings.add(steps(1, predictions=(), confidences=()))
    assert readings.after(10) is None
    assert readings.bytes == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"probe_pixels": "ä"},
        {"probe_pixels": "no base64"},
        {"probe_pixels": ""},
        {"probe_targets": (0, 2)},
        {"probe_targets": (0, 1, 1)},
        {"class_names": ("one",)},
        {"predictions": (0,)},
        {"predictions": (0, 2)},
        {"predictions": (0, 10**15)},
        {"confidences": ()},
        {"confidences": (0.5, 1.5)},
        {"confidences": (-1.0, 0.5)},
    ],
)
def test_what_cannot_be_read_is_damage(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="probes"):
        Readings().begin(again(replace(BEGIN, **changes)), 0)
    answers = {
        name: value for name, value in changes.items() if name in ("predictions", "confidences")
    }
    if answers:
        readings = Readings()
        readings.begin(BEGIN, 0)
        with pytest.raises(InputError, match="2 probes"):
            readings.add(again(steps(1, **answers)))
        assert len(readings) == 1
