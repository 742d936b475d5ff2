"""Networks from their names, with weights from a seed."""

from __future__ import annotations

import math
import pkgutil
from typing import Any

import torch
from torch import nn

from playground.errors import ConfigError, did_you_mean
from playground.networks.catalogue import NETWORKS
from playground.networks.spec import whole_number_faults

MAX_SEED = 2**63 - 1


def build_model(name: str, *, seed: int | None = None, **options: Any) -> nn.Module:
    """Return a new network in training mode, on the CPU, in float32.

    The weights are drawn as PyTorch draws them, W and b ~ U(−1/√k, 1/√k) with k the
    inputs of a unit (`nn.Linear`, `nn.Conv2d`), but from a generator of their own:
    the same seed gives the same weights to the bit, in any thread, and PyTorch's
    global random state is neither used nor changed.

    Args:
        name: a key of `NETWORKS`.
        seed: 0 … 2⁶³−1; None draws a new one from the system.
        **options: those of the network's spec; what is left out has its default.

    Raises:
        ConfigError: unknown name, unknown options or values out of range, all at once.
    """
    spec = NETWORKS.get(name) if isinstance(name, str) else None
    if spec is None:
        faults = [f"no network is called {name!r}{did_you_mean(name, NETWORKS)}"]
        allowed = "the networks " + ", ".join(map(repr, NETWORKS))
    else:
        faults = spec.faults(options)
        defaults = ", ".join(f"{option}={value!r}" for option, value in spec.defaults.items())
        allowed = f"{name!r} with {defaults}"
    if seed is not None:
        faults += whole_number_faults("seed", seed, 0, MAX_SEED)
    if spec is None or faults:
        raise ConfigError(
            "This network cannot be built: " + "; ".join(faults),
            allowed=allowed,
            advice="Change " + ("it" if len(faults) == 1 else "them") + " and build again",
        )
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    # On "meta" a module has shapes but no numbers, so its constructor draws none.
    with torch.device("meta"):
        model: nn.Module = pkgutil.resolve_name(spec.class_path)(**{**spec.defaults, **options})
    # Not `to_empty`, whose first call imports a package for symbolic algebra, in half a second.
    memory = {
        name: torch.empty(meta.shape, dtype=meta.dtype) for name, meta in model.state_dict().items()
    }
    model.load_state_dict(memory, assign=True)
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            _initialise(layer, generator)
    return model


def _initialise(layer: nn.Linear | nn.Conv2d, generator: torch.Generator) -> None:
    """Do what the layer's own `reset_parameters` does, with a generator."""
    nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
    if layer.bias is not None:
        bound = 1 / math.sqrt(layer.weight[0].numel())
        nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
