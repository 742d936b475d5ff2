"""What a file of weights is for a network, without the page: how it is read, does it fit, how good.

Imports PyTorch only when a file is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from playground.errors import ConfigError
from playground.networks.likeness import Likeness, networks_like
from playground.training import TrainConfig
from playground.ui.pages.train.network_picture import network_layers, parameter_count

if TYPE_CHECKING:
    from playground.checkpoints import (
        FoundWeights,
        Match,
        StateDict,
        TakenWeights,
        WeightsFault,
    )

_SAMPLE = 2000
# Parameters up to which the whole test set takes at most about two seconds of two cores.
_WHOLE_TEST_SET, _WHOLE_TEST_SET_CONVOLUTIONAL = 1_000_000, 150_000


@dataclass(frozen=True, eq=False)
class Judgement:
    """What is to be said of a file of weights for one network.

    Attributes:
        read: how the file was read, in one sentence that may quote it; "" if nothing was found.
        place: where in the file the weights are.
        places: where there are others, with it; [] if there are none.
        faults: the entries that do not fit, [] if all do.
        offer: how they could be taken, if somebody says that it is meant; else None.
        others: networks that the weights may be of.
        weights: the `state_dict`, None unless it fits.
        accuracy, loss: on `examples` test images, from 0 to 1 and in nats.
    """

    read: str = ""
    place: str = ""
    places: Sequence[str] = ()
    faults: Sequence[WeightsFault] = ()
    offer: Match | None = None
    others: Sequence[Likeness] = ()
    weights: StateDict | None = None
    accuracy: float = 0.0
    loss: float = 0.0
    examples: int = 0


def judge_weights(
    content: bytes, config: TrainConfig, *, place: str | None = None, as_offered: bool = False
) -> Judgement:
    """Read a file that may come from a stranger and try what it holds. Imports PyTorch.

    Nothing in the file is run, whatever it says; a file with a number that is NaN or
    infinite is refused, because nothing can be trained on from it.

    Args:
        content: of a `.pt` or `.safetensors` file; told by the content.
        config: the network and the data it is to fit.
        place: one of `Judgement.places`; None: the first whose weights fit, or the likeliest.
        as_offered: whether somebody has said that `Judgement.offer` is meant.

    Raises:
        PlaygroundError: it is refused, in words that may quote the file.
    """
    from playground.checkpoints import find_weights, read_weights, take_weights, weights_faults
    from playground.networks.build import build_model

    _require_small(config)
    expected = build_model(config.model, seed=0, **config.network_options).state_dict()
    value = read_weights(content)
    found = find_weights(value)
    if not found:
        return Judgement(faults=weights_faults(value, expected))
    chosen, match = _choose(found, place, expected)
    judged = Judgement(
        in_one_sentence(chosen.done),
        chosen.place,
        [each.place for each in found] if len(found) > 1 else [],
        offer=None if match is None or match.certain else match,
    )
    if match and (match.certain or as_offered):
        return _tried(judged, config, chosen, take_weights(chosen.tensors, match, expected))
    others = _others(chosen, config)
    if match:
        return replace(judged, others=[each for each in others if each.same_names])
    return replace(judged, others=others, faults=weights_faults(chosen.tensors, expected))


def in_one_sentence(done: Sequence[str]) -> str:
    """What was done to a file to read it, which may be nothing."""
    return f"How the file was read: {'; '.join(done) or 'as it is'}."


def _others(found: FoundWeights, config: TrainConfig) -> list[Likeness]:
    """Networks other than the chosen one that the weights may be of."""
    shapes = {name: tuple(each.shape) for name, each in found.tensors.items()}
    own = [layer.parameters for layer in network_layers(config)]
    return [
        like
        for like in networks_like(shapes)
        if like.spec.name != config.model
        or [layer.parameters for layer in like.spec.layers(like.options, like.outputs)] != own
    ]


def _require_small(config: TrainConfig) -> None:
    from playground.checkpoints import MAX_WEIGHTS_BYTES

    parameters = parameter_count(config)
    if 4 * parameters > MAX_WEIGHTS_BYTES:
        raise ConfigError(
            f"The chosen network has {parameters:,} parameters",
            allowed=f"at most {MAX_WEIGHTS_BYTES // 4:,} for weights from a file",
            advice="Choose a smaller network",
        )


def _choose(
    found: Sequence[FoundWeights], place: str | None, expected: StateDict
) -> tuple[FoundWeights, Match | None]:
    """Those of a place, or else the first that fit the network, or else the likeliest."""
    from playground.checkpoints import match_weights

    there = [each for each in found if each.place == place] or found
    pairs = [(each, match_weights(each.tensors, expected)) for each in there]
    return min(pairs, key=lambda pair: 2 if pair[1] is None else int(not pair[1].certain))


def _tried(
    judged: Judgement, config: TrainConfig, found: FoundWeights, taken: TakenWeights
) -> Judgement:
    """With what the network answers if it has these weights."""
    from playground.inspection.network import inspect

    judged = replace(judged, read=in_one_sentence([*found.done, *taken.done]))
    if taken.faults:
        return replace(judged, faults=taken.faults)
    dense = network_layers(config)[0].kind == "Linear"
    limit = _WHOLE_TEST_SET if dense else _WHOLE_TEST_SET_CONVOLUTIONAL
    sample = _SAMPLE if parameter_count(config) > limit else None
    seen = inspect(config, taken.state, sample=sample, worst=1)
    return replace(
        judged,
        weights=taken.state,
        accuracy=seen.accuracy,
        loss=float(seen.losses.mean()),
        examples=len(seen.losses),
    )
