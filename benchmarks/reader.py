"""How well the default network reads digits drawn by people whom it has not learned from.

    python -m benchmarks.reader [folder of pendigits-train.unipen.gz]

The trajectories are UCI data set 81, "Pen-Based Recognition of Handwritten Digits"
(E. Alpaydin, F. Alimoglu, CC BY 4.0), in its original form: https://archive.ics.uci.edu/
dataset/81, file `pendigits-orig.tra.Z`, packed with gzip. 30 writers wrote 250 digits
each; the second number of a segment's `.COMMENT` is the writer. Six of them are kept
out of the training (`tools/train_reader.py`) and are measured here.
"""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.measure import line
from playground.drawing import Drawing, Stroke, as_sent, render, split, to_digit

FILE = "pendigits-train.unipen.gz"
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "pendigits"
HELD_OUT = frozenset({5, 10, 15, 20, 25, 30})
CANVAS = 280
PEN = 16 / CANVAS

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class PenDigit:
    """One digit: who wrote what, and its strokes, (n, 2) each, y pointing up."""

    label: int
    writer: int
    strokes: tuple[NDArray[np.float64], ...]


def read_pendigits(folder: Path) -> list[PenDigit]:
    """Return all digits of the file in UNIPEN form in a folder."""
    found: list[PenDigit] = []
    label = writer = -1
    strokes: list[NDArray[np.float64]] = []
    points: list[list[float]] | None = None
    with gzip.open(folder / FILE, "rt", encoding="ascii") as lines:
        for text in [*lines, '.SEGMENT end "0"']:
            if text.startswith(".SEGMENT"):
                if strokes:
                    found.append(PenDigit(label, writer, tuple(strokes)))
                label, strokes = int(text.split('"')[1]), []
            elif text.startswith(".COMMENT"):
                writer = int(text.split()[2])
            elif text.startswith(".PEN_DOWN"):
                points = []
            elif text.startswith(".PEN_UP") and points:
                strokes.append(np.array(points))
                points = None
            elif points is not None and not text.startswith(".") and text.strip():
                points.append([float(value) for value in text.split()])
    return found


def placed(
    strokes: Sequence[NDArray[np.float64]],
    *,
    side: float = 0.65,
    middle: tuple[float, float] = (0.5, 0.5),
    width: float = PEN,
) -> Drawing:
    """A drawing of strokes with y up: its longer side and its middle, in sides of the canvas."""
    points = np.vstack(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side / max(float((high - low).max()), 1e-6)
    turned = [(s - (low + high) / 2) * (scale, -scale) + middle for s in strokes]
    return Drawing(tuple(Stroke(points, width) for points in turned))


def read_all(images: Sequence[Pixels], cut_out: bool = False) -> NDArray[np.int64]:
    """The class that the default network gives to each picture of a drawing."""
    background = "dark" if cut_out else "auto"
    return classes(np.stack([to_digit(image, background=background).digit for image in images]))


def classes(digits: NDArray[np.float32]) -> NDArray[np.int64]:
    """The class of each, shape (n, 28, 28)."""
    import torch

    from playground.networks.default import load_default

    with torch.inference_mode():
        batches = torch.from_numpy(digits).unsqueeze(1).split(500)
        return torch.cat([load_default()(batch).argmax(dim=1) for batch in batches]).numpy()


def measure_writers(digits: Sequence[PenDigit]) -> None:
    labels = np.array([digit.label for digit in digits])
    ways: dict[str, Callable[[PenDigit], Drawing]] = {
        "pen of 16 px": lambda d: placed(d.strokes),
        "in a corner": lambda d: placed(d.strokes, side=0.4, middle=(0.24, 0.76)),
        "scaled by 0.4": lambda d: placed(d.strokes, side=0.26),
        "pen of 2 px": lambda d: placed(d.strokes, width=2 / CANVAS),
        "pen of 40 px": lambda d: placed(d.strokes, width=40 / CANVAS),
    }
    for name, way in ways.items():
        rasters = [render(way(digit), CANVAS) for digit in digits]
        right = (read_all(rasters) == labels).mean()
        sent = (read_all([as_sent(raster) for raster in rasters], cut_out=True) == labels).mean()
        wanted = "98.00 %" if name == "pen of 16 px" else "95.00 %"
        line(f"held-out writers, {name}: {CANVAS} x {CANVAS}", f"{right:.2%}", wanted)
        line(f"held-out writers, {name}: as a browser sends it", f"{sent:.2%}", wanted)


def measure_mnist() -> None:
    from playground.data import load_mnist

    test = load_mnist("test")
    images, labels = test.images.numpy(), test.labels.numpy()
    right = (classes(images.astype(np.float32) / 255) == labels).mean()
    line("MNIST test set, as it is", f"{right:.2%}", "99.30 %")
    large = [
        np.asarray(Image.fromarray(image).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC))
        for image in images[:2000]
    ]
    line(
        "its first 2,000, enlarged to 280 x 280", f"{(read_all(large) == labels[:2000]).mean():.2%}"
    )


def numbers(
    digits: Sequence[PenDigit], count: int, generator: np.random.Generator
) -> list[tuple[int, Pixels]]:
    """Numbers of two to five digits written across a canvas, with how many digits each has."""
    found = []
    for _ in range(count):
        length = int(generator.integers(2, 6))
        picture = np.zeros((CANVAS, 3 * CANVAS), dtype=np.uint8)
        left = 20
        for choice in generator.choice(len(digits), length):
            raster = render(placed(digits[choice].strokes, side=0.45, width=10 / CANVAS))
            columns = np.flatnonzero(raster.any(axis=0))
            ink = raster[:, columns[0] : columns[-1] + 1]
            space = picture[:, left : left + ink.shape[1]]
            np.maximum(space, ink, out=space)
            left += ink.shape[1] + int(generator.integers(6, 30))
        found.append((length, picture))
    return found


def measure_split(digits: Sequence[PenDigit]) -> None:
    one = np.mean([len(split(render(placed(digit.strokes)))) == 1 for digit in digits])
    line("single digits that stay one", f"{one:.2%}", "99.00 %")
    several = numbers(digits, 300, np.random.default_rng(0))
    right = np.mean([len(split(picture)) == length for length, picture in several])
    line("numbers of two to five digits, counted right", f"{right:.2%}", "95.00 %")


def measure_time(digits: Sequence[PenDigit]) -> None:
    raster = render(placed(digits[0].strokes))
    network_input = to_digit(raster).digit[np.newaxis]
    actions: dict[str, Callable[[], object]] = {
        "render, 280 x 280": lambda: render(placed(digits[0].strokes)),
        "to_digit, 280 x 280": lambda: to_digit(raster),
        "to_digit, as a browser sends it": lambda: to_digit(as_sent(raster), background="dark"),
        "the network, one image": lambda: classes(network_input),
    }
    for name, action in actions.items():
        taken = []
        for _ in range(30):
            start = time.perf_counter()
            action()
            taken.append(time.perf_counter() - start)
        line(f"{name}, best of 30", f"{1000 * min(taken):.1f} ms")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    measure_mnist()
    if not (folder / FILE).is_file():
        print(f"{folder / FILE} is not there; the writers are left out.")
        return
    digits = [digit for digit in read_pendigits(folder) if digit.writer in HELD_OUT]
    measure_writers(digits)
    measure_split(digits)
    measure_time(digits)


if __name__ == "__main__":
    main()
