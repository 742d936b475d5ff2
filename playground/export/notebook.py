"""One run as a Jupyter notebook.

The format is nbformat 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html):
JSON with cells, each with an id of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from playground.export.phases import imports, phases, title
from playground.export.plan import Change, read_plan
from playground.export.sources import source
from playground.training import TrainConfig


def training_notebook(config: TrainConfig, changes: Sequence[Change] = ()) -> str:
    """Return the same as `training_script` as a notebook: .ipynb, JSON in UTF-8.

    Above the code of each phase stand two sentences on it. There are no outputs;
    run the cells from top to bottom. The losses go to `losses.csv`.

    Raises:
        ConfigError: as `training_script`.
    """
    plan = read_plan(config, changes)
    parts, origin = phases(plan, reads_arguments=False), source(plan)
    packages = origin.packages
    cells = [
        _markdown(
            "title",
            f"# {title(plan)}\n\n"
            f"Run the cells from top to bottom, after `pip install {packages}`. {origin.needs}",
        ),
        _code("imports", imports(plan, parts)),
    ]
    for number, part in enumerate(parts, start=1):
        name = part.title.lower().replace(" ", "-")
        cells.append(
            _markdown(f"{name}-text", f"## {number}. {part.title}\n\n{part.what} {part.why}")
        )
        cells.append(_code(name, part.code))
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
    return text.splitlines(keepends=True)
