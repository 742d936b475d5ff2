"""A visitor's drawings and a run: in which order its moments answer, and which cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.func import functional_call

from playground.datasets.taught import TaughtSet
from playground.errors import CheckpointError
from playground.models import build_model
from playground.training import TrainConfig
from playground.ui.pages.train import own_probes
from playground.ui.pages.train.own_probes import coarse_to_fine
from playground.ui.server.session import TAUGHT


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 64])
@pytest.mark.parametrize("first", [0, -1])
def test_every_moment_comes_once_and_the_wanted_one_first(count: int, first: int) -> None:
    steps = [i * i for i in range(count)]
    order = coarse_to_fine(steps, steps[first])
    assert order[0] == steps[first]
    assert sorted(order) == steps


def test_each_beginning_is_spread_over_the_whole_run() -> None:
    steps = list(range(64))
    for part in (8, 16, 32):
        seen = sorted({*coarse_to_fine(steps, 63)[: part + 1], 64})
        assert max(b - a for a, b in pairwise(seen)) <= 64 // part * 2


# Moments that cannot be read ----------------------------------------------------------------


SOUND = dict(build_model("linear", seed=1).state_dict())
DIVERGED = {name: torch.full_like(weights, torch.nan) for name, weights in SOUND.items()}


@dataclass
class FakeRun:
    """A run of these moments; None for one whose file is damaged or gone."""

    moments: Mapping[int, dict[str, torch.Tensor] | None]
    id: str = "a-run-of-a-test"
    config: TrainConfig = field(default_factory=lambda: TrainConfig(model="linear"))
    asked: list[int] = field(default_factory=list)

    @property
    def edition(self) -> str:
        return self.id

    @property
    def snapshots(self) -> list[Any]:
        return [SimpleNamespace(step=step) for step in self.moments]

    @property
    def store(self) -> Any:
        return SimpleNamespace(snapshots=SimpleNamespace(read_weights=self.read_weights))

    def read_weights(self, step: int) -> dict[str, torch.Tensor]:
        self.asked.append(step)
        weights = self.moments[step]
        if weights is None:
            raise CheckpointError("This file is damaged")
        return weights


def page(run: object, step: int) -> None:
    from playground.ui.pages.train.own_probes import own_probes

    own_probes(run, step)  # type: ignore[arg-type]


@pytest.fixture
def paces(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """How soon the page looks again, of each time that it was drawn."""
    found: list[float | None] = []
    fragment = own_probes.st.fragment

    def noted(function: Any, run_every: float | None) -> Any:
        found.append(run_every)
        return fragment(function, run_every=run_every)

    monkeypatch.setattr(own_probes.st, "fragment", noted)
    monkeypatch.setattr(own_probes, "AT_ONCE", 60.0)
    return found


def shown(run: FakeRun, step: int) -> AppTest:
    app = AppTest.from_function(page, args=(run, step), default_timeout=60)
    taught = TaughtSet()
    taught.add(np.full((28, 28), 0.5), 3)
    app.session_state[TAUGHT] = taught
    app.run()
    assert not app.exception
    return app


def figures(app: AppTest) -> int:
    return len(app.get("bidi_component"))


@pytest.mark.parametrize("step", [1, 2, 3])
def test_moments_that_cannot_be_read_are_left_out_and_tried_once(
    paces: list[float | None], step: int
) -> None:
    run = FakeRun({1: SOUND, 2: None, 3: DIVERGED, 4: SOUND})
    app = shown(run, step)
    assert paces == [own_probes._TICK, None]  # all is known then, and nobody ticks any more
    assert figures(app) == 1
    assert [each.value[:36] for each in app.caption] == ["Left out: 2 of 4 moments, whose weig"]
    app.run()
    assert sorted(run.asked) == [1, 2, 3, 4]


@pytest.mark.parametrize("weights", [None, DIVERGED])
def test_a_run_of_which_nothing_can_be_read_says_so(
    paces: list[float | None], weights: dict[str, torch.Tensor] | None
) -> None:
    app = shown(FakeRun({1: weights, 2: weights}), 2)
    assert paces[-1] is None
    assert figures(app) == 0
    assert "Left out: 2 of 2 moments" in app.caption[0].value


def moment_file(run: object, steps: list[int]) -> None:
    """What a browser fetches of each moment, but the panels that are of the run alone."""
    import streamlit as st

    from playground.ui.components.figure import figure_message
    from playground.ui.pages.train.own_probes import HEIGHT, own_lines, own_probes

    own_probes(run, steps[0])  # type: ignore[arg-type]
    lines = own_lines(run)  # type: ignore[arg-type]
    assert lines is not None
    st.session_state.files = [figure_message(lines.chart(step), HEIGHT) for step in steps]


@pytest.mark.usefixtures("paces")
def test_what_is_fetched_of_a_moment_is_what_its_network_says_of_the_drawing() -> None:
    later = dict(build_model("linear", seed=2).state_dict())
    run = FakeRun({1: SOUND, 2: None, 5: later})
    app = AppTest.from_function(moment_file, args=(run, [1, 5, 2]), default_timeout=60)
    taught = TaughtSet()
    taught.add(np.linspace(0, 1, 784, dtype=np.float32).reshape(28, 28), 3)
    app.session_state[TAUGHT] = taught
    app.run()
    assert not app.exception
    pixels = torch.from_numpy(taught[0].image.reshape(1, 784) / 255).float()
    said = [
        float(torch.softmax(functional_call(build_model("linear"), weights, pixels), 1)[0, 3])
        for weights in (SOUND, later)
    ]
    first, last, damaged = (
        [*map(places, each["figure"]["data"])] for each in app.session_state.files
    )
    for traces, cursor in (first, 0), (last, 1):
        at = (1, 5)[cursor]
        line, point = traces[1], traces[2]
        assert line[0] == [1, 5]
        assert line[1] == pytest.approx(said, abs=1e-4)
        assert point[0] == [at]
        assert point[1] == pytest.approx([said[cursor]], abs=1e-4)
        assert traces[0][0] == [at, at]
    assert damaged == last  # the newest that is known


def places(trace: dict[str, Any]) -> tuple[list[float], list[float]]:
    return trace["x"], trace["y"]
