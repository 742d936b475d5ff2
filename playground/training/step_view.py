"""One step as a person can follow it: forward, loss, gradient at the logits, what changed."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from playground.training.task import Task

_DIGITS = 6


class StepView:
    """The example of a batch with the largest loss, before the step and after.

    Made before the step. The network is left in training mode, and no random number is drawn.

    Args:
        images: (n, 28, 28) float32, the step's batch.
        targets: (n,) their classes.
    """

    def __init__(self, task: Task, model: nn.Module, images: Tensor, targets: Tensor) -> None:
        self._task, self._model = task, model
        self._images, self._targets = images, targets
        self._weights = {name: p.detach().clone() for name, p in model.named_parameters()}
        with _as_it_reads(model):
            self._losses, logits = self._read()
            self._row = int(self._losses.argmax())
            self._logits = logits[self._row].clone()
            self._layers = list(_hidden_layers(model, images[self._row : self._row + 1]))

    def _read(self) -> tuple[Tensor, Tensor]:
        logits = self._model(self._images)
        return self._task.losses(logits, self._targets, "none"), logits

    def after(self, step: int) -> str:
        """All of it as JSON, once the step has been taken; "" if a number is not finite.

        K classes; a network with one logit s has (0, s), as their softmax is (1 − σ(s), σ(s)).

        Returns:
            An object with the keys
                step, examples: the step's number and n;
                batch, loss: the mean loss of the batch and that of the example, before and after;
                pixels: base64 of 784 bytes;
                target: its class;
                logits, p, slopes, after: K numbers each; softmax(z), ∂loss/∂z, and softmax(z)
                    after the step;
                layers: name, shape ([units] or [maps, side, side]), base64 of int8 and the value
                    of 127 of what each hidden layer gives to the next;
                moved: name, ‖Δw‖ and ‖w‖ of each layer's weights and biases.
        """
        with _as_it_reads(self._model):
            losses, logits = self._read()
        row, z = self._row, self._logits
        numbers: dict[str, Tensor | list[Tensor]] = {
            "batch": [self._losses.mean(), losses.mean()],
            "loss": [self._losses[row], losses[row]],
            "logits": self._both(z),
            "p": self._both(z).softmax(0),
            "slopes": self._slopes(z),
            "after": self._both(logits[row]).softmax(0),
        }
        found: dict[str, Any] = {name: _rounded(values) for name, values in numbers.items()}
        found["moved"] = [[name, *_rounded(norms)] for name, norms in self._moved().items()]
        pixels = (255 * self._images[row]).round().to("cpu", torch.uint8)
        found |= {
            "step": step,
            "examples": len(self._targets),
            "pixels": base64.b64encode(pixels.numpy().tobytes()).decode("ascii"),
            "target": int(self._targets[row]),
            "layers": self._layers,
        }
        try:
            return json.dumps(found, allow_nan=False)
        except ValueError:
            return ""

    def _both(self, z: Tensor) -> Tensor:
        return torch.cat([torch.zeros_like(z), z]) if self._task.binary else z

    def _slopes(self, z: Tensor) -> Tensor:
        with torch.inference_mode(False), torch.enable_grad():
            leaf = z.clone().requires_grad_()
            row = slice(self._row, self._row + 1)
            loss = self._task.losses(leaf[None], self._targets[row], "mean")
            (slope,) = torch.autograd.grad(loss, leaf)
        return torch.cat([-slope, slope]) if self._task.binary else slope

    def _moved(self) -> dict[str, list[Tensor]]:
        """‖Δw‖ and ‖w‖ by the name of the layer."""
        squares: dict[str, list[Tensor]] = {}
        for name, now in self._model.named_parameters():
            before = self._weights[name]
            sums = squares.setdefault(name.rpartition(".")[0], [torch.zeros(()), torch.zeros(())])
            for i, part in enumerate((now.detach() - before, before)):
                sums[i] = sums[i] + part.double().square().sum().cpu()
        return {name: [one.sqrt() for one in sums] for name, sums in squares.items()}


@contextmanager
def _as_it_reads(model: nn.Module) -> Iterator[None]:
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train()


def _hidden_layers(model: nn.Module, image: Tensor) -> Iterator[dict[str, Any]]:
    """What each layer but the last gives to the next for one image (1, 28, 28)."""
    calls: list[tuple[str, Tensor, Tensor]] = []
    hooks = []
    for name, module in model.named_modules():
        if next(module.parameters(recurse=False), None) is not None:
            hooks.append(
                module.register_forward_hook(
                    lambda _, given, out, name=name: calls.append((name, given[0][0], out[0]))
                )
            )
    try:
        model(image)
    finally:
        for hook in hooks:
            hook.remove()
    for (name, _, out), (_, given, _) in pairwise(calls):
        yield _packed(name, _as_maps(given, out))


def _as_maps(given: Tensor, out: Tensor) -> Tensor:
    """What the next layer is given, in the shape of what this one gives: C maps may be smaller by
    a pooling, and flat. If it is something else, as beside a shortcut, what this one gives.
    """
    if given.shape == out.shape or (given.dim() == 3 and len(given) == len(out)):
        return given
    side = math.isqrt(given.numel() // len(out))
    if out.dim() == 3 and given.numel() == len(out) * side**2:
        return given.reshape(len(out), side, side)
    return out


def _packed(name: str, values: Tensor) -> dict[str, Any]:
    most = float(values.abs().max()) or 1.0
    levels = (127 * values / most).round().to("cpu", torch.int8).contiguous()
    content = base64.b64encode(levels.numpy().tobytes()).decode("ascii")
    shape = list(values.shape)
    return {"name": name, "shape": shape, "values": content, "most": float(f"{most:.4g}")}


def _rounded(values: Tensor | list[Tensor]) -> list[float]:
    return [float(f"{float(value):.{_DIGITS}g}") for value in values]
