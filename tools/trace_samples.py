"""Make the digits drawn in advance: playground/assets/samples/digits.json.

    .venv/bin/python -m tools.trace_samples

The first 1,000 digits of MNIST's test set are traced. Those five of each class are kept
whose strokes, drawn again, come closest to the original, if they are read surely and
written in the usual way: in one stroke, a 4 in two from its top.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.data_home import write_atomically
from playground.drawing import Drawing, drawing_to_json, render, to_digit, traced
from playground.drawing.samples import SAMPLES, SAMPLES_FORMAT
from playground.drawing.tracing import ENLARGED

CANDIDATES = 1000
EACH = 5


def usual(label: int, drawing: Drawing) -> bool:
    """Whether most people write this digit in so many strokes, and begin them so."""
    strokes = [stroke.points for stroke in drawing.strokes]
    if label != 4:
        return len(strokes) == 1
    if len(strokes) != 2:
        return False
    lowest = max(float(points[:, 1].max()) for points in strokes)
    corner, down = strokes
    return bool(
        corner[0, 0] < down[0, 0]  # the left one first
        and down[0, 1] < 0.4  # both from above
        and down[-1, 1] == lowest
    )


def likeness(drawing: Drawing, image: NDArray[np.uint8]) -> float:
    """Overlap of the ink, 1 for the same picture: Σ min / Σ max."""
    raster = Image.fromarray(render(drawing, 28 * ENLARGED)).resize((28, 28), Image.Resampling.BOX)
    drawn = np.asarray(raster, dtype=np.float64)
    return float(np.minimum(drawn, image).sum() / np.maximum(drawn, image).sum())


def chosen() -> list[tuple[int, int, Drawing]]:
    """(label, index in the test set, strokes) of the best of each class."""
    import torch

    from playground.data import load_mnist
    from playground.networks.default import load_default

    test = load_mnist("test")
    scores: dict[int, list[tuple[float, int, Drawing]]] = {label: [] for label in range(10)}
    for index in range(CANDIDATES):
        image, label = test.images[index].numpy(), int(test.labels[index])
        drawing = traced(image)
        if not usual(label, drawing):
            continue
        digit = torch.from_numpy(to_digit(render(drawing)).digit)[None, None]
        with torch.inference_mode():
            sure = float(load_default()(digit).softmax(dim=1)[0, label])
        if sure > 0.9:
            scores[label].append((likeness(drawing, image), index, drawing))
    return [
        (label, index, drawing)
        for label, found in scores.items()
        for _, index, drawing in sorted(found, key=lambda one: -one[0])[:EACH]
    ]


def main() -> None:
    digits = [
        {"label": label, "index": index, "drawing": json.loads(drawing_to_json(drawing))}
        for label, index, drawing in chosen()
    ]
    content = json.dumps({"format": SAMPLES_FORMAT, "digits": digits}, separators=(",", ":"))
    SAMPLES.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(SAMPLES, content.encode())
    print(f"{SAMPLES}: {len(digits)} digits, {SAMPLES.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
