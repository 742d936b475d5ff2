"""Files that people bring, damaged by the hundred: each is read, or refused in words."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from campaign import Campaign
from own_files import zipped
from PIL import Image

from playground.checkpoints import read_weights, weights_to_bytes, weights_to_safetensors
from playground.datasets import read_own
from playground.datasets.taught import TaughtSet
from playground.drawing import drawing_from_json, drawing_to_json, read_picture, sample_digits
from playground.errors import PlaygroundError
from playground.lessons.batch_text import read_batch
from playground.models import build_model

SAMPLE = sample_digits()[20]
PIXELS = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28)
NETWORK = build_model("hidden", seed=0, hidden=4)


def picture(kind: str) -> bytes:
    content = io.BytesIO()
    Image.fromarray(PIXELS).save(content, kind)
    return content.getvalue()


def drawings() -> bytes:
    taught = TaughtSet()
    for label in (4, 7):
        taught.add(PIXELS, label, drawing_to_json(SAMPLE.drawing))
    return taught.to_zip()


def table() -> bytes:
    rows = [["label", *(f"pixel{i}" for i in range(9))]]
    rows += [[str(i % 2), *map(str, range(i, i + 9))] for i in range(6)]
    return "\n".join(",".join(row) for row in rows).encode()


def arrays() -> bytes:
    content = io.BytesIO()
    np.savez(content, x_train=np.stack(6 * [PIXELS]), y_train=np.arange(6) % 2)
    return content.getvalue()


def idx_files() -> bytes:
    lengths = np.array([6, 28, 28], ">u4").tobytes()
    images = b"\0\0\x08\x03" + lengths + np.stack(6 * [PIXELS]).tobytes()
    labels = b"\0\0\x08\x01" + lengths[:4] + bytes([0, 1, 0, 1, 0, 1])
    return zipped({"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels})


FOLDERS = {f"{name}/{i}.png": picture("PNG") for name in ("cat", "dog") for i in range(3)}
KINDS: dict[str, tuple[Callable[[], bytes], Callable[[bytes], Any]]] = {
    "a zip of pictures": (lambda: zipped(FOLDERS), lambda data: read_own(data, "mine.zip")),
    "a table of pixels": (table, lambda data: read_own(data, "mine.csv")),
    "a table in UTF-16": (
        lambda: table().decode().encode("utf-16"), lambda data: read_own(data, "mine.csv")
    ),
    "arrays": (arrays, lambda data: read_own(data, "mine.npz")),
    "idx files": (idx_files, lambda data: read_own(data, "mine.zip")),
    "a zip of drawings": (drawings, TaughtSet.from_zip),
    "strokes": (lambda: drawing_to_json(SAMPLE.drawing).encode(), drawing_from_json),
    "a PNG": (lambda: picture("PNG"), read_picture),
    "a JPEG": (lambda: picture("JPEG"), read_picture),
    "a WebP": (lambda: picture("WEBP"), read_picture),
    "weights of PyTorch": (lambda: weights_to_bytes(NETWORK), read_weights),
    "safetensors": (lambda: weights_to_safetensors(NETWORK), read_weights),
    "a batch": (
        lambda: b"z_0,z_1,y\n1,2,0\n-3e5,4,1\n", lambda data: read_batch(data.decode("latin-1"))
    ),
}  # fmt: skip


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One to four changes at random places."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        piece = chance.randbytes(chance.choice((1, 2, 4, 8)))
        match chance.randrange(6):
            case 0:
                del data[at:]
            case 1:
                del data[at : at + len(piece)]
            case 2:
                data[at:at] = piece
            case 3:
                data[at : at + len(piece)] = piece
            case 4:
                data[at : at + 4] = chance.choice(
                    (b"\xff\xff\xff\xff", b"\0\0\0\0", b"1e99", b"[[[[")
                )
            case _:
                data[at:at] = data[: chance.randrange(200)]
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files(kind: str, campaign: Campaign) -> None:
    make, read = KINDS[kind]
    content, chance = make(), random.Random(kind)
    read(content)
    times, refusals = campaign.times(1500), []
    for _ in range(times):
        try:
            read(damaged(content, chance))
        except PlaygroundError as error:
            refusals.append(str(error))
    assert max(map(len, refusals)) < 5000
    words = f"{len(refusals):,} refused in words, the others read"
    campaign.held(times, f"times {kind}, damaged: {words}")
