"""Weights as other programs write them: where they are in a file, how they are called and turned.

What loses nothing and leaves no doubt is done and said: a dictionary around them is opened, a part
that all names begin with is taken off, numbers of 16 or 64 bits become float32. Other names and
transposed matrices are only found: whether they are meant is for a person to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import torch

from playground.checkpoints.pytorch_format import is_plain_tensor, short
from playground.checkpoints.weights import StateDict, WeightsFault, weights_faults

Shape = tuple[int, ...]

_COMPILED = "_orig_mod"  # of torch.compile; also amid a name, of a part that was compiled
_MOST_PREFIXES = 64  # upon each other
_PREFIXES = frozenset({"module", _COMPILED, "model", "net", "network"})
# What begins the names of things that hold tensors and are no weights of a network.
_NO_WEIGHTS = ("optim", "sched", "lr_sched", "scaler", "amp", "rng", "generator", "buffer")
_FIRST = ("model", "net", "state_dict", "weights", "params")  # of several, unless one fits better
_DEEPEST = 4  # dictionaries around the weights
_MOST_NAMES = 8  # in a sentence
_CONVERTED = {torch.float16: "float16", torch.bfloat16: "bfloat16", torch.float64: "float64"}


@dataclass(frozen=True, eq=False)
class FoundWeights:
    """Names and tensors that a file holds.

    Attributes:
        place: the keys that lead to them, "" if they are all of the file.
        tensors: by name, without what all names began with.
        done: what was done to get them, in words, each the part of a sentence.
    """

    place: str
    tensors: Mapping[str, torch.Tensor]
    done: tuple[str, ...]


def find_weights(value: object) -> list[FoundWeights]:
    """Everything in a file that may be the weights of a network, the likeliest first.

    Args:
        value: as `read_weights` returns it; of any type.
    """
    if isinstance(value, list | tuple) and value and all(map(is_plain_tensor, value)):
        named = {str(number): tensor for number, tensor in enumerate(value)}
        return [FoundWeights("", named, ("took the tensors of a list in their order",))]
    found = [
        _found(keys, inner, whole=value) for keys, inner in _dictionaries(value, (), seen=set())
    ]
    return sorted(found, key=lambda each: _rank(each.place))


def _dictionaries(
    value: object, keys: tuple[str, ...], seen: set[int]
) -> Iterator[tuple[tuple[str, ...], Mapping[object, object]]]:
    """The innermost dictionaries that hold tensors, and the keys that lead to them."""
    if not isinstance(value, Mapping) or len(keys) > _DEEPEST or id(value) in seen:
        return
    seen.add(id(value))
    inside = [
        found
        for key, inner in value.items()
        if isinstance(key, str) and not key.lower().startswith(_NO_WEIGHTS)
        for found in _dictionaries(inner, (*keys, key), seen)
    ]
    if inside:
        yield from inside
    elif any(_is_entry(*item) for item in value.items()):
        yield keys, value


def _is_entry(key: object, value: object) -> bool:
    return isinstance(key, str) and is_plain_tensor(value)


def _found(keys: tuple[str, ...], inner: Mapping[object, object], whole: object) -> FoundWeights:
    place = " › ".join(short(key) for key in keys)
    tensors: dict[str, torch.Tensor] = {
        key: tensor
        for key, tensor in inner.items()
        if isinstance(key, str) and isinstance(tensor, torch.Tensor) and is_plain_tensor(tensor)
    }
    done = [f"opened {place}"] if place else []
    beside = [key for key in inner if key not in tensors]
    if keys and isinstance(whole, Mapping):
        beside += [key for key in whole if key != keys[0]]
    if beside:
        more = len(beside) - _MOST_NAMES
        names = ", ".join(map(short, beside[:_MOST_NAMES]))
        done.append(f"left out {names}" + (f" and {more:,} more" if more > 0 else ""))
    bare, taken_off = _without_prefixes(tensors)
    if taken_off:
        done.append(f"took {' and '.join(map(short, taken_off))} off the names")
    return FoundWeights(place, bare, tuple(done))


def _rank(place: str) -> tuple[int, int]:
    """Lower is likelier."""
    known = [place.strip("'\"").startswith(name) for name in _FIRST]
    return (known.index(True) if True in known else len(known), len(place))


def _without_prefixes(
    tensors: Mapping[str, torch.Tensor],
) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Without what PyTorch and its wrappers put into names; and what that was."""
    prefix = ""
    bare = dict(tensors)
    for _ in range(_MOST_PREFIXES):
        heads = {name.partition(".")[0] for name in bare}
        rests = [name.partition(".")[2] for name in bare]
        # The last part that is left would be the layer itself: "model.weight".
        if len(heads) != 1 or not heads <= _PREFIXES or not all("." in rest for rest in rests):
            break
        prefix += f"{heads.pop()}."
        bare = dict(zip(rests, bare.values(), strict=True))
    whole = {name.replace(f".{_COMPILED}.", "."): tensor for name, tensor in bare.items()}
    if whole.keys() == bare.keys() or len(whole) < len(bare):  # or two would have one name
        return bare, [prefix] if prefix else []
    return whole, [prefix, f"{_COMPILED}."] if prefix else [f"{_COMPILED}."]


@dataclass(frozen=True)
class Match:
    """How the tensors of a file may be those of a network.

    Attributes:
        names: by the network's name of an entry, that in the file.
        transposed: whether every matrix is the other way round.
        renamed: whether an entry is called otherwise, more than by a common beginning.
        in_order: whether they also come in the same order.
    """

    names: Mapping[str, str]
    transposed: bool
    renamed: bool
    in_order: bool

    @property
    def prefix(self) -> str:
        """What all names in the file begin with, if that is all that is different."""
        own, theirs = next(iter(self.names.items()), ("", ""))
        return "" if self.renamed else theirs.removesuffix(own)

    @property
    def certain(self) -> bool:
        """Whether there is nothing to ask."""
        return not (self.transposed or self.renamed)


def match_weights(tensors: StateDict, expected: StateDict) -> Match | None:
    """How tensors of a file may be those of a network: as they are, renamed, or transposed.

    Args:
        tensors: of `FoundWeights`.
        expected: the `state_dict` of the network.

    Returns:
        None if their shapes are others.
    """
    given = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    wanted = {name: tuple(tensor.shape) for name, tensor in expected.items()}
    turned = {name: shape[::-1] if len(shape) == 2 else shape for name, shape in wanted.items()}
    for transposed, shapes in enumerate((wanted, turned)):
        for renamed, names in _pairings(given, shapes):
            if all(given[names[name]] == shape for name, shape in shapes.items()):
                in_order = [*names.values()] == [*given]
                return Match(names, bool(transposed), renamed, in_order)
    return None


def _pairings(
    given: Mapping[str, Shape], wanted: Mapping[str, Shape]
) -> Iterator[tuple[bool, dict[str, str]]]:
    """Whether names change, and by each wanted name one that is given; the surest way first."""
    if len(given) != len(wanted):
        return
    if given.keys() == wanted.keys():
        yield False, {name: name for name in wanted}
    for prefix in _common_beginnings(given, wanted):
        yield False, {name: prefix + name for name in wanted}
    if [*given.values()] == [*wanted.values()]:
        yield True, dict(zip(wanted, given, strict=True))
    if by_layer := _by_layer(given, wanted):
        yield True, by_layer
    by_shape = {shape: name for name, shape in given.items()}
    if len(by_shape) == len(given) and by_shape.keys() == {*wanted.values()}:
        yield True, {name: by_shape[shape] for name, shape in wanted.items()}


def _common_beginnings(given: Collection[str], wanted: Collection[str]) -> Iterator[str]:
    """What all given names may have before the wanted ones, whoever put it there."""
    first = next(iter(given), "")
    for name in wanted:
        prefix = first.removesuffix(f".{name}") + "."
        if first.endswith(f".{name}") and {*given} == {prefix + each for each in wanted}:
            yield prefix


def _by_layer(given: Mapping[str, Shape], wanted: Mapping[str, Shape]) -> dict[str, str] | None:
    """Layer by layer, of several with the same shapes the first that is left; as in files that
    are sorted by name.
    """
    left = list(_layers(given))
    names: dict[str, str] = {}
    for layer in _layers(wanted):
        shapes = [wanted[name] for name in layer]
        same = next((each for each in left if [given[name] for name in each] == shapes), None)
        if same is None:
            return None
        left.remove(same)
        names |= dict(zip(layer, same, strict=True))
    return names


def _layers(shapes: Mapping[str, Shape]) -> list[list[str]]:
    """The names of each layer's entries, the matrix before the bias."""
    layers: dict[str, list[str]] = {}
    for name in shapes:
        layers.setdefault(name.rpartition(".")[0], []).append(name)
    return [sorted(names, key=lambda name: -len(shapes[name])) for names in layers.values()]


@dataclass(frozen=True, eq=False)
class TakenWeights:
    """Weights as a network takes them.

    Attributes:
        state: float32 under the network's names.
        faults: what still keeps them from being loaded.
        done: what was done to them, in words, as of `FoundWeights`.
    """

    state: StateDict
    faults: list[WeightsFault]
    done: tuple[str, ...]


def take_weights(tensors: StateDict, match: Match, expected: StateDict) -> TakenWeights:
    """Give tensors of a file the names, the direction and the type that a network wants.

    Args:
        tensors, expected: as for `match_weights`, which has made `match` of them: so no tensor
            is larger than the network's, whatever the file says.
    """
    state: dict[str, torch.Tensor] = {}
    faults: list[WeightsFault] = []
    types: Counter[str] = Counter()
    for name, own in expected.items():
        tensor = tensors[match.names[name]].detach()
        if match.transposed and tensor.ndim == 2:
            tensor = tensor.T.contiguous()
        if own.dtype == torch.float32 and tensor.dtype in _CONVERTED:
            types[_CONVERTED[tensor.dtype]] += 1
            finite = torch.isfinite(tensor)
            tensor = tensor.float()
            if lost := int((finite & ~torch.isfinite(tensor)).sum()):
                faults.append(WeightsFault(repr(name), f"has {lost:,} values beyond float32"))
        state[name] = tensor
    done = [f"took {short(match.prefix)} off the names"] if match.prefix else []
    done += ["gave the entries the names of the network"] if match.renamed else []
    done += ["transposed every matrix"] if match.transposed else []
    done += [f"made float32 of {' and '.join(types)}"] if types else []
    return TakenWeights(state, faults or weights_faults(state, expected), tuple(done))
