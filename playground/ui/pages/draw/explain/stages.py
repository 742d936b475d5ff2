"""X-ray of the way from ink to the network's 28 × 28 pixels.

result = to_digit(ink)
partial = [to_digit(ink, steps=STEPS[:i]).digit for i in range(len(STEPS) + 1)]
stages_view(result.stages, stage_answers(reader, partial))
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from playground.drawing import Stage
from playground.explaining import Reader
from playground.ui.kit.pictures import Picture, picture_grid


def stage_answers(reader: Reader, digits: ArrayLike) -> list[str]:
    """The most probable class if the preprocessing ended after each stage, and its probability.

    Args:
        digits: (s, 28, 28) in [0, 1], the drawing with only the first i of the steps.

    Raises:
        As `Reader.logits`.
    """
    probabilities = reader.probabilities(np.asarray(digits))
    return [f"read as {reader.class_names[p.argmax()]}, p = {p.max():.3f}" for p in probabilities]


def stages_view(stages: Sequence[Stage], answers: Sequence[str] = ()) -> None:
    """Each stage as a picture with its title, its sentence and the answer after it.

    Args:
        stages: as `to_digit` gives them.
        answers: one for each stage; () shows none.
    """
    pictures = [
        _picture(number, stage, (*answers[number : number + 1], stage.text))
        for number, stage in enumerate(stages)
    ]
    picture_grid(pictures, label="From ink to what the network sees, step by step")


def _picture(number: int, stage: Stage, lines: tuple[str, ...]) -> Picture:
    title = f"{number}. {stage.title}" if number else stage.title
    alt = f"The drawing after the step “{stage.title}”" if number else "The drawing"
    return Picture(stage.image, title, lines, alt, off=not stage.applied)
