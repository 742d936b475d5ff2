"""A sweep as a Python script that uses this package."""

from __future__ import annotations

import dataclasses

from playground.code_templates import as_code, render
from playground.datasets.catalogue import own_id
from playground.training import TrainConfig
from playground.training.sweep import Sweep


def sweep_script(sweep: Sweep) -> str:
    """Return a script that trains all runs of a sweep, and leaves out those that it leaves out.

    It imports `playground`, prints the test loss after each epoch and writes `sweep.csv`. The same
    sweep always gives the same text.
    """
    usual = TrainConfig()
    values = {field.name: getattr(sweep.base, field.name) for field in dataclasses.fields(usual)}
    base = {name: as_code(v) for name, v in values.items() if v != getattr(usual, name)}
    axes = [
        {"name": axis.name, "taken": as_code(axis.values), "log": as_code(axis.log)}
        for axis in sweep.axes
    ]
    return render(
        "export/sweep.py.jinja",
        count=sweep.count,
        base=base,
        axes=axes,
        seeds=as_code(sweep.seeds),
        eta=sweep.eta,
        own=own_id(sweep.base.dataset) is not None,
        halves=bool(sweep.rungs),
    )
