"""One run as a Jupyter notebook.

The format is nbformat 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html):
JSON with cells, each with an id of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from playground.code_templates import render
from playground.export.plan import read_plan
from playground.export.script import PHASE
from playground.training import Change, TrainConfig


def training_notebook(
    config: TrainConfig,
    changes: Sequence[Change] = (),
    *,
    from_weights: bool = False,
    threads: int = 0,
) -> str:
    """Return the same as `training_script` as a notebook: .ipynb, JSON in UTF-8.

    Above the code of each phase stand two sentences on it. There are no outputs;
    run the cells from top to bottom. The losses go to `losses.csv`.

    Args:
        config: the run as it was started.
        changes: settings changed while it went on.
        from_weights: the run began with the weights in `START_WEIGHTS`.
        threads: as `training_script`.

    Raises:
        ConfigError: as `training_script`.
    """
    run = read_plan(config, changes, threads)
    values = {"run": run, "notebook": True, "from_weights": from_weights}
    imports, *phases = PHASE.split(render("export/phases.py.jinja", **values))
    cells = [
        _markdown("title", render("export/notebook.md.jinja", **values)),
        _code("imports", imports),
    ]
    for number, title, what, why, code in zip(*[iter(phases)] * 5, strict=True):
        name = title.lower().replace(" ", "-")
        cells.append(_markdown(f"{name}-text", f"## {number}. {title}\n\n{what} {why}"))
        cells.append(_code(name, code))
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _markdown(cell_id: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": _lines(text)}


def _code(cell_id: str, code: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {},
        "source": _lines(code),
        "execution_count": None,
        "outputs": [],
    }


def _lines(text: str) -> list[str]:
    return text.strip("\n").splitlines(keepends=True)
