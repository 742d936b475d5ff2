"""Make the network that reads drawings: playground/assets/networks/reader.safetensors.

    .venv/bin/python -m tools.train_reader FOLDER

FOLDER holds `pendigits-train.unipen.gz`; see `benchmarks/reader.py` for where it comes
from. Of its 30 writers the six in `benchmarks.reader.HELD_OUT` are left out here, and
the weights that ship are those measured on these six.

Recipe: the `cnn` network; MNIST's 60,000 training images, and each of 6,000 pen
trajectories drawn twice through the package's own `render` and `to_digit`, bent,
with pens of 1/140 to 1/7 of the canvas, half of them as a browser sends them. AdamW with
a one-cycle rate; every batch is turned, sheared, scaled, warped and thickened anew.
Measured figures are in docs/decisions/0011-reading-drawings.md. Other weights need another
calibration: run tools/calibrate_reader.py after it.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.reader import HELD_OUT, PenDigit, placed, read_pendigits
from playground.drawing import as_sent, render, to_digit

if TYPE_CHECKING:
    import torch
    from torch import nn

CHANNELS = 16
EPOCHS = 5
BATCH = 128
RATE = 4e-3
VARIANTS = 2
PROCESSES = 2


def bent(digit: PenDigit, generator: np.random.Generator) -> list[NDArray[np.float64]]:
    """The strokes as another hand might have written them: turned, sheared, stretched, warped."""
    points = np.vstack(digit.strokes)
    middle, scale = points.mean(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-6)
    angle, shear = generator.uniform(-0.22, 0.22), generator.uniform(-0.3, 0.3)
    stretch = np.exp(generator.uniform(-0.3, 0.3))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[stretch, shear], [0, 1 / stretch]])
    waves, phases = generator.uniform(1, 5, (2, 2)), generator.uniform(0, 2 * np.pi, (2, 2))
    strength = generator.uniform(0, 0.035)
    result = []
    for stroke in digit.strokes:
        # The device took a point every 10 ms; every second one draws the same line.
        unit = (np.vstack([stroke[:-1:2], stroke[-1:]]) - middle) / scale
        warp = np.sin(unit @ waves + phases[0]) + np.sin(unit[:, ::-1] @ waves + phases[1])
        result.append((unit + strength * warp) @ matrix.T)
    return result


def drawn(digits: Sequence[PenDigit], seed: int) -> NDArray[np.uint8]:
    """Each digit drawn once with a random pen, shape (n, 28, 28)."""
    generator = np.random.default_rng(seed)
    found = []
    for number, digit in enumerate(digits):
        drawing = placed(
            bent(digit, generator),
            side=generator.uniform(0.25, 0.85),
            width=float(np.exp(generator.uniform(np.log(1 / 140), np.log(1 / 7)))),
        )
        raster = render(drawing, int(generator.integers(96, 160)))
        if number % 2:
            result = to_digit(as_sent(raster), background="dark", canvas=len(raster))
        else:
            result = to_digit(raster)
        found.append(np.rint(255 * result.digit).astype(np.uint8))
    return np.stack(found)


def drawings(digits: Sequence[PenDigit]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All variants of all digits, with their labels."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        parts = list(pool.map(drawn, [digits] * VARIANTS, range(VARIANTS)))
    labels = np.array([digit.label for digit in digits], dtype=np.int64)
    return np.concatenate(parts), np.tile(labels, VARIANTS)


def varied(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Turn, shear, scale, shift, warp and thicken each image, (n, 1, 28, 28) in [0, 1]."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    def uniform(*shape: int) -> torch.Tensor:
        return 2 * torch.rand(shape, generator=generator) - 1

    n = len(images)
    theta = torch.eye(2, 3).repeat(n, 1, 1)
    angle, scale = 0.2 * uniform(n), torch.exp(0.12 * uniform(n, 2))
    theta[:, 0, 0], theta[:, 1, 1] = angle.cos() * scale[:, 0], angle.cos() * scale[:, 1]
    theta[:, 0, 1], theta[:, 1, 0] = -angle.sin() + 0.2 * uniform(n), angle.sin()
    theta[:, :, 2] = 0.08 * uniform(n, 2)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    warp = F.interpolate(0.09 * uniform(n, 2, 5, 5), size=(28, 28), mode="bicubic")
    moved = F.grid_sample(images, grid + warp.permute(0, 2, 3, 1), align_corners=False)
    thick = F.max_pool2d(moved, 3, 1, 1)
    thin = -F.max_pool2d(-moved, 3, 1, 1)
    amount = 0.5 * uniform(n, 1, 1, 1)
    changed = moved + amount.clamp(min=0) * (thick - moved) - amount.clamp(max=0) * (thin - moved)
    # Some stay as they are, which is what will be read most of all.
    return torch.where(torch.rand((n, 1, 1, 1), generator=generator) < 0.25, images, changed)


def trained(images: torch.Tensor, labels: torch.Tensor) -> nn.Module:
    """The network after all epochs.

    Args:
        images: uint8, shape (n, 28, 28).
        labels: int64, shape (n,).
    """
    import torch
    from torch.nn import functional as F  # noqa: N812

    from playground.data import as_float
    from playground.networks.build import build_model

    generator = torch.Generator().manual_seed(0)
    model = build_model("cnn", seed=0, channels=CHANNELS)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.02, fused=True)
    steps = EPOCHS * (len(labels) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=steps, pct_start=0.2
    )
    for epoch in range(1, EPOCHS + 1):
        total = torch.zeros(())
        batches = torch.randperm(len(labels), generator=generator).split(BATCH)
        for batch in batches[: len(labels) // BATCH]:
            logits = model(varied(as_float(images[batch]), generator))
            loss = F.cross_entropy(logits, labels[batch], label_smoothing=0.03)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        print(f"epoch {epoch}: mean loss {total / (len(labels) // BATCH):.4f}", flush=True)  # noqa: T201
    return model.eval()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    digits = [d for d in read_pendigits(Path(sys.argv[1])) if d.writer not in HELD_OUT]
    pen_images, pen_labels = drawings(digits)

    import torch
    from safetensors.torch import save

    from playground.data import load_mnist
    from playground.data_home import write_atomically
    from playground.networks.shipped import WEIGHTS

    # With two, each waits for the other wherever something else keeps a core busy.
    torch.set_num_threads(1)
    mnist = load_mnist("train")
    model = trained(
        torch.cat([mnist.images, torch.from_numpy(pen_images)]),
        torch.cat([mnist.labels, torch.from_numpy(pen_labels)]),
    )
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(WEIGHTS, save({k: v.half() for k, v in model.state_dict().items()}))
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
