"""X-ray of the way from ink to the network's 28 × 28 pixels.

result = to_digit(ink)
partial = [to_digit(ink, steps=STEPS[:i]).digit for i in range(len(STEPS) + 1)]
stages_view(result.stages, stage_answers(reader, partial))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from playground.drawing import Stage
from playground.errors import ShapeError
from playground.explaining import Reader
from playground.ui.kit.pictures import Picture, picture_grid


@dataclass(frozen=True)
class StageAnswer:
    """The most probable class if the preprocessing ended after a stage, and its probability."""

    name: str
    probability: float


def stage_answers(reader: Reader, digits: ArrayLike) -> tuple[StageAnswer, ...]:
    """What the network makes of each stage.

    Args:
        digits: (s, 28, 28) in [0, 1], the drawing with only the first i of the steps.

    Raises:
        As `Reader.logits`.
    """
    p = reader.probabilities(np.asarray(digits))
    best = np.argmax(p, axis=1)
    return tuple(
        StageAnswer(reader.class_names[k], float(row[k])) for k, row in zip(best, p, strict=True)
    )


def stages_view(stages: Sequence[Stage], answers: Sequence[StageAnswer] = ()) -> None:
    """Each stage as a picture with its title, its sentence and the answer after it.

    Args:
        stages: as `to_digit` gives them.
        answers: one for each stage; () shows none.

    Raises:
        ShapeError: if there are not as many answers as stages.
    """
    if answers and len(answers) != len(stages):
        raise ShapeError(
            f"There are {len(answers)} answers", allowed=f"{len(stages)}, one for each stage"
        )
    given: Sequence[StageAnswer | None] = answers or [None] * len(stages)
    pictures = [
        _picture(number, stage, answer)
        for number, (stage, answer) in enumerate(zip(stages, given, strict=True))
    ]
    picture_grid(pictures, label="From ink to what the network sees, step by step")


def _picture(number: int, stage: Stage, answer: StageAnswer | None) -> Picture:
    title = f"{number}. {stage.title}" if number else stage.title
    read = () if answer is None else (f"read as {answer.name}, p = {answer.probability:.3f}",)
    alt = f"The drawing after the step “{stage.title}”" if number else "The drawing"
    return Picture(stage.image, title, (*read, stage.text), alt, off=not stage.applied)
