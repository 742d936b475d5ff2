"""Vectors for ink, pictures of digits and what the browser says of them: more of golden.py."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from golden import golden
from numpy.typing import NDArray

from playground.drawing import Drawing, Stroke, partial, render, with_thinner_pen
from playground.linear_network import (
    TEMPLATE_LIMIT,
    LinearWeights,
    linear_logits,
    load_linear,
    read_out,
)
from playground.ui.components import digit_wall
from playground.ui.components.canvas import Load, _pack_load
from playground.ui.components.canvas import message as canvas_message
from playground.ui.components.confusion_table import table_message
from playground.ui.components.digit_flow import flow_message
from playground.ui.components.miniature import KINDS, miniature_message
from playground.ui.components.projection_bar import _Request
from playground.ui.components.scrubber import _Moved
from playground.ui.components.weight_images import weights_message
from playground.ui.kit.blobs import signed_bytes
from playground.ui.kit.messages import read_as
from playground.validation import with_article

Bytes = NDArray[np.uint8]


def _text(array: NDArray[Any] | bytes) -> str:
    return base64.b64encode(array if isinstance(array, bytes) else array.tobytes()).decode("ascii")


def _number(value: float, digits: int) -> str:
    """As the pages write it: a true minus sign, none before a zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _chance(p: float) -> str:
    if p < 0.0005:
        return "<0.001"
    return ">0.999" if 0.9995 < p < 1.0 else _number(p, 3)


# ---------------------------------------------------------------- canvas/ink.js


def _drawings() -> list[list[Stroke]]:
    """Long and short strokes, dots, with and without pressure."""
    rng = np.random.default_rng(30)
    found: list[list[Stroke]] = [[], [Stroke([[0.5, 0.25]], 0.07)]]
    for _ in range(12):
        strokes = []
        for count in rng.choice([1, 2, 3, 40], int(rng.integers(1, 6))):
            points = np.clip(rng.random(2) + np.cumsum(rng.normal(0, 0.05, (count, 2)), 0), 0, 1)
            pressure = rng.random(count) if rng.random() < 0.5 else None
            strokes.append(Stroke(points, float(rng.choice([0.045, 0.07, 0.105])), pressure))
        found.append(strokes)
    return found


def _in_browser(stroke: Stroke) -> dict[str, Any]:
    """A stroke as canvas/ink.js has it, which never ends with the same point twice."""
    pressure = np.full(len(stroke.points), 0.5) if stroke.pressure is None else stroke.pressure
    points = np.column_stack((stroke.points, pressure))
    if len(points) > 1 and np.allclose(points[-1], points[-2], atol=1e-12):
        points = points[:-1]
    return {"width": stroke.width, "points": points.reshape(-1)}


@golden
def thin_pens() -> list[dict[str, Any]]:
    """How wide the strokes are in the picture that a network is given."""
    found, changed = [], 0
    for drawing in _drawings():
        thin = with_thinner_pen(Drawing(tuple(drawing)))
        changed += [one.width for one in thin.strokes] != [one.width for one in drawing]
        widths = [one.width for one in thin.strokes]
        found.append({"strokes": [_in_browser(one) for one in drawing], "widths": widths})
    assert 3 < changed < len(found) - 3
    return found


@golden
def strokes() -> list[dict[str, Any]]:
    """What the browser has, what it sends of it, and what it is sent: thousandths."""
    found = []
    for drawing in _drawings():
        packed = _pack_load(Load("one", drawing))["strokes"]
        for sent, stroke in zip(canvas_message.read_strokes(packed), drawing, strict=True):
            np.testing.assert_allclose(sent.points, stroke.points, atol=0.00051)
            assert sent.width == round(stroke.width, 3)
            assert (sent.pressure is None) == (stroke.pressure is None)
        found.append({"strokes": [_in_browser(one) for one in drawing], "packed": packed})
    return found


@golden
def replays() -> list[dict[str, Any]]:
    """The beginning of a drawing, which is also what the networks are given of it."""
    return [
        {
            "strokes": [_in_browser(one) for one in drawing],
            "parts": [
                {
                    "fraction": fraction,
                    "strokes": [
                        _in_browser(one)
                        for one in partial(Drawing(tuple(drawing)), fraction).strokes
                    ],
                }
                for fraction in (0.0, 0.01, 0.25, 0.5, 0.777, 0.99, 1.0)
            ],
        }
        for drawing in _drawings()
    ]


# ---------------------------------------------------------------- canvas/picture.js

MOST_PIXELS = 44 * 44  # of a picture that the browser sends


@golden
def pictures() -> list[dict[str, Any]]:
    """The ink on the raster, opacity by opacity, and what is sent of it."""
    drawings = _drawings()
    found = [_picture(render(Drawing(tuple(drawing)))) for drawing in drawings[:6]]
    edge = np.zeros((280, 280), dtype=np.uint8)
    edge[0, 0] = edge[279, 279] = 255
    return [*found, _picture(edge), _picture(np.full((280, 280), 255, dtype=np.uint8))]


def _picture(ink: Bytes) -> dict[str, Any]:
    rows, columns = (np.flatnonzero((ink >= 9).any(axis)) for axis in (1, 0))  # level 1 and above
    if not len(rows):
        sent = {"size": [0, 0], "box": [0, 0, 0, 0], "grey": ""}
        return {"ink": _text(ink), "sent": sent}
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    shrink = min(1.0, float(np.sqrt(MOST_PIXELS / ((right - left) * (bottom - top)))))
    width, height = (max(1, int(side * shrink)) for side in (right - left, bottom - top))
    crop = ink[top:bottom, left:right].astype(np.float64)
    mean = _shares(bottom - top, height) @ crop @ _shares(right - left, width).T / 17
    assert (np.abs(mean % 1 - 0.5) > 1e-5).all(), "no level may depend on how a tie is rounded"
    levels = np.rint(mean).astype(np.uint8)
    padded = np.append(levels.reshape(-1), np.zeros(levels.size % 2, dtype=np.uint8))
    sent = {
        "size": [width, height],
        "box": [left, top, right, bottom],
        "grey": _text(padded[0::2] << 4 | padded[1::2]),
    }
    message = {"seq": 1, "final": True} | sent
    message |= {name: [int(n) for n in message[name]] for name in ("size", "box")}
    np.testing.assert_array_equal(
        canvas_message.read_message(read_as(canvas_message.Sent, message)).grey, 17 * levels
    )
    return {"ink": _text(ink), "sent": sent}


def _shares(count: int, target: int) -> NDArray[np.float64]:
    """(target, count): how much of each target pixel lies over each of the source."""
    edges = np.arange(target + 1) * count / target
    source = np.arange(count)
    inside = np.minimum(edges[1:, np.newaxis], source + 1) - np.maximum(
        edges[:-1, np.newaxis], source
    )
    return np.asarray(np.clip(inside, 0, 1) * target / count)


# ---------------------------------------------------------------- what Python takes


@golden
def messages() -> dict[str, Any]:
    """Messages as the browser sends them, each of which Python reads without a complaint."""
    picture = {
        "seq": 2,
        "final": True,
        "size": [0, 0],
        "box": [0, 0, 0, 0],
        "grey": "",
        "loaded": "seven",
        "ink": [[70, 100, 500, 500]],
    }
    canvas_message.read_message(read_as(canvas_message.Sent, picture))
    steps = [0, 1, 2, 5, 10]
    moves = [{"step": 5, "settled": False, "seq": 1}, {"step": None, "settled": True, "seq": 2}]
    for move in moves:
        assert read_as(_Moved, move).step in {None, *steps}
    asked = [{"what": "on", "by": 0, "seq": 1}, {"what": "go", "by": 2, "seq": 2}]
    for one in asked:
        read_as(_Request, one)
    return {"picture": picture, "steps": steps, "moves": moves, "asked": asked}


# ---------------------------------------------------------------- digits and weights


@golden
def fixed() -> list[dict[str, Any]]:
    rng = np.random.default_rng(31)
    values = [*(rng.normal(size=300) * 10.0 ** rng.integers(-5, 5, 300)), 0.0, -0.0, -1e-9]
    return [
        {"value": float(value), "digits": digits, "text": _number(float(value), digits)}
        for value in values
        for digits in (1, 2, 3)
    ]


def _images(count: int) -> Bytes:
    """Not digits, but every level of grey is in them."""
    return np.random.default_rng(32).integers(0, 256, (count, 28, 28)).astype(np.uint8)


@golden
def flows() -> list[dict[str, Any]]:
    """What the flow is sent, and what it is to show of that."""
    found = []
    for at, weights in enumerate(load_linear()):
        image = _images(3)[at % 3]
        message = flow_message(image, 4, weights, 100 + at)
        message["templates"] = {
            "id": f"templates {at}",
            "bytes": _text(signed_bytes(weights.W.T, TEMPLATE_LIMIT)),
        }
        readout = read_out(linear_logits(image[np.newaxis], weights), [4])
        logits, p = readout.logits[0], readout.probabilities[0]
        read = int(readout.predictions[0])
        values = [
            text for z, q in zip(logits, p, strict=True) for text in (_number(z, 2), _chance(q))
        ]
        found.append(
            {
                "message": message,
                "values": values,
                "loss": _number(readout.losses[0], 3),
                "verdict": f"{'Hit' if read == 4 else 'Miss'}: a 4 read as {read}",
                "table": np.column_stack((logits, p, message["sums"], weights.b)),
                "digit": image.reshape(-1),
                "template": _template(weights, 3),
            }
        )
    return found


def _template(weights: LinearWeights, k: int) -> NDArray[np.float64]:
    """The opacity of each pixel: the weights travel as int8, so within a few levels."""
    strength = np.minimum(1, np.abs(weights.W[:, k].astype(np.float64)) / TEMPLATE_LIMIT)
    return np.asarray(255 * strength**0.75)


@golden
def walls() -> dict[str, Any]:
    """What the wall is sent, and what each of its digits is to look like and to be called."""
    images = _images(5)
    labels = [3, 1, 4, 1, 5]
    readout = read_out(linear_logits(images, load_linear()[-1]), labels)
    order, indices = [4, 0, 2, 1, 3], [7, 70, 700, 7000, 9999]
    message = digit_wall.wall_message(readout, indices, order, 2)
    message["digits"] = {"id": "wall", "bytes": _text(digit_wall.quantised(images))}
    return {
        "message": message,
        "names": [
            f"test digit {indices[i]}: {with_article(labels[i])} read as {readout.predictions[i]}, "
            f"loss {_number(readout.losses[i], 2)}"
            for i in order
        ],
        "opacities": [(17 * np.rint(images[i] / 17)).reshape(-1) for i in order],
    }


@golden
def weights() -> dict[str, Any]:
    """What pictures of weights are sent, and how opaque each pixel is to be."""
    values = np.random.default_rng(33).normal(0, 0.2, (3, 5, 5)).astype(np.float32)
    message = weights_message(values, limit=0.3, kind="kernels")
    message["weights"] = {"id": "kernels", "bytes": _text(signed_bytes(values, 0.3))}
    strength = np.rint(np.clip(np.abs(values) / np.float32(0.3), 0, 1) * 127) / 127
    return {
        "message": message,
        "opacities": np.floor(255 * strength.astype(np.float64) ** 0.75 + 0.5).reshape(3, 25),
        "names": [
            f"kernel {i}, norm {float(f'{np.linalg.norm(values[i].astype(np.float64)):.4g}')}"
            for i in range(3)
        ],
    }


@golden
def confusions() -> dict[str, Any]:
    counts = np.array([[90, 1, 9], [0, 0, 0], [2, 0, 3]])
    message = table_message(counts, ["0", "1", "cat"], (0, 2))
    right = ["90.0 %", "–", "60.0 %"]
    return {"message": message, "right": right, "heat": message["heat"]}


# ---------------------------------------------------------------- the home page


@golden
def miniatures() -> dict[str, Any]:
    """What each picture is sent, and what it is to say of it."""
    sent = {kind: miniature_message(kind) for kind in KINDS}
    run = sent["training"]["run"]
    epochs, accuracy = len(run["epochs"]), run["accuracies"][-1]
    trained = (
        f"Epoch {epochs}: loss {_number(run['losses'][-1], 2)}, {_number(100 * accuracy, 1)} %"
    )
    digits = [
        {
            "label": digit["label"],
            "reads": [int(np.argmax(p)) for p in digit["probabilities"]],
            "sure": [_percent(max(p)) for p in digit["probabilities"]],
        }
        for digit in sent["digit"]["digits"]
    ]
    return {"sent": sent, "trained": trained, "digits": digits}


def _percent(p: float) -> str:
    if 0 < p < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < p < 1 else f"{int(np.floor(100 * p + 0.5))} %"
