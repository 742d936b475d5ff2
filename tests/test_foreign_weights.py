"""Weights as other programs write them are found in their files, and read as what they are."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import hypothesis
import pytest
import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as in the example

from playground.checkpoints import (
    find_weights,
    match_weights,
    read_weights,
    take_weights,
    weights_to_bytes,
    weights_to_safetensors,
)
from playground.inspection.network import evaluation_examples
from playground.models import build_model
from playground.networks import NETWORKS
from playground.networks.likeness import networks_like
from playground.training import TrainConfig
from playground.ui.pages.train.weight_judgement import Judgement, judge_weights

HIDDEN = TrainConfig(model="hidden")
EXAMPLES = 100


@pytest.fixture(autouse=True, scope="module")
def tried_on_few_digits() -> Iterator[None]:
    """How good a network is, which takes a large one a second, `test_weights_in.py` looks at."""

    def few(config: TrainConfig, sample: int | None = None) -> tuple[Any, Any]:
        return evaluation_examples(config, EXAMPLES)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("playground.inspection.network.evaluation_examples", few)
        yield


CASES = {  # how others save; what is said of it
    "plain": (lambda s: s, "as it is"),
    "DataParallel": (lambda s: named(s, "module.{}"), "took 'module.' off the names"),
    "compiled": (lambda s: named(s, "_orig_mod.{}"), "took '_orig_mod.' off the names"),
    "nested": (lambda s: named(s, "module._orig_mod.{}"), "took 'module._orig_mod.' off the names"),
    "in a class": (lambda s: named(s, "net.model.{}"), "took 'net.model.' off the names"),
    "in a class of one's own": (
        lambda s: named(s, "digits.reader.{}"),
        "took 'digits.reader.' off the names",
    ),
    "a checkpoint": (
        lambda s: {"epoch": 3, "model_state_dict": s, "optimizer_state_dict": {"state": {0: s}}},
        "opened 'model_state_dict'; left out 'epoch', 'optimizer_state_dict'",
    ),
    "Lightning": (
        lambda s: {"state_dict": named(s, "model.{}"), "hyper_parameters": {"lr": 0.1}},
        "opened 'state_dict'; left out 'hyper_parameters'; took 'model.' off the names",
    ),
    "deep": (lambda s: {"a": {"weights": OrderedDict(s)}}, "opened 'a' › 'weights'"),
    "half": (lambda s: {k: v.half() for k, v in s.items()}, "made float32 of float16"),
    "bfloat16": (lambda s: {k: v.bfloat16() for k, v in s.items()}, "made float32 of bfloat16"),
    "double": (lambda s: {k: v.double() for k, v in s.items()}, "made float32 of float64"),
    "parameters": (lambda s: {k: nn.Parameter(v) for k, v in s.items()}, "as it is"),
    "a number beside": (lambda s: s | {"epoch": 3}, "left out 'epoch'"),
}  # fmt: skip


def state(model: str = "hidden", **options: Any) -> dict[str, torch.Tensor]:
    # Such numbers that float16 and bfloat16 hold them exactly.
    given = build_model(model, seed=3, **options).state_dict()
    return {name: (tensor * 64).round() / 64 for name, tensor in given.items()}


def named(tensors: Mapping[str, torch.Tensor], form: str) -> dict[str, torch.Tensor]:
    return {form.format(name): tensor for name, tensor in tensors.items()}


def to_bytes(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def same(one: Any, other: Mapping[str, torch.Tensor]) -> bool:
    return list(one) == list(other) and all(
        one[name].dtype == torch.float32 and torch.equal(one[name], other[name]) for name in other
    )


@pytest.mark.parametrize("name", CASES)
def test_the_same_weights_whoever_has_saved_them(name: str) -> None:
    save, said = CASES[name]
    found = judge_weights(to_bytes(save(state())), HIDDEN)
    assert not found.faults
    assert found.offer is None
    assert found.examples == EXAMPLES
    assert same(found.weights, state())
    assert f": {said}" in found.read
    assert found.read.count(". ") == 0  # one sentence


@pytest.mark.parametrize("name", ["nested", "half", "in a class of one's own"])
def test_in_safetensors_too(name: str) -> None:
    save, said = CASES[name]
    found = judge_weights(weights_to_safetensors(save(state())), HIDDEN)
    assert same(found.weights, state())
    assert said in found.read


@pytest.mark.parametrize("kind", ["plain", "module_prefix", "checkpoint", "half"])
def test_what_is_read_is_the_network_that_was_saved(kind: str) -> None:
    weights = state("linear")
    content = {
        "plain": weights,
        "module_prefix": named(weights, "module.{}"),
        "checkpoint": {"model_state_dict": weights, "optimizer_state_dict": {}, "epoch": 5},
        "half": {name: tensor.half() for name, tensor in weights.items()},
    }[kind]
    (found,) = find_weights(read_weights(to_bytes(content)))
    match = match_weights(found.tensors, weights)
    assert match is not None
    assert match.certain
    assert same(take_weights(found.tensors, match, weights).state, weights)


@hypothesis.given(
    prefixes=st.lists(st.sampled_from(["module", "_orig_mod", "model", "net", "network"])),
    keys=st.lists(st.sampled_from(["state_dict", "weights", "params", "checkpoint"]), max_size=3),
    beside=st.dictionaries(st.sampled_from(["epoch", "loss", "optimizer", "rng_state"]), st.none()),
)
def test_any_prefixes_in_any_dictionaries(
    prefixes: list[str], keys: list[str], beside: dict[str, None]
) -> None:
    value: Any = named(state(), "".join(f"{each}." for each in prefixes) + "{}")
    for key in keys:
        value = beside | {key: value}
    (found,) = find_weights(value)
    assert [*found.tensors] == [*state()]
    match = match_weights(found.tensors, state())
    assert match is not None
    assert match.certain


def test_a_part_that_was_compiled_alone() -> None:
    given = named(state(), "body._orig_mod.{}")
    (found,) = find_weights(given)
    assert [*found.tensors] == [f"body.{name}" for name in state()]
    assert "_orig_mod" in found.done[0]


@pytest.mark.parametrize(
    "value",
    [
        None, 5, "weights", [1, 2], {}, {"a": 1}, {"optimizer": {"state": state()}},
        {0: torch.zeros(3)}, {"a": [torch.zeros(2)]},
    ],
)  # fmt: skip
def test_where_there_are_no_weights_none_are_found(value: Any) -> None:
    assert find_weights(value) == []


def test_a_dictionary_that_holds_itself_comes_to_an_end() -> None:
    value: dict[str, Any] = {"a": {}, "model": state()}
    value["a"] = value["b"] = value
    assert [each.place for each in find_weights(value)] == ["'model'"]


def test_a_million_other_things_in_a_file_do_not_fill_the_sentence() -> None:
    (found,) = find_weights({f"k{i}" * 100: i for i in range(10_000)} | {"model": state()})
    assert "and 9,992 more" in found.done[1]
    assert len(found.done[1]) < 800


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused_of_every_type(dtype: torch.dtype, value: float) -> None:
    given = state() | {"linear1.bias": torch.full((5,), value)}
    content = to_bytes({name: tensor.to(dtype) for name, tensor in given.items()})
    (fault,) = judge_weights(content, HIDDEN).faults
    assert fault == ("'linear1.bias'", "has 5 values that are NaN or infinite")


def test_numbers_beyond_float32_are_refused_as_what_they_are() -> None:
    given = {name: tensor.double() for name, tensor in state().items()}
    given["linear1.bias"][1] = 1e300
    (fault,) = judge_weights(to_bytes(given), HIDDEN).faults
    assert fault == ("'linear1.bias'", "has 1 values beyond float32")


@pytest.mark.parametrize("dtype", [torch.int8, torch.int64, torch.bool])
def test_numbers_that_are_no_fractions_are_refused(dtype: torch.dtype) -> None:
    given = {name: tensor.to(dtype) for name, tensor in state().items()}
    faults = judge_weights(to_bytes(given), HIDDEN).faults
    assert {fault.problem for fault in faults} == {f"has type {dtype}, not torch.float32"}


def test_a_tensor_that_pretends_to_be_huge_takes_no_memory() -> None:
    huge = torch.zeros(1, dtype=torch.float16).expand(10**6, 10**6)
    found = judge_weights(to_bytes(state() | {"linear1.weight": huge}), HIDDEN)
    assert found.weights is None
    assert "has shape (1000000, 1000000)" in found.faults[0].problem


# ---------------------------------------------------------------- other names, other directions


def others(model: str, form: str = "{}", **options: Any) -> dict[str, torch.Tensor]:
    """The weights of a network under numbers instead of names."""
    layers: dict[str, int] = {}
    renamed = {}
    for name, tensor in state(model, **options).items():
        layer, _, kind = name.rpartition(".")
        number = layers.setdefault(layer, 2 * len(layers))
        renamed[f"{form.format(number)}.{kind}"] = tensor
    return renamed


@pytest.mark.parametrize("model", NETWORKS)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("write", [to_bytes, weights_to_safetensors])
def test_renamed_and_transposed_layers_are_offered_and_never_taken_by_themselves(
    model: str, transposed: bool, write: Any
) -> None:
    given = others(model)
    if transposed:
        given = {name: t.T.contiguous() if t.ndim == 2 else t for name, t in given.items()}
    config = TrainConfig(model=model)
    found = judge_weights(write(given), config)
    assert found.weights is None
    assert not found.faults
    assert found.offer is not None
    assert (found.offer.renamed, found.offer.transposed) == (True, transposed)
    taken = judge_weights(write(given), config, as_offered=True)
    assert same(taken.weights, state(model))
    assert "gave the entries the names of the network" in taken.read
    assert ("transposed every matrix" in taken.read) == transposed


def test_transposed_alone_is_offered() -> None:
    given = {name: t.T if t.ndim == 2 else t for name, t in state().items()}
    found = judge_weights(to_bytes(given), HIDDEN)
    assert found.weights is None
    assert found.offer is not None
    assert (found.offer.renamed, found.offer.transposed) == (False, True)
    assert same(judge_weights(to_bytes(given), HIDDEN, as_offered=True).weights, state())


def test_square_matrices_turn_with_the_others() -> None:
    options = {"widths": [30, 30, 30]}
    weights = state("mlp", **options)
    given = {name: t.T if t.ndim == 2 else t for name, t in weights.items()}
    config = TrainConfig(model_options=options)
    assert same(judge_weights(to_bytes(given), config, as_offered=True).weights, weights)


@pytest.mark.parametrize(
    "names", [("W1", "b1", "W2", "b2"), ("a.kernel", "a.bias", "b.kernel", "b.bias")]
)
def test_names_of_other_forms(names: tuple[str, ...]) -> None:
    given = dict(zip(names, state().values(), strict=True))
    for content in (to_bytes(given), to_bytes(list(given.values()))):
        found = judge_weights(content, HIDDEN, as_offered=True)
        assert same(found.weights, state())


def test_a_sorted_file_keeps_equal_layers_apart() -> None:
    options = {"widths": [30, 30, 30]}
    weights = state("mlp", **options)
    given = {name.replace("l", "layer"): tensor for name, tensor in weights.items()}
    given = dict(sorted(given.items()))  # layer1.bias, layer1.weight, layer2.bias, …
    config = TrainConfig(model_options=options)
    found = judge_weights(to_bytes(given), config, as_offered=True)
    assert found.offer is not None
    assert not found.offer.in_order
    assert same(found.weights, weights)


def test_safetensors_keeps_equal_layers_apart() -> None:
    weights = state("mlp", widths=[30] * 7)  # the library gives them in no order
    given = {name.replace("l", "layer.1"): tensor for name, tensor in weights.items()}
    given = {name.replace("layer.17", "layer.107"): tensor for name, tensor in given.items()}
    config = TrainConfig(model_options={"widths": [30] * 7})
    found = judge_weights(weights_to_safetensors(given), config, as_offered=True)
    assert same(found.weights, weights)


def test_what_has_other_shapes_is_not_offered() -> None:
    given = state() | {"linear2.weight": torch.zeros(3, 6)}
    found = judge_weights(to_bytes(named(given, "x.{}")), HIDDEN)
    assert found.offer is None
    assert found.faults


# ---------------------------------------------------------------- of which network


def shapes(tensors: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


OPTIONS: dict[str, dict[str, Any]] = {
    "mlp": {"widths": (64, 32), "classes": 7},
    "linear": {"classes": 4},
    "cnn": {"channels": 5, "classes": 6},
    "hidden": {"hidden": 9, "classes": 5},
    "binary": {"hidden": 3},
    "pytorch": {"classes": 10},
}


@pytest.mark.parametrize("model", NETWORKS)
def test_weights_say_which_network_they_are_of(model: str) -> None:
    options = OPTIONS[model]
    given = shapes(build_model(model, seed=0, **options).state_dict())
    for names in (given, dict(reversed(given.items())), dict(sorted(given.items()))):
        (like,) = networks_like(names)
        assert (like.spec.name, like.same_names) == (model, True)
        found = {**like.spec.defaults, **like.options}
        found |= {"classes": like.outputs} if "classes" in options else {}
        assert {name: found[name] for name in options} == options


@pytest.mark.parametrize("chosen", NETWORKS)
@pytest.mark.parametrize("model", NETWORKS)
def test_weights_of_another_network_are_recognised(model: str, chosen: str) -> None:
    found = judge_weights(to_bytes(state(model)), TrainConfig(model=chosen))
    if model == chosen:
        assert found.weights is not None
    else:
        assert found.weights is None
        assert found.faults
    assert [like.spec.name for like in found.others] == ([] if model == chosen else [model])


def test_numbered_layers_may_be_of_several_networks() -> None:
    found = networks_like(shapes(others("hidden", hidden=9, classes=4)))
    assert [(like.spec.name, like.same_names) for like in found] == [
        ("mlp", False), ("hidden", False),
    ]  # fmt: skip
    assert [like.words for like in found] == [
        "Notebook A, hidden layers of 9, 4 classes",
        "Notebook B, 9 hidden units, 4 classes",
    ]


@pytest.mark.parametrize(
    "given",
    [{}, {"a": ()}, {"a": (0,)}, {"w": (3, 4)}, {f"k{i}.weight": (9, 9) for i in range(10_000)}],
)
def test_shapes_of_no_network(given: dict[str, tuple[int, ...]]) -> None:
    assert networks_like(given) == []


# ---------------------------------------------------------------- PyTorch's own example


class ExampleNet(nn.Module):
    """The network of the example, as its users have it: what ours is held against."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = torch.flatten(self.dropout1(F.max_pool2d(x, 2)), 1)
        x = self.fc2(self.dropout2(F.relu(self.fc1(x))))
        return F.log_softmax(x, dim=1)


def test_the_example_of_pytorch_answers_here_as_there() -> None:
    torch.manual_seed(4)
    net = ExampleNet().eval()
    found = judge_weights(to_bytes(net.state_dict()), TrainConfig())
    (like,) = found.others
    assert (like.spec.name, like.words, like.same_names) == ("pytorch", "PyTorch's example", True)
    ours = build_model("pytorch", seed=0)
    ours.load_state_dict(net.state_dict())
    x = torch.rand(6, 1, 28, 28)
    expected = net((x - 0.1307) / 0.3081)
    torch.testing.assert_close(F.log_softmax(ours(x), dim=1), expected)


def test_a_judgement_of_nothing() -> None:
    assert Judgement().weights is None
    assert judge_weights(weights_to_bytes(state()), HIDDEN).places == []
