"""From a configuration to the optimizer, its rate at every step, and the device."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping

import torch
from torch import nn

from playground.errors import ConfigError
from playground.training.config import TrainConfig

_log = logging.getLogger("playground.training")

# Bytes free on a GPU below which "auto" leaves it to the programs that fill it. PyTorch reserves
# 204 MiB there for notebook A's network with all examples at batch 64.
_ROOM = 512 * 2**20

# One-cycle (Smith and Topin 2018), with the proportions PyTorch's OneCycleLR uses:
# start at peak / 25, reach the peak after 30 % of the steps, end at start / 10,000.
_START, _RISE, _END = 1 / 25, 0.3, 1 / 25 / 10_000


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" takes CUDA, else Apple's MPS, else the CPU.

    A GPU that is full, or that this PyTorch has no code for, is left alone by "auto"; the log
    says why.

    Raises:
        ConfigError: when the machine does not have it.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        available["cuda"] = available["cuda"] and _cuda_computes()
        name = next(device for device, there in available.items() if there)
    if not available.get(name, False):
        raise ConfigError(
            f"device is {name!r}, but PyTorch finds none on this machine",
            allowed="auto, " + ", ".join(d for d, there in available.items() if there),
            advice="Choose 'auto'",
        )
    return torch.device(name)


def _cuda_computes() -> bool:
    """Whether the GPU has room for a run and computes a sum."""
    try:
        torch.cuda.empty_cache()  # what the run before has left here is free, too
        free, _ = torch.cuda.mem_get_info()
        torch.ones(1, device="cuda").add(1).item()
    except RuntimeError as error:
        why = str(error).split("\n")[0]
    else:
        why = "" if free >= _ROOM else f"{free / 2**20:.0f} MiB are free on it"
    if why:
        _log.warning("the CPU trains in place of the GPU: %s", why)
    return not why


def build_optimizer(config: TrainConfig, model: nn.Module) -> torch.optim.Optimizer:
    """The optimizer a configuration names, in its fused form: one pass over all weights."""
    parameters = list(model.parameters())
    decay = config.weight_decay
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            parameters,
            lr=config.lr,
            momentum=config.momentum,
            nesterov=config.nesterov,
            weight_decay=decay,
            fused=True,
        )
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    betas = config.beta1, config.beta2
    return kind(parameters, lr=config.lr, betas=betas, weight_decay=decay, fused=True)


def live_settings(optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """Momentum (where there is one) and weight decay as they are now."""
    (group,) = optimizer.param_groups
    return {name: group[name] for name in ("momentum", "weight_decay") if name in group}


def set_live(optimizer: torch.optim.Optimizer, settings: Mapping[str, float]) -> None:
    """Change momentum or weight decay from the next step on; Adam ignores a momentum."""
    (group,) = optimizer.param_groups
    group.update({name: value for name, value in settings.items() if name in group})


def rate_factor(schedule: str, step: int, total_steps: int) -> float:
    """What the peak rate is multiplied by at a step.

    Args:
        schedule: "constant" or "one-cycle".
        step: steps already taken, from 0 to total_steps - 1.
    """
    if schedule == "constant":
        return 1.0
    top = _RISE * total_steps - 1
    if step <= top:
        return _cosine(_START, 1.0, step / top)
    return _cosine(1.0, _END, (step - top) / (total_steps - 1 - top))


def _cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * min(progress, 1.0)))
