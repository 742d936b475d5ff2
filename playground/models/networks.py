"""The networks, by name.

Each takes a batch of images, floats of shape (n, 1, 28, 28), (n, 28, 28) or
(n, 784) with pixels in [0, 1], and returns logits: raw numbers, one a class. The
softmax or sigmoid that makes probabilities of them belongs to the loss.

Read the `forward` methods first; they are the lesson.
"""

from __future__ import annotations

import copy
import difflib
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from playground.errors import ConfigError, InputError, ShapeError

PIXELS = 28 * 28
MAX_WIDTH = 4096  # of a layer
MAX_HIDDEN_LAYERS = 8
MAX_CHANNELS = 256
MAX_SEED = 2**63 - 1


def flatten(images: torch.Tensor) -> torch.Tensor:
    """Return images of shape (n, 1, 28, 28), (n, 28, 28) or (n, 784) as rows (n, 784).

    Raises:
        ShapeError: another shape.
        InputError: pixels that are no floats.
    """
    if tuple(images.shape[1:]) not in {(1, 28, 28), (28, 28), (PIXELS,)}:
        raise ShapeError(
            f"A network cannot read a batch of shape {tuple(images.shape)}",
            allowed="shape (n, 1, 28, 28), (n, 28, 28) or (n, 784)",
            advice="Give a batch; for a single image write images[i : i + 1]",
        )
    if not images.is_floating_point():
        raise InputError(
            f"A network cannot read pixels of type {images.dtype}",
            allowed="float32 in [0, 1]",
            advice="Pass the images through playground.data.as_float first",
        )
    return images.reshape(len(images), PIXELS)


def _identity(x: torch.Tensor) -> torch.Tensor:
    return x


_ACTIVATIONS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = MappingProxyType(
    {"relu": torch.relu, "none": _identity}
)
ACTIVATIONS = tuple(_ACTIVATIONS)


class Linear(nn.Module):
    """Softmax regression: logits = xWᵀ + b, a template of weights a class."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.linear = nn.Linear(PIXELS, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes)."""
        return self.linear(flatten(x))  # type: ignore[no-any-return]


class MLP(nn.Module):
    """Notebook A's network: 784 → 520 → 320 → 240 → 120 → 10, ReLU between.

    Its layers are `l1`, `l2`, …, as in the notebook, so weights go both ways. With the
    activation "none" it can do no more than `Linear`, however many layers it has.
    """

    def __init__(
        self,
        widths: Iterable[int] = (520, 320, 240, 120),
        classes: int = 10,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.activation = _ACTIVATIONS[activation]
        sizes = (PIXELS, *widths, classes)
        for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
            self.add_module(f"l{number}", nn.Linear(inputs, outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes)."""
        *hidden_layers, output_layer = self.children()
        x = flatten(x)
        for layer in hidden_layers:
            x = self.activation(layer(x))
        return output_layer(x)  # type: ignore[no-any-return]


class Hidden(nn.Module):
    """Notebook B's network for several classes (B8): 784 → hidden → classes.

    The notebook hands the input to its second layer; here it is the hidden
    activation, as was meant.
    """

    def __init__(self, hidden: int = 5, classes: int = 3, activation: str = "relu") -> None:
        super().__init__()
        self.activation = _ACTIVATIONS[activation]
        self.linear1 = nn.Linear(PIXELS, hidden)
        self.linear2 = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes); no softmax, because the loss applies it."""
        hidden = self.activation(self.linear1(flatten(x)))
        return self.linear2(hidden)  # type: ignore[no-any-return]


class Binary(nn.Module):
    """Notebook B's network for two classes (B9): 784 → hidden → 1.

    The logit is returned as it is. For the probability of class 1 apply
    `torch.sigmoid`; for training use `nn.BCEWithLogitsLoss`, which applies it itself
    and stays finite where the notebook's sigmoid followed by `nn.BCELoss` does not.
    """

    def __init__(self, hidden: int = 5) -> None:
        super().__init__()
        self.linear1 = nn.Linear(PIXELS, hidden)
        self.linear2 = nn.Linear(hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, 1), one logit an image."""
        hidden = torch.relu(self.linear1(flatten(x)))
        return self.linear2(hidden)  # type: ignore[no-any-return]


class CNN(nn.Module):
    """A small convolutional network, made to learn quickly on a CPU.

    The first layer strides over every second pixel, so nothing is ever computed at
    28 × 28 × channels, which is where most of a CPU's time would go.

    Measured: AdamW (lr 5e-3, weight decay 0.01, fused) under OneCycleLR (max_lr 5e-3,
    1,407 steps), batch 128, 60,000 images, 3 epochs, with seeds 0, 1 and 2. MNIST test
    accuracy after each epoch: 97.9 … 98.4 %, 98.9 … 99.0 %, 99.2 … 99.3 %. An epoch
    takes 9 … 13 s with two threads on two quiet 2.5 GHz cores and 14 … 22 s with one
    thread; but over 100 s with two threads when another process keeps a core busy.
    """

    def __init__(self, channels: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, kernel_size=5, stride=2, padding=2)
        self.conv2 = nn.Conv2d(channels, 2 * channels, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(2 * channels, 4 * channels, kernel_size=3)
        self.output = nn.Linear(4 * channels * 5 * 5, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 784) → (n, classes)."""
        x = flatten(x).reshape(len(x), 1, 28, 28)
        x = torch.relu(self.conv1(x))  # (n, channels, 14, 14)
        x = torch.relu(self.pool(self.conv2(x)))  # (n, 2 channels, 7, 7)
        x = torch.relu(self.conv3(x))  # (n, 4 channels, 5, 5)
        return self.output(x.flatten(start_dim=1))  # type: ignore[no-any-return]


_BUILDERS: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {"linear": Linear, "mlp": MLP, "hidden": Hidden, "binary": Binary, "cnn": CNN}
)
MODEL_NAMES = tuple(_BUILDERS)

_LIMITS = MappingProxyType(
    {"classes": (2, MAX_WIDTH), "hidden": (1, MAX_WIDTH), "channels": (1, MAX_CHANNELS)}
)


def build_model(name: str, *, seed: int | None = None, **options: Any) -> nn.Module:
    """Return a new network in training mode, on the CPU, in float32.

    The weights are drawn as PyTorch draws them, W and b ~ U(−1/√k, 1/√k) with k the
    inputs of a unit (`nn.Linear`, `nn.Conv2d`), but from a generator of their own:
    the same seed gives the same weights to the bit, in any thread, and PyTorch's
    global random state is neither used nor changed.

    Args:
        name: one of `MODEL_NAMES`.
        seed: 0 … 2⁶³−1; None draws a new one from the system.
        **options: see `model_options(name)`: `classes`, `widths`, `hidden`, `channels`,
            `activation`.

    Raises:
        ConfigError: unknown name, unknown options or values out of range, all at once.
    """
    if faults := model_faults(name, options) + _seed_faults(seed):
        raise ConfigError(
            "This network cannot be built: " + "; ".join(faults),
            allowed=_allowed(name),
            advice="Change " + ("it" if len(faults) == 1 else "them") + " and build again",
        )
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    # On "meta" a module has shapes but no numbers, so its constructor draws none.
    with torch.device("meta"):
        model = _BUILDERS[name](**options)
    model.to_empty(device="cpu")
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


def model_options(name: str) -> dict[str, Any]:
    """Return the options of a network and their defaults.

    Raises:
        ConfigError: no network has this name.
    """
    if faults := _name_faults(name):
        raise ConfigError(faults[0], allowed=_allowed(name), advice="Choose one of them")
    parameters = inspect.signature(_BUILDERS[name]).parameters
    return {option: parameter.default for option, parameter in parameters.items()}


def model_faults(name: str, options: Mapping[str, Any]) -> list[str]:
    """Return everything that is wrong with a choice of network, [] if nothing is.

    For whoever gathers the faults of several settings before raising.
    """
    if faults := _name_faults(name):
        return faults
    known = model_options(name)
    faults = []
    for option, value in options.items():
        if option not in known:
            faults.append(f"{name!r} has no option {option!r}{_did_you_mean(option, known)}")
        elif option == "widths":
            faults += _widths_faults(value)
        elif option == "activation":
            faults += _activation_faults(value)
        else:
            faults += _whole_number_faults(option, value, *_LIMITS[option])
    return faults


def _name_faults(name: object) -> list[str]:
    if isinstance(name, str) and name in _BUILDERS:
        return []
    return [f"no network is called {name!r}{_did_you_mean(name, MODEL_NAMES)}"]


def _seed_faults(seed: object) -> list[str]:
    return [] if seed is None else _whole_number_faults("seed", seed, 0, MAX_SEED)


def _widths_faults(widths: object) -> list[str]:
    if not isinstance(widths, tuple | list):
        return [f"widths must be a tuple of whole numbers, not {widths!r}"]
    if not 1 <= len(widths) <= MAX_HIDDEN_LAYERS:
        return [f"widths must name 1 … {MAX_HIDDEN_LAYERS} hidden layers, not {len(widths)}"]
    return [
        fault
        for index, width in enumerate(widths)
        for fault in _whole_number_faults(f"widths[{index}]", width, 1, MAX_WIDTH)
    ]


def _activation_faults(value: object) -> list[str]:
    if isinstance(value, str) and value in _ACTIVATIONS:
        return []
    return [f"activation must be {' or '.join(map(repr, ACTIVATIONS))}, not {value!r}"]


def _whole_number_faults(what: str, value: object, low: int, high: int) -> list[str]:
    # A bool is an int to Python, but True hidden units is a mistake.
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return []
    return [f"{what} must be a whole number in {low} … {high}, not {value!r}"]


def _did_you_mean(given: object, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(given).strip().lower(), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _allowed(name: object) -> str:
    if _name_faults(name):
        return "the networks " + ", ".join(repr(known) for known in MODEL_NAMES)
    defaults = model_options(str(name)).items()
    return f"{name!r} with " + ", ".join(f"{option}={value!r}" for option, value in defaults)


@dataclass(frozen=True)
class LayerSummary:
    """One layer: its attribute name, PyTorch's name of its kind, what leaves it.

    `output_shape` is that of one example, without the batch axis.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class ModelSummary:
    """What a network consists of, layer by layer in the order of computation."""

    kind: str
    parameters: int
    layers: tuple[LayerSummary, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the same as dicts, tuples, strings and numbers, ready for JSON."""
        return asdict(self)


def describe(model: nn.Module) -> ModelSummary:
    """Return the layers of a network, found by sending one black image through a copy.

    Activations (ReLU) are functions without parameters and are not listed. The
    network itself, its mode and its device stay as they are.
    """
    # A copy, because others may be using this network and would run into the hooks.
    probe = copy.deepcopy(model).to("cpu", torch.float32).eval()
    layers: list[LayerSummary] = []
    for name, module in probe.named_modules():
        if name and next(module.children(), None) is None:
            module.register_forward_hook(_recorder(name, layers))
    with torch.inference_mode():
        probe(torch.zeros(1, PIXELS))
    return ModelSummary(type(model).__name__, _parameter_count(model), tuple(layers))


def _recorder(name: str, layers: list[LayerSummary]) -> Callable[..., None]:
    def record(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        shape = tuple(output.shape[1:])
        layers.append(LayerSummary(name, type(module).__name__, shape, _parameter_count(module)))

    return record


def _parameter_count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
