"""Calibrate the network that reads drawings: playground/assets/networks/evidence.safetensors.

    .venv/bin/python -m tools.calibrate_reader FOLDER

FOLDER holds `pendigits-train.unipen.gz`, see `benchmarks/reader.py`. Made here, for the
weights that are there now:

1. The head of `playground/networks/evidence.py`, trained on digits (MNIST's training images, pen
   trajectories of the writers that the network has learned from) against letters, signs and
   doodles that a program draws (`devtools/glyphs.py`), digits on their side, mirrored, and one
   over the other. The digits count twice as much.
2. Its thresholds: `KEPT` of MNIST's training images that took no part have more evidence, and
   `KEPT_SURE` of them a larger probability of the answer.
3. How likely two strokes are one digit, from neighbours in numbers written close together and
   from digits of several strokes that were drawn apart.

`python -m benchmarks.reader` measures all of it on the writers that were left out. Other kinds
of evidence were measured beside it: docs/decisions/0011-reading-drawings.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional as F  # noqa: N812 - its usual name

from benchmarks.reader import HELD_OUT, PenDigit, placed, read_pendigits
from devtools.glyphs import Glyph, doodle, glyph_makers
from playground.data import load_mnist
from playground.data_home import write_atomically
from playground.drawing import Pair, arrange, as_sent, render, to_digit
from playground.drawing.pieces import Part
from playground.networks.classes import CNN
from playground.networks.default import load_default
from playground.networks.evidence import JOIN_FEATURES, Evidence, fingerprint
from playground.networks.shipped import CALIBRATION, WEIGHTS
from tools.train_reader import bent

HIDDEN = 32
EPOCHS = 12
KEPT = 0.995
KEPT_SURE = 0.999
MIRRORED = (3, 4, 7)  # are no digits then
TURNED = (2, 3, 4, 5, 6, 7, 9)  # on their side neither
OF_EACH, SCRIBBLES, DOODLES, SPOILED = 60, 300, 2500, 1500
PAIRS = 1200  # drawings of each kind, to learn from

Digits = NDArray[np.float32]
Tensors = dict[str, torch.Tensor]


def seen(strokes: Glyph, generator: np.random.Generator, bend: bool = True) -> Digits:
    """Strokes as a network sees them, drawn with any pen at any size, (28, 28)."""
    if bend:
        strokes = bent(PenDigit(0, 0, tuple(strokes)), generator)
    width = float(np.exp(generator.uniform(np.log(1 / 100), np.log(1 / 9))))
    drawing = placed(strokes, side=generator.uniform(0.25, 0.85), width=width)
    raster = render(drawing, int(generator.integers(96, 160)))
    if generator.random() < 0.5:
        return to_digit(as_sent(raster), background="dark", canvas=len(raster)).digit
    return to_digit(raster, background="dark").digit


def photographed(image: NDArray[np.uint8]) -> Digits:
    """A digit of MNIST, enlarged and brought back."""
    large = Image.fromarray(image).resize((112, 112), Image.Resampling.BICUBIC)
    return to_digit(np.asarray(large), background="dark").digit


# ---------------------------------------------------------------- what is no digit


def no_digits(digits: Sequence[PenDigit], generator: np.random.Generator) -> Digits:
    """Letters, signs, doodles and spoiled digits, (n, 28, 28)."""
    found = [
        seen(make(generator), generator, bend=name != "scribble")
        for name, make in glyph_makers().items()
        for _ in range(SCRIBBLES if name == "scribble" else OF_EACH)
    ]
    found += [seen(doodle(generator), generator, bend=False) for _ in range(DOODLES)]
    spoiled = (_spoiled(digits, generator) for _ in range(SPOILED))
    found += [seen(strokes, generator) for strokes in spoiled if strokes]
    return np.stack([digit for digit in found if digit.any()])


def _spoiled(digits: Sequence[PenDigit], generator: np.random.Generator) -> Glyph:
    digit, other = (digits[i] for i in generator.choice(len(digits), 2))
    way = int(generator.integers(3))
    if way == 0 and digit.label in TURNED:
        quarter = np.array([[0, -1], [1, 0]]) * generator.choice([-1, 1])
        return [stroke @ quarter for stroke in digit.strokes]
    if way == 1 and digit.label in MIRRORED:
        return [stroke * (-1, 1) for stroke in digit.strokes]
    if way == 2:
        moved = [stroke + generator.uniform(-0.4, 0.4, 2) for stroke in _unit(other)]
        return [*_unit(digit), *moved]
    return []


def _unit(digit: PenDigit) -> Glyph:
    points = np.vstack(digit.strokes)
    size = float(np.ptp(points, axis=0).max())
    return [(stroke - points.mean(axis=0)) / size for stroke in digit.strokes]


# ---------------------------------------------------------------- the head


def features_of(images: Digits) -> torch.Tensor:
    """What the output layer sees of each, (n, d)."""
    with torch.inference_mode():
        blocks = torch.from_numpy(images).unsqueeze(1).split(500)
        return torch.cat([cast(CNN, load_default()).features(block) for block in blocks])


def train_head(real: torch.Tensor, other: torch.Tensor) -> Tensors:
    """The weights of the head, from features of digits and of what is none."""
    generator = torch.Generator().manual_seed(0)
    mean, scale = real.mean(dim=0), real.std(dim=0) + 0.1
    x = (torch.cat([real, other]) - mean) / scale
    y = torch.cat([torch.ones(len(real)), torch.zeros(len(other))])
    counts = torch.where(y > 0, 1.0, len(real) / len(other) / 2)
    made: Tensors = {
        "weight1": torch.randn(HIDDEN, x.shape[1], generator=generator) / x.shape[1] ** 0.5,
        "bias1": torch.zeros(HIDDEN),
        "weight2": torch.randn(HIDDEN, generator=generator) / HIDDEN**0.5,
        "bias2": torch.zeros(()),
    }
    optimizer = torch.optim.AdamW(
        [tensor.requires_grad_() for tensor in made.values()], lr=1e-3, weight_decay=0.01
    )
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x), generator=generator).split(128):
            hidden = torch.relu(x[batch] @ made["weight1"].T + made["bias1"])
            kept = (torch.rand(hidden.shape, generator=generator) > 0.3) / 0.7
            evidence = (hidden * kept) @ made["weight2"] + made["bias2"]
            loss = F.binary_cross_entropy_with_logits(
                evidence, y[batch], weight=counts[batch], reduction="mean"
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return {"mean": mean, "scale": scale} | {k: v.detach() for k, v in made.items()}


def thresholds(calibration: Evidence, digits: Digits) -> tuple[float, float]:
    """Below which evidence there is no digit, and below which probability the answer is unsure."""
    logits, evidence = calibration.weigh(torch.from_numpy(digits))
    largest = logits.softmax(dim=1).amax(dim=1)
    return float(evidence.quantile(1 - KEPT)), float(largest.quantile(1 - KEPT_SURE))


# ---------------------------------------------------------------- strokes of one digit


def apart(digit: PenDigit, generator: np.random.Generator) -> Glyph:
    """A digit of several strokes, each drawn some way to the right of where it belongs."""
    height = float(np.ptp(np.vstack(digit.strokes)[:, 1]))
    found, moved = [digit.strokes[0]], 0.0
    for stroke in digit.strokes[1:]:
        moved += height * generator.uniform(0, 0.45)
        found.append(stroke + np.array([moved, height * generator.uniform(-0.04, 0.04)]))
    return found


def close(digits: Sequence[PenDigit], generator: np.random.Generator) -> list[Glyph]:
    """Two or three digits written close together, each as its strokes, about 1 high."""
    found, right = [], 0.0
    for choice in generator.choice(len(digits), int(generator.integers(2, 4))):
        points = np.vstack(digits[choice].strokes)
        size = float(max(np.ptp(points[:, 1]), 0.6 * np.ptp(points[:, 0])))
        scale = generator.uniform(0.85, 1.1) / size
        low = points.min(axis=0)
        strokes = [
            (s - low) * scale + (right, generator.uniform(-0.05, 0.05))
            for s in digits[choice].strokes
        ]
        found.append(strokes)
        right = max(float(s[:, 0].max()) for s in strokes) + generator.uniform(0.1, 0.45)
    return found


def pairs_of(
    glyphs: Sequence[Glyph], generator: np.random.Generator
) -> Iterator[tuple[Pair, bool]]:
    """Each pair that is judged in a drawing of glyphs, and whether it is one of them."""
    strokes = [stroke for glyph in glyphs for stroke in glyph]
    drawing = placed(strokes, side=0.9, width=generator.uniform(0.02, 0.07) / len(glyphs) ** 0.5)
    ends, at = [], 0
    for glyph in glyphs:
        at += len(glyph)
        ends.append(max(float(s.points[:, 0].max()) for s in drawing.strokes[:at]) * 280)
    asked: list[Pair] = []

    def none(pairs: Sequence[Pair]) -> list[float]:
        asked.extend(pairs)
        return [0.0] * len(pairs)

    arrange(render(drawing), "dark", none)

    def glyph_of(part: Part) -> int:
        return int(np.searchsorted(ends, part.box.middle[0]))

    for pair in asked:
        yield pair, glyph_of(pair.one) == glyph_of(pair.other)


def pairs(
    digits: Sequence[PenDigit], generator: np.random.Generator, count: int
) -> list[tuple[Pair, bool]]:
    """Pairs of strokes of one digit and of two."""
    several = [digit for digit in digits if len(digit.strokes) > 1]
    makers: list[Callable[[], list[Glyph]]] = [
        lambda: [apart(several[generator.integers(len(several))], generator)],
        lambda: close(digits, generator),
    ]
    return [found for make in makers for _ in range(count) for found in pairs_of(make(), generator)]


def fit_join(features: NDArray[np.float64], is_one: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights and bias of the log odds, by logistic regression with both kinds as frequent."""
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = np.column_stack([(features - mean) / scale, np.ones(len(features))])
    counts = np.where(is_one, 0.5 / is_one.mean(), 0.5 / (1 - is_one.mean()))
    weights = np.zeros(x.shape[1])
    for _ in range(30):  # Newton's method
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (counts * (p - is_one)) + 0.1 * weights
        curve = (x.T * (counts * p * (1 - p))) @ x + 0.1 * np.eye(x.shape[1])
        weights -= np.linalg.solve(curve, slope)
    raw = weights[:-1] / scale
    return np.append(raw, weights[-1] - raw @ mean)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    generator = np.random.default_rng(0)
    digits = [d for d in read_pendigits(Path(sys.argv[1])) if d.writer not in HELD_OUT]
    mnist = load_mnist("train").images.numpy()
    enlarged = [photographed(image) for image in mnist[6000:10000]]
    drawn = [seen(list(d.strokes), generator, bend=bool(i % 2)) for i, d in enumerate(digits)]
    real = np.stack([*(mnist[:6000].astype(np.float32) / 255), *enlarged, *drawn])
    head = train_head(features_of(real), features_of(no_digits(digits, generator)))
    bare = Evidence(head, 0.0, 0.0, torch.zeros(JOIN_FEATURES + 1))
    no_digit, unsure = thresholds(bare, np.divide(mnist[20000:26000], 255, dtype=np.float32))
    made = head | {"no_digit": torch.tensor(no_digit), "unsure": torch.tensor(unsure)}
    _save(made, torch.zeros(JOIN_FEATURES + 1))

    from playground.recognition.judge import NetworkJudge

    found = pairs(digits, generator, PAIRS)
    # One judge a pair: what it keeps of a part it keeps by the part's place.
    features = np.concatenate([NetworkJudge(280).features([pair]) for pair, _ in found])
    join = fit_join(features, np.array([is_one for _, is_one in found]))
    _save(made, torch.tensor(join))
    print(f"{CALIBRATION}: {CALIBRATION.stat().st_size:,} bytes, {len(found):,} pairs")  # noqa: T201
    print(f"no digit below {no_digit:.2f}, unsure below {unsure:.3f}, join {np.round(join, 2)}")  # noqa: T201


def _save(made: Tensors, join: torch.Tensor) -> None:
    from safetensors.torch import save

    state = {name: tensor.half().contiguous() for name, tensor in made.items()}
    state |= {"join": join.float(), "made_for": fingerprint(WEIGHTS)}
    write_atomically(CALIBRATION, save(state))


if __name__ == "__main__":
    main()
