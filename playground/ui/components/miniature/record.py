"""What the home page's pictures show: one real run, and digits as the network reads them.

Both are recorded once, so that the page moves without training or reading anything:

    .venv/bin/python -m playground.ui.components.miniature.record

trains as notebook A does (about a minute) and writes `record.json` beside this file.
The tests work it out again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.data_home import write_atomically
from playground.errors import DataError

if TYPE_CHECKING:
    from playground.drawing import Sample
    from playground.training import TrainConfig

RECORD = Path(__file__).with_name("record.json")
FORMAT = "softmax-playground-home-1"
MEAN_OVER = 67  # steps a point of the curve: 14 points an epoch of 938 steps
MOMENTS = 24  # of a digit that is being drawn
DIGITS = (323, 109, 876, 513)  # numbers in MNIST's test set, as they follow one another
_DECIMALS = 4


def home_record() -> Mapping[str, Any]:
    """The record that ships with the program.

    Returns:
        "run": "steps" (p,) and "losses" (p,), each the mean of the batch losses, in nats, of
        the `MEAN_OVER` steps up to there; "epochs" and "accuracies" (e,), the steps at which
        epochs end and the fraction of the test images then read right; "tests", their number.
        "digits": of each its "label", its "index" in MNIST's test set, "strokes" as
        `Drawing` has them and "probabilities" (`MOMENTS`, 10), what the default network
        makes of 1/24, 2/24, … of its ink.

    Raises:
        DataError: the file is missing or damaged.
    """
    return _read(RECORD)


@lru_cache(maxsize=1)
def _read(path: Path) -> Mapping[str, Any]:
    try:
        record: Any = json.loads(path.read_bytes())
        if record["format"] != FORMAT:
            raise _damaged(path, f'its "format" is not "{FORMAT}"')
        return {"run": record["run"], "digits": record["digits"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {str(error)[:200]}") from error


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(
        f"The pictures of the home page cannot be read from {path} ({reason})",
        allowed="the file that came with the program, unchanged",
        advice="Install the program again, or restore the file with `git checkout -- "
        "playground/ui/components/miniature/record.json`",
    )


# ------------------------------------------------------------------ recording


def record_run(config: TrainConfig, most_points: int | None = None) -> dict[str, Any]:
    """Train, and keep of it what `home_record` returns as "run".

    Args:
        config: of the run.
        most_points: stop when there are so many; None: train to the end.
    """
    from playground.training import Evaluation, Started, Steps, train

    losses: list[float] = []
    run: dict[str, Any] = {"epochs": [], "accuracies": []}
    for event in train(config):
        if isinstance(event, Started):
            run["tests"] = event.test_examples
        elif isinstance(event, Steps):
            losses += event.losses
        elif isinstance(event, Evaluation):
            run["epochs"].append(event.step)
            run["accuracies"].append(round(event.accuracy, _DECIMALS))
        if most_points is not None and len(losses) >= most_points * MEAN_OVER:
            break
    ends = range(MEAN_OVER, len(losses) + 1, MEAN_OVER)[:most_points]
    means = [sum(losses[end - MEAN_OVER : end]) / MEAN_OVER for end in ends]
    return run | {"steps": list(ends), "losses": [round(mean, _DECIMALS) for mean in means]}


def record_digit(sample: Sample) -> dict[str, Any]:
    """Let the default network read a digit while it is drawn: one of "digits"."""
    import numpy as np

    from playground.drawing import partial, render, to_digit
    from playground.explaining import Reader
    from playground.networks.default import load_default

    moments = [partial(sample.drawing, n / MOMENTS) for n in range(1, MOMENTS + 1)]
    seen = np.stack([to_digit(render(ink), background="dark").digit for ink in moments])
    reader = Reader("default", load_default(), tuple("0123456789"))
    return {
        "label": sample.label,
        "index": sample.index,
        "strokes": [
            {"width": stroke.width, "points": stroke.points.round(_DECIMALS).tolist()}
            for stroke in sample.drawing.strokes
        ],
        "probabilities": reader.probabilities(seen).round(_DECIMALS).tolist(),
    }


def main() -> None:
    """Make the record anew."""
    from playground.drawing import sample_digits
    from playground.training import TrainConfig

    samples = {sample.index: sample for sample in sample_digits()}
    content = {
        "format": FORMAT,
        "run": record_run(TrainConfig()),
        "digits": [record_digit(samples[index]) for index in DIGITS],
    }
    text = json.dumps(content, separators=(",", ":"))
    write_atomically(RECORD, text.encode() + b"\n")


if __name__ == "__main__":
    main()
