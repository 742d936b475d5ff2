"""Which networks a browser can read with by itself, and what it has to be given for that.

It then reads in the frame in which the pen moves, and asks nobody. `canvas/reading/network.js`
does what the classes of `playground.networks` do, with the same weights of 16 bits.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from playground.errors import CheckpointError, PlaygroundError
from playground.explaining import Reader, half_weights
from playground.networks import Layer
from playground.networks.shipped import shipped_files
from playground.recognition.catalogue import (
    DEFAULT,
    DEFAULT_TITLE,
    DIGITS,
    load_reader,
    parse_choice,
)
from playground.runs import Manager, Run
from playground.training import TrainConfig

MOST_BYTES = 4_000_000  # of one network; notebook A's has 1.4 MB
MOST_PRODUCTS = 16_000_000  # of two numbers, for one picture: 5 to 15 ms in a browser
MOST_BYTES_WHILE_TRAINING = 256_000  # a network that trains on is fetched every few seconds


@dataclass(frozen=True, eq=False)
class BrowserNetwork:
    """A network that a browser can read with.

    Attributes:
        name: for people.
        class_names: in the order of the outputs.
        kind: a key of `NETWORKS`.
        activation: of its hidden layers, "relu" or "none".
        weights: safetensors of 16 bits.
        calibration: of the app's own network (`playground.networks.evidence`), likewise.
        run, step: that it comes from; None of the app's own.
    """

    name: str
    class_names: Sequence[str]
    kind: str
    activation: str
    weights: bytes
    calibration: bytes | None = None
    run: Run | None = None
    step: int | None = None

    @property
    def hidden_units(self) -> dict[str, int]:
        """How many units, or maps, each hidden layer has, by its name."""
        size = int.from_bytes(self.weights[:8], "little")  # of safetensors' header
        header = json.loads(self.weights[8 : 8 + size])
        layers = sorted(name for name in header if name.endswith(".weight"))
        return {name.removesuffix(".weight"): header[name]["shape"][0] for name in layers[:-1]}


def browser_networks(
    choices: Collection[str], runs: Manager, *, is_ready: bool = True
) -> list[BrowserNetwork]:
    """The networks of the choices, in their order; [] if the server has to read for one of them.

    That is so if it is large or slow, has weights that are no numbers of 16 bits, or cannot be
    loaded.

    Args:
        choices: as `load_reader` takes them.
        runs: the manager of all runs.
        is_ready: whether PyTorch is there; without it only the app's own network is.
    """
    found = []
    for choice in dict.fromkeys(choices):
        network = _own() if choice == DEFAULT else _trained(choice, runs) if is_ready else None
        if network is None:
            return []
        found.append(network)
    return found


def _own() -> BrowserNetwork | None:
    try:
        weights, calibration = shipped_files()
    except OSError:  # the server's answer says what is wrong with the file
        return None
    return BrowserNetwork(DEFAULT_TITLE, DIGITS, "cnn", "relu", weights, calibration)


def _trained(choice: str, runs: Manager) -> BrowserNetwork | None:
    with suppress(PlaygroundError):  # likewise
        run_id, step = parse_choice(choice)
        if run_id is None:
            return None
        run = runs.get(run_id)
        trains_on = step is None and run.status.active
        if not fits(run.config, MOST_BYTES_WHILE_TRAINING if trains_on else MOST_BYTES):
            return None
        return _of_reader(load_reader(choice, runs), run)
    return None


def _of_reader(reader: Reader, run: Run) -> BrowserNetwork | None:
    weights = reader.half_weights
    if weights is None:
        return None
    config = run.config
    activation = {**config.network.defaults, **config.model_options}.get("activation", "relu")
    return BrowserNetwork(
        reader.name,
        reader.class_names,
        config.model,
        activation,
        weights,
        run=run,
        step=reader.step,
    )


def weights_at(run: Run, step: int) -> bytes:
    """What a browser is given of a moment: the weights as `Reader.half_weights` has them.

    Raises:
        CheckpointError: there are none of this step, or they are beyond what 16 bits can hold.
    """
    found = half_weights(run.store.snapshots.read_weights(step))
    if found is None:
        raise CheckpointError(f"Weights of step {step} are too large for 16 bits")
    return found


def fits(config: TrainConfig, most: int = MOST_BYTES) -> bool:
    """Whether a browser can read with a network like this; `most` bytes of weights."""
    half_bytes = sum(2 * layer.parameters for layer in _layers(config))
    return products(config) <= MOST_PRODUCTS and half_bytes <= most


def products(config: TrainConfig) -> int:
    """How many numbers are multiplied for one picture: each weight once for each place."""
    return sum(layer.parameters * math.prod(layer.output_shape[1:]) for layer in _layers(config))


def _layers(config: TrainConfig) -> Sequence[Layer]:
    options = {**config.network.defaults, **config.network_options}
    return config.network.layers(options, config.outputs)
