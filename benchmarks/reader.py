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
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.measure import line
from devtools.glyphs import glyph_makers
from playground.drawing import (
    Drawing,
    Stroke,
    as_sent,
    render,
    split,
    to_digit,
    with_thinner_pen,
)

FILE = "pendigits-train.unipen.gz"
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "pendigits"
HELD_OUT = frozenset({5, 10, 15, 20, 25, 30})
CANVAS = 280
PEN = 16 / CANVAS

if TYPE_CHECKING:
    from playground.recognition.reading import Reading

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
    background: Literal["dark", "auto"] = "dark" if cut_out else "auto"
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


def measure_thick_pens(digits: Sequence[PenDigit]) -> None:
    """Small digits with loops under thick pens, as a browser sends them."""
    loops = [digit for digit in digits if digit.label in (0, 6, 8, 9)]
    labels = np.array([digit.label for digit in loops])
    for side in (73, 56):
        for pen in (24, 32, 40):
            drawings = [placed(d.strokes, side=side / CANVAS, width=pen / CANVAS) for d in loops]
            sent = [as_sent(render(with_thinner_pen(drawing), CANVAS)) for drawing in drawings]
            right = (read_all(sent, cut_out=True) == labels).mean()
            line(f"0, 6, 8, 9, {side} px tall, pen of {pen} px", f"{right:.2%}", "96.00 %")


def measure_mnist() -> None:
    from playground.data import load_mnist

    test = load_mnist("test")
    images, labels = test.images.numpy(), test.labels.numpy()
    right = (classes(np.divide(images, 255, dtype=np.float32)) == labels).mean()
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


def measure_whole_way(digits: Sequence[PenDigit]) -> None:
    """Single digits through `recognition.read`: taken for one, not flagged, read right."""
    found = [_read(render(placed(digit.strokes))) for digit in digits]
    answered = [len(r.verdicts) == 1 and r.verdicts[0] != "no digit" for r in found]
    sure = [len(r.verdicts) == 1 and r.verdicts[0] == "" for r in found]
    right = [r.lines == [str(digit.label)] for r, digit in zip(found, digits, strict=True)]
    line("single digits, taken for one digit", f"{np.mean(answered):.2%}", "99.00 %")
    line("single digits, and sure", f"{np.mean(sure):.2%}")
    line("single digits, read right the whole way", f"{np.mean(right):.2%}", "98.00 %")


def measure_pairs(digits: Sequence[PenDigit], count: int = 40) -> None:
    """Two digits close together, by how far apart, and 4 and 5 with a gap between strokes."""
    generator = np.random.default_rng(1)
    of: dict[int, list[PenDigit]] = {k: [d for d in digits if d.label == k] for k in range(10)}
    for text in ("41", "51", "11", "15", "14", "71", "any"):
        for gap in (0.1, 0.2, 0.4):
            joined = 0
            for _ in range(count):
                labels = generator.integers(0, 10, 2) if text == "any" else [int(c) for c in text]
                pair = [of[k][generator.integers(len(of[k]))] for k in labels]
                joined += len(_read(render(beside(pair, gap))).digits) == 1
            line(f"{text}, {gap:g} of their height apart: taken for one", f"{joined / count:.1%}")
    for label in (4, 5):
        several = [d for d in of[label] if len(d.strokes) == 2]
        for gap in (0.1, 0.2, 0.3):
            chosen = [several[i] for i in generator.integers(0, len(several), count)]
            found = [_read(render(placed(pulled_apart(d, gap)))).lines for d in chosen]
            one = np.mean([lines == [str(label)] for lines in found])
            line(f"a {label} with {gap:g} of its height between its strokes", f"{one:.1%} read so")


def _read(raster: Pixels) -> Reading:
    from playground.recognition.catalogue import load_default_reader
    from playground.recognition.reading import read

    return read(raster, [load_default_reader()])


def beside(digits: Sequence[PenDigit], gap: float, width: float = 10 / CANVAS) -> Drawing:
    """Digits of one height in a row, so much of it apart between the edges of their strokes."""
    strokes: list[NDArray[np.float64]] = []
    right = 0.0
    for digit in digits:
        points = np.vstack(digit.strokes)
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        height = float(max(size[1], 0.6 * size[0]))
        moved = [(s - low) / height + (right, 0) for s in digit.strokes]
        strokes += moved
        right = max(float(s[:, 0].max()) for s in moved) + gap + width / 0.5
    side = 0.5 * max(float(np.ptp(np.vstack(strokes)[:, axis])) for axis in (0, 1))
    return placed(strokes, side=min(side, 0.9), width=width)


def pulled_apart(digit: PenDigit, gap: float) -> list[NDArray[np.float64]]:
    """A digit of two strokes, the second moved away by so much of the height.

    The bar of a 5 to the right and up from where it was; the last stroke of a 4 to the right
    until the edges are so far apart.
    """
    one, other = digit.strokes
    height = float(np.ptp(np.vstack(digit.strokes)[:, 1]))
    distance = float(other[:, 0].min() - one[:, 0].max())
    beside = max(0.0, height * (gap + PEN / 0.65) - distance)
    moved = np.array([gap * height, gap * height / 2] if digit.label == 5 else [beside, 0.0])
    return [one, other + moved]


def measure_no_digits(count: int = 12) -> None:
    """Letters, signs and doodles drawn by program, in another hand than those learned from."""
    generator = np.random.default_rng(99)
    found = []
    for name, make in glyph_makers().items():
        for _ in range(count):
            width = float(generator.uniform(6, 24)) / CANVAS
            drawing = placed(make(generator), side=generator.uniform(0.4, 0.8), width=width)
            verdict = _read(render(drawing))
            found.append(
                (name, any(v == "no digit" for v in verdict.verdicts) or not verdict.lines)
            )
    flagged = float(np.mean([is_none for _, is_none in found]))
    line("letters, signs and doodles, said to be no digit", f"{flagged:.1%}", "85.0 %")


def measure_rows(digits: Sequence[PenDigit], count: int = 60) -> None:
    """Pages of one to four rows, straight or slanted, counted right row by row."""
    generator = np.random.default_rng(2)
    right = 0
    for _ in range(count):
        wanted, drawing = page_of(digits, generator)
        rows: dict[int, int] = {}
        for part in split(render(drawing, 640)):
            rows[part.row] = rows.get(part.row, 0) + 1
        right += list(rows.values()) == wanted
    line("pages of one to four rows, counted right", f"{right / count:.1%}")


def page_of(
    digits: Sequence[PenDigit], generator: np.random.Generator
) -> tuple[list[int], Drawing]:
    """How many digits each row has, and the page: rows of different heights, up to 8° slanted."""
    strokes: list[NDArray[np.float64]] = []
    counts, top = [], 0.0
    slope = np.tan(np.radians(generator.uniform(-8, 8)))
    for _ in range(int(generator.integers(1, 5))):
        height = generator.uniform(0.7, 1.6)
        counts.append(int(generator.integers(1, 6)))
        left = generator.uniform(0, 0.5)
        for choice in generator.choice(len(digits), counts[-1]):
            points = np.vstack(digits[choice].strokes)
            low, size = points.min(axis=0), np.ptp(points, axis=0)
            scale = height / max(size[1], 0.6 * size[0]) * generator.uniform(0.85, 1)
            place = np.array([left, -top - height - slope * left])
            strokes += [(s - low) * scale + place for s in digits[choice].strokes]
            left += float(size[0] * scale) + height * generator.uniform(0.35, 1)
        top += height * 1.5
    return counts, placed(strokes, side=0.92, width=6 / 640)


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
    measure_thick_pens(digits)
    measure_split(digits)
    measure_whole_way(digits)
    measure_pairs(digits)
    measure_no_digits()
    measure_rows(digits)
    measure_time(digits)


if __name__ == "__main__":
    main()
