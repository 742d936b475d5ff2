"""Several runs in one picture."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.charts.race import AXES, MOST_POINTS, Curve, race, thinned
from playground.errors import InputError


def curve(name: str, points: int = 5) -> Curve:
    x = np.arange(1, points + 1, dtype=np.float64)
    return Curve(name, x, 2.3 / x, x[1::2], np.linspace(0.1, 0.9, len(x[1::2])))


def test_each_run_has_a_line_of_loss_and_one_of_accuracy() -> None:
    chart = race([curve("one"), curve("two")], "steps")
    names = [trace["name"] for trace in chart.figure["data"]]
    assert names == ["one", "one", "two", "two"]
    dashes = [trace["line"]["dash"] for trace in chart.figure["data"]]
    assert dashes[0] == dashes[1] != dashes[2]
    assert chart.figure["data"][0]["y"] == pytest.approx([2.3, 1.15, 0.766667, 0.575, 0.46])
    assert chart.figure["data"][3]["y"] == pytest.approx([0.1, 0.9])


@pytest.mark.parametrize("by", AXES)
@pytest.mark.parametrize("log", [False, True])
def test_plotly_accepts_the_figure(by: str, log: bool) -> None:
    figure = race([curve("a"), curve("b", 5000)], by, log=log).figure
    colours_resolved = _plain(figure)
    go.Figure(colours_resolved)
    assert figure["layout"]["xaxis"]["title"]["text"] == AXES[by]
    assert figure["layout"]["yaxis"]["type"] == ("log" if log else "linear")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        if {"light", "dark"} <= set(value):
            return value["light"]
        return {key: _plain(item) for key, item in value.items() if key != "theme"}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    x = np.arange(10_000.0)
    short_x, short_y = thinned(x, x * 2)
    assert len(short_x) <= MOST_POINTS
    assert (short_x[0], short_x[-1], short_y[-1]) == (0.0, 9999.0, 19_998.0)


def test_the_picture_is_told_in_words() -> None:
    empty = Curve("new", np.empty(0), np.empty(0), np.empty(0), np.empty(0))
    alt = race([curve("old"), empty], "steps").alt
    assert "old: loss 0.46" in alt
    assert "test accuracy 90.00%" in alt
    assert "new has not begun" in alt


@pytest.mark.parametrize(("count", "by"), [(0, "steps"), (5, "steps"), (1, "miles")])
def test_too_many_runs_or_another_axis_are_refused(count: int, by: str) -> None:
    with pytest.raises(InputError, match="steps, seconds, examples"):
        race([curve(str(i)) for i in range(count)], by)
