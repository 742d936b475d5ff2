"""A trained network, ready to read drawings."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from playground.errors import CheckpointError, InputError, NotFiniteError, ShapeError
from playground.maths import softmax
from playground.training.config import TrainConfig
from playground.validation import Floats, name_first, read_array, read_target, require_within

if TYPE_CHECKING:
    from torch import Tensor, nn

SIDE = 28
_BLOCK = 1000  # images a forward pass, so that many of them need little memory

Digits = NDArray[np.float32]


class Reader:
    """A network in eval mode with its own copy of the weights; safe from any thread.

    Args:
        name: for people.
        model: takes (n, 1, 28, 28) float32 in [0, 1]; gives (n, K) logits, or (n, 1) if
            `binary`. It is copied, so that training it on changes no answer here.
        class_names: K names.
        binary: whether it gives one logit s. Its logits are then (0, s), whose softmax is
            (1 − σ(s), σ(s)).
        calibrated: whether it is the default network, for which it was measured what looks like
            no digit (`playground.networks.evidence`).
        config: with which it was trained, if it is known; it names the network.
        step: of that training, if it is known.

    Raises:
        ShapeError: the network has not as many outputs as there are names.
    """

    def __init__(
        self,
        name: str,
        model: nn.Module,
        class_names: Sequence[str],
        binary: bool = False,
        calibrated: bool = False,
        config: TrainConfig | None = None,
        step: int | None = None,
    ) -> None:
        import torch

        self.name = name
        self.class_names = tuple(class_names)
        self.binary = binary
        self.calibrated = calibrated
        self.config = config
        self.step = step
        # Tensors made under inference_mode could never take part in a gradient.
        with torch.inference_mode(False):
            self._model = copy.deepcopy(model).eval().requires_grad_(False)
        outputs = int(self._outputs(np.zeros((1, SIDE, SIDE), np.float32)).shape[1])
        wanted = 1 if binary else len(self.class_names)
        if outputs != wanted or (binary and len(self.class_names) != 2):
            raise ShapeError(
                f"The network {name!r} has {outputs} outputs and {len(self.class_names)} names",
                allowed="a name for each output, or two names for one output",
            )

    @property
    def classes(self) -> int:
        """K."""
        return len(self.class_names)

    @property
    def nbytes(self) -> int:
        """Bytes of the weights."""
        return sum(p.numel() * p.element_size() for p in self._model.parameters())

    @cached_property
    def half_weights(self) -> bytes | None:
        """See the function of this name."""
        return half_weights(self._model.state_dict())

    def logits(self, images: ArrayLike) -> Floats:
        """The raw numbers of each class.

        Args:
            images: (n, 28, 28) in [0, 1], ink on 0.

        Returns:
            float64, (n, K).

        Raises:
            ShapeError, InputError: other images.
            NotFiniteError: NaN among the pixels, or a network whose training has diverged.
        """
        pixels = read_digits(images)
        blocks = [self._outputs(pixels[i : i + _BLOCK]) for i in range(0, len(pixels), _BLOCK)]
        raw = np.concatenate(blocks).astype(np.float64)
        if not np.isfinite(raw).all():
            raise self._diverged()
        return np.column_stack([np.zeros(len(raw)), raw]) if self.binary else raw

    def probabilities(self, images: ArrayLike) -> Floats:
        """softmax of the logits: float64, (n, K). Raises: as `logits`."""
        return np.asarray(softmax(self.logits(images)))

    def logit_gradient(self, digit: Digits, k: int) -> Digits:
        """∂z_k/∂x of one image, (28, 28); of a binary network's class 0 that of −s.

        Only the difference of two logits counts in a softmax, so (−s, 0) says the same as
        (0, s) and class 0 gets a gradient too.
        """
        import torch

        # Also where the caller is in inference_mode, which records no gradient.
        with torch.inference_mode(False), torch.enable_grad():
            x = torch.from_numpy(digit.reshape(1, 1, SIDE, SIDE).copy()).requires_grad_()
            z = self._model(x)
            chosen = (z[0, 0] if k else -z[0, 0]) if self.binary else z[0, k]
            (slope,) = torch.autograd.grad(chosen, x)
        values: Digits = slope.numpy().reshape(SIDE, SIDE)
        if not np.isfinite(values).all():
            raise self._diverged()
        return values

    def unit_maxima(self, images: ArrayLike) -> dict[str, Digits]:
        """The largest value of each unit before its activation, of a map over all its places.

        Args:
            images: (n, 28, 28) in [0, 1], ink on 0.

        Returns:
            float32, (n, units), by the names of the layers, all but the last.

        Raises: as `logits`.
        """
        import torch

        pixels = torch.from_numpy(read_digits(images).copy()).unsqueeze(1)
        found: dict[str, list[Tensor]] = {}
        with torch.inference_mode():
            model = copy.deepcopy(self._model)  # what hangs on it is not heard by others

            def keep(name: str, values: Tensor) -> None:
                found.setdefault(name, []).append(values.flatten(start_dim=2).amax(dim=-1))

            weighted = [name for name, part in model.named_modules() if hasattr(part, "weight")]
            for name in weighted[:-1]:
                model.get_submodule(name).register_forward_hook(
                    lambda _, __, values, name=name: keep(name, values.unsqueeze(-1))
                )
            for block in torch.split(pixels, _BLOCK):
                model(block)
        maxima: dict[str, Digits] = {name: torch.cat(v).numpy() for name, v in found.items()}
        if not all(np.isfinite(values).all() for values in maxima.values()):
            raise self._diverged()
        return maxima

    def _outputs(self, pixels: Digits) -> Digits:
        import torch

        with torch.inference_mode():
            outputs: Digits = self._model(torch.from_numpy(pixels.copy()).unsqueeze(1)).numpy()
        return outputs

    def _diverged(self) -> NotFiniteError:
        return NotFiniteError(
            f"The answers of the network {self.name!r} are not finite: its weights have grown "
            "without bound",
            allowed="a network whose training has not diverged",
            advice="Choose another network, or an earlier moment of this one",
        )


def half_weights(state: Mapping[str, Tensor]) -> bytes | None:
    """Weights as safetensors of 16 bits; None if one is beyond what 16 bits can hold."""
    import torch
    from safetensors.torch import save

    rounded = {name: tensor.half() for name, tensor in state.items()}
    is_finite = all(torch.isfinite(tensor).all() for tensor in rounded.values())
    return save(rounded) if is_finite else None


def from_weights(
    name: str, config: TrainConfig, state: Mapping[str, Tensor], step: int | None = None
) -> Reader:
    """The network that a run has trained, its weights rounded to 16 bits.

    A browser is given such weights, and is to say the same as the server.

    Args:
        name: for people.
        config: the run's; says which network, and which classes it knows.
        state: the weights, as the network's `state_dict` names them.
        step: of the run.

    Raises:
        CheckpointError: the weights are not those of this network.
        ConfigError: the network cannot be built.
        DataError: the class names of an own data set are not on this computer any more.
    """
    import torch

    from playground.networks.build import build_model

    with torch.inference_mode(False):
        model = build_model(config.model, seed=0, **config.network_options)
        try:
            model.load_state_dict({name: _in_16_bits(tensor) for name, tensor in state.items()})
        except (RuntimeError, TypeError, AttributeError) as error:
            raise CheckpointError(
                f"These weights do not fit the network {config.model!r}: {str(error)[:300]}",
                allowed=f"the state_dict of {config.model!r} as its configuration builds it",
                advice="Give the weights together with the configuration they were trained with",
            ) from error
    return Reader(name, model, config.class_names, config.network.binary, config=config, step=step)


def _in_16_bits(tensor: Tensor) -> Tensor:
    """The nearest numbers of 16 bits; what they cannot hold stays as it is."""
    rounded = tensor.half().float()
    return tensor.where(~rounded.isfinite(), rounded)


def read_digits(images: ArrayLike, name: str = "images") -> Digits:
    """(n, 28, 28) numbers in [0, 1], n from 1 up, as float32.

    Raises:
        ShapeError: another shape, or none at all.
        InputError: no floats, or outside of 0 … 1.
        NotFiniteError: NaN or an infinity.
    """
    array = read_array(images, name)
    if array.ndim != 3 or array.shape[1:] != (SIDE, SIDE) or not len(array):
        raise ShapeError(
            f"{name} has shape {array.shape}",
            allowed=f"(n, {SIDE}, {SIDE}), n from 1 up",
            advice="For a single one write digit[np.newaxis]",
        )
    if array.dtype.kind != "f":
        raise InputError(
            f"{name} is of type {array.dtype}",
            allowed="floats in [0, 1]",
            advice="Divide pixels of 0 … 255 by 255",
        )
    if not np.isfinite(array).all():
        raise NotFiniteError(
            name_first(array, ~np.isfinite(array), name), allowed="finite numbers in [0, 1]"
        )
    require_within(array.astype(np.float64), name, 1.0)
    digits: Digits = array.astype(np.float32, copy=False)
    return digits


def read_digit(digit: ArrayLike) -> Digits:
    """One image, (28, 28), as `read_digits`."""
    array = read_array(digit, "digit")
    if array.ndim != 2:
        raise ShapeError(f"digit has shape {array.shape}", allowed=f"({SIDE}, {SIDE})")
    digits = read_digits(array[np.newaxis], "digit")
    return digits.reshape(SIDE, SIDE)


def read_class(k: int, reader: Reader) -> int:
    """A class index of this reader. Raises: ClassRangeError."""
    return int(read_target(k, reader.classes))
