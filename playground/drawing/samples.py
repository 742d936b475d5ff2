"""Fifty digits as strokes, five of each, traced from MNIST's test set.

They were made for this project by tools/trace_samples.py. MNIST is by Yann LeCun,
Corinna Cortes and Christopher Burges (CC BY-SA 3.0), and so are these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from playground.drawing.strokes import Drawing, drawing_from_content
from playground.errors import DataError, InputError

SAMPLES = Path(__file__).resolve().parents[1] / "assets" / "samples" / "digits.json"
SAMPLES_FORMAT = "softmax-playground-samples-1"


@dataclass(frozen=True, eq=False)
class Sample:
    """A digit drawn in advance: what it is, its number in MNIST's test set, its strokes."""

    label: int
    index: int
    drawing: Drawing


def sample_digits() -> tuple[Sample, ...]:
    """Return the digits drawn in advance, in the order of their labels.

    Raises:
        DataError: the file that came with the program is missing or damaged.
    """
    return _read(SAMPLES)


@lru_cache(maxsize=1)
def _read(path: Path) -> tuple[Sample, ...]:
    try:
        content = json.loads(path.read_bytes())
        if not isinstance(content, Mapping) or content.get("format") != SAMPLES_FORMAT:
            raise _damaged(path, f'its "format" is not "{SAMPLES_FORMAT}"')
        return tuple(
            Sample(int(one["label"]), int(one["index"]), drawing_from_content(one["drawing"]))
            for one in content["digits"]
        )
    except (OSError, ValueError, KeyError, TypeError, InputError) as error:
        raise _damaged(path, f"{type(error).__name__}: {str(error)[:200]}") from error


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(
        f"The digits drawn in advance cannot be read from {path} ({reason})",
        allowed="the file that came with the program, unchanged",
        advice="Install the program again, or restore the file with "
        "`git checkout -- playground/assets/samples`",
    )
