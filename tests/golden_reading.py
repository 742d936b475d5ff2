"""Vectors for what a network sees of ink and what it says to it: more of golden.py.

What the browser reads while the pen moves is held to what Python reads when it is lifted.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain, combinations
from typing import Any

import numpy as np
from golden import golden
from golden_pictures import _text

from devtools.glyphs import GLYPHS
from playground.drawing import (
    STEPS,
    Box,
    Digit,
    Drawing,
    Stroke,
    as_sent,
    render,
    sample_digits,
    to_digit,
)
from playground.drawing.digit import EMPTY_TEXT
from playground.drawing.regions import ink_box
from playground.explaining import from_weights, saliency
from playground.models import build_model
from playground.networks import NETWORKS
from playground.networks.shipped import shipped_files
from playground.recognition.catalogue import load_default_reader
from playground.recognition.reading import read
from playground.training import TrainConfig
from playground.ui.components.canvas.message import Picture

_SENT = 44 * 44  # pixels of a picture, as canvas/picture.js has it
_PENS = (0.045, 0.07, 0.105)
_WAYS = list(chain.from_iterable(combinations(STEPS, n) for n in range(len(STEPS) + 1)))


def _moved(strokes: Iterator[Stroke] | tuple[Stroke, ...], pen: float, box: Any) -> list[Stroke]:
    """Strokes with another pen, in a box (left, top, right, bottom) of the canvas."""
    left, top, right, bottom = box
    corner, size = np.array([left, top]), np.array([right - left, bottom - top])
    return [Stroke(corner + size * stroke.points, pen, stroke.pressure) for stroke in strokes]


def _glyph(name: str) -> tuple[Stroke, ...]:
    return tuple(
        Stroke(np.clip(points * [1, -1] * 0.6 + [0.15, 0.8], 0, 1)) for points in GLYPHS[name]
    )


@cache
def drawings() -> list[Drawing]:
    """Digits of all sizes, pens and places; numbers; what is no digit; a dot and nothing."""
    rng = np.random.default_rng(36)
    samples = [sample.drawing.strokes for sample in sample_digits()]
    found = [Drawing(), Drawing((Stroke([[0.5, 0.5]], 0.07),))]
    for i in range(210):
        side = rng.uniform(0.15, 1.0)
        left, top = rng.uniform(0, 1 - side, 2)
        wide = side * rng.uniform(0.7, 1.0)
        pen = float(rng.choice(_PENS)) if i % 4 else float(rng.uniform(0.01, 0.14))
        box = (left, top, left + wide, top + side)
        found.append(Drawing(tuple(_moved(samples[i % len(samples)], pen, box))))
    for i in range(24):  # numbers of two digits
        pair = rng.integers(0, len(samples), 2)
        gap = rng.uniform(-0.05, 0.1)
        left = _moved(samples[pair[0]], _PENS[i % 3], (0.02, 0.3, 0.47, 0.8))
        right = _moved(samples[pair[1]], _PENS[i % 3], (0.47 + gap, 0.3, 0.88 + gap, 0.8))
        found.append(Drawing((*left, *right)))
    return [*found, *(Drawing(_glyph(name)) for name in GLYPHS)]


def picture_of(drawing: Drawing) -> Picture:
    """What the browser sends of it."""
    ink = render(drawing)
    box = ink_box(ink.astype(np.float32) / 255)
    if box is None:
        return Picture(np.zeros((0, 0), np.uint8), Box(0, 0, 0, 0), 1, True)
    return Picture(as_sent(ink, _SENT), box, 1, True)


@cache
def _seen() -> list[tuple[Picture, tuple[str, ...], Digit]]:
    """Each drawing on its way to 28 × 28 pixels, a third of them without some of the steps."""
    found = []
    for i, drawing in enumerate(drawings()):
        picture = picture_of(drawing)
        steps = _WAYS[i // 3 % len(_WAYS)] if i % 3 == 0 else STEPS
        digit = to_digit(picture.full(), steps=steps, background="dark")
        found.append((picture, steps, digit))
    return found


def _in_browser(picture: Picture) -> dict[str, Any]:
    """As canvas/picture.js has it before it packs it."""
    height, width = picture.grey.shape
    box = picture.box
    edges = [box.left, box.top, box.right, box.bottom]
    return {"size": [width, height], "box": edges, "levels": _text(picture.grey // 17)}


@golden
def seen_digits() -> list[dict[str, Any]]:
    """What a network sees of each drawing."""
    found = []
    for i, (picture, steps, digit) in enumerate(_seen()):
        said = _text(digit.digit)
        if digit.empty:
            said = "nothing" if digit.text == EMPTY_TEXT else "dot"
        full = _text(picture.full()) if i % 10 == 0 else ""
        found.append({**_in_browser(picture), "steps": steps, "digit": said, "full": full})
    return found


_NETWORKS: list[dict[str, Any]] = [
    {"model": "linear"},
    {"model": "mlp"},
    {"model": "mlp", "model_options": {"widths": (30, 7, 20), "activation": "none"}},
    {"model": "mlp", "model_options": {"widths": (9,) * 8}},
    {"model": "hidden", "classes": (0, 1, 2)},
    {"model": "hidden", "classes": (3, 8), "model_options": {"activation": "none", "hidden": 3}},
    {"model": "binary", "classes": (3, 8)},
    {"model": "cnn"},
    {"model": "cnn", "model_options": {"channels": 5}},
    {"model": "pytorch"},
]


@golden
def networks() -> list[dict[str, Any]]:
    """What each network says to what it sees of the drawings, and which pixels speak for that."""
    assert {chosen["model"] for chosen in _NETWORKS} == {*NETWORKS}
    images = np.stack([digit.digit for *_, digit in _seen() if not digit.empty])
    found = []
    for seed, chosen in enumerate(_NETWORKS):
        config = TrainConfig(**chosen)
        model = build_model(config.model, seed=seed, **config.network_options)
        reader = from_weights(config.model, config, model.state_dict())
        # PyTorch's example takes ten times as long as any other.
        count = 30 if config.model == "pytorch" else len(images)
        found.append(
            {
                "kind": config.model,
                "activation": config.model_options.get("activation", "relu"),
                "weights": _text(reader.half_weights or b""),
                "logits": reader.logits(images[:count]),
                "saliency": [
                    {"k": k, "map": _text(saliency(reader, images[i], k).astype(np.float32))}
                    for i in range(6)
                    for k in (i % reader.classes, reader.classes - 1)
                ],
            }
        )
    return found


@golden
def readings() -> dict[str, Any]:
    """What Python says of drawings when the pen is lifted."""
    weights, calibration = shipped_files()
    assert calibration is not None
    found = []
    for drawing, (picture, *_) in [*zip(drawings(), _seen(), strict=True)][::3]:
        reading = read(picture.full(), [load_default_reader()])
        answer = reading.answers()[0]
        p = answer.probabilities
        found.append(
            {
                **_in_browser(picture),
                "points": drawing.strokes[-1].points.reshape(-1) if drawing.strokes else [],
                "count": len(reading.digits),
                "digits": [_text(np.rint(255 * digit.digit).astype(np.uint8))
                           for digit in reading.digits],
                "p": None if p is None else np.rint(1e4 * np.asarray(p)).astype(int),
                "verdict": answer.verdict,
            }
        )  # fmt: skip
    return {
        "weights": _text(weights),
        "calibration": _text(calibration),
        "drawings": found,
    }
