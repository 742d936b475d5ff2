"""The scripts of the lessons are run, and every number they print is compared with the page's."""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from playground import linear_network, maths
from playground.lessons import untrained
from playground.lessons.batch import losses_of
from playground.lessons.code import Code, cross_entropy_code, softmax_code
from playground.lessons.presets import CROSS_ENTROPY_PRESETS, SOFTMAX_PRESETS
from playground.lessons.results import cross_entropy_result, difference
from playground.lessons.states import VIEWS, CrossEntropyState, SoftmaxState

EMBEDDED = Path(linear_network.__file__).parent / "assets" / "mnist"
RAW = {"t10k-images-idx3-ubyte": 16, "t10k-labels-idx1-ubyte": 8}  # and the bytes of the header


# ------------------------------------------------------------------ states

_LOGITS = (
    (1e308, -1e308),
    (1e308, 1e308, -1e308),
    (-1e308, -1e308, -1e308),
    (0.0, -800.0),
    (800.0, 0.0, 750.0),
    (40.0, 0.0, 0.0),
    (1e17, 1.0, 0.0),
    (5e-324, 0.0),
)
_TEMPERATURES = (1.0, 5e-324, 1e-300, 1.7e308)
_INF = math.inf
_MASKED = ((2.0, -_INF, 0.1), (-_INF, 0.5, -_INF), (-_INF, 1.0), (1.0, -_INF))


def _softmax_states() -> Iterator[tuple[str, SoftmaxState]]:
    for preset in SOFTMAX_PRESETS:
        yield preset.id, preset.state
    rng = np.random.default_rng(5)
    for view, number in product(VIEWS, range(4)):
        size = 2 if view == "sigmoid" and number < 3 else int(rng.integers(2, 11))
        logits = tuple((rng.normal(size=size) * rng.choice([1.0, 5.0])).tolist())
        state = SoftmaxState(
            view,
            logits,
            temperature=float(rng.choice([0.3, 1.0, 7.0])),
            target=int(rng.integers(size)),
            constant=float(rng.normal() * 1000.0),
        )
        yield f"{view}-{number}", state
    for view, logits, temperature in product(VIEWS, _LOGITS, _TEMPERATURES):
        state = SoftmaxState(view, logits, temperature, target=1, constant=1.7e308)
        yield f"{view}-{logits}-{temperature}", state

    for view, logits in product(VIEWS, _MASKED):
        state = SoftmaxState(view, logits, target=1)
        yield f"{view}-{logits}", state
        yield f"{view}-{logits}-0", replace(state, temperature=0.0)


def _batch_states() -> Iterator[tuple[str, CrossEntropyState]]:
    """Rows that are ignored, masked or without a softmax, and soft targets."""
    plain = ((2.0, 1.0, 0.1), (0.5, 2.0, 0.3), (0.2, 2.1, 0.1))
    masked = ((2.0, -_INF, 0.1), (0.5, 2.0, -_INF), (60.0, 0.0, -_INF))
    broken = ((2.0, _INF, 0.1), (-_INF, -_INF, -_INF), (0.2, 2.1, 0.1))
    sure = ((2.0, _INF, 0.1), (0.0, 40.0, 0.0), (0.2, 2.1, 0.1))  # of one row, and one is broken
    soft = ((0.7, 0.2, 0.1), (0.1, 0.9, 0.0), (1.0, 0.0, 0.0))
    one_sided = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
    kinds = {"plain": plain, "masked": masked, "broken": broken, "sure": sure}
    truths = {
        "classes": {"labels": (0, 1, 0)},
        "masked-true": {"labels": (1, 1, 2)},
        "ignored": {"labels": (0, -100, 1)},
        "own": {"labels": (255, 1, 255), "ignore_index": 255},
        "a-class": {"labels": (1, 0, 1), "ignore_index": 1},
        "nothing": {"labels": (-100, -100, -100)},
        "soft": {"labels": (0, 1, 0), "targets": soft},
        "one-sided": {
            "labels": (0, 1, 0),
            "targets": one_sided,
        },
    }
    for (kind, rows), (truth, values) in product(kinds.items(), truths.items()):
        state = CrossEntropyState("batch", batch=rows, rival=plain)
        yield f"batch-{kind}-{truth}", replace(state, **values)  # type: ignore[arg-type]


def _cross_entropy_states() -> Iterator[tuple[str, CrossEntropyState]]:
    yield from _batch_states()
    for section, logits, target in product(("example", "ways"), _MASKED, (0, 1)):
        for rate in (1.0, 1.7e308) if section == "example" else (1.0,):
            state = CrossEntropyState(section, logits, target, rate)
            yield f"{section}-{logits}-{target}-{rate}", state
    for preset in CROSS_ENTROPY_PRESETS:
        yield preset.id, preset.state
    rng = np.random.default_rng(6)
    for section, number in product(
        ("example", "probabilities", "ways", "batch", "binary"), range(6)
    ):
        yield f"{section}-{number}", _random_state(section, rng)
    for section, logits, target in product(("example", "ways"), _LOGITS, (0, 1)):
        for rate in (1.0, 1e308) if section == "example" else (1.0,):
            state = CrossEntropyState(section, logits, target, rate)
            yield f"{section}-{logits}-{target}-{rate}", state
    for logits, positive in product(_LOGITS, (False, True)):
        for pair in (logits[:2], logits[1::-1]):
            state = CrossEntropyState("binary", pair=pair, positive=positive)
            yield f"binary-{pair}-{positive}", state
    yield "binary-zero", CrossEntropyState("binary", pair=(36.0, 0.0), positive=False)
    wide = tuple((*logits, 0.0, 0.0)[:3] for logits in _LOGITS)
    yield "batch-wide", CrossEntropyState("batch", batch=wide, rival=wide, labels=(1,) * len(wide))
    for name, q in {"zeros": (0.0, 0.0), "ones": (1.0, 1.0), "huge": (1e308, 1e308)}.items():
        for target in (0, 1):
            state = CrossEntropyState("probabilities", probabilities=q, target=target)
            yield f"probabilities-{name}-{target}", state
    yield "zero", CrossEntropyState("probabilities", probabilities=(0.0, 0.5), target=1)
    large = ((0.0, 1.7e308),) * 3  # whose losses have no finite sum
    yield "batch-huge", CrossEntropyState("batch", batch=large, rival=large, labels=(0, 0, 1))
    apart, sure = ((1e308, -1e308), (1000.0, 0.0)), ((1.0, 0.0), (1.0, 0.0))
    state = CrossEntropyState("batch", batch=apart, rival=apart, labels=(0, 0), targets=sure)
    yield "batch-apart", state
    for network, digit in product(("linear", "mlp", "hidden", "binary"), (1, 2, 3, 7777)):
        state = CrossEntropyState("digit", network=network, digit=digit, moment=digit % 3)
        yield f"{network}-{digit}", state
    for moment, seed in ((0, 0), (1, 12345), (2, 999_999)):
        yield f"wall-{seed}", CrossEntropyState("wall", moment=moment, seed=seed)


def _random_state(section: str, rng: np.random.Generator) -> CrossEntropyState:
    size, rows = int(rng.integers(2, 11)), int(rng.integers(1, 6))

    def logits(*shape: int) -> Any:
        return rng.normal(size=shape) * rng.choice([1.0, 6.0])

    return CrossEntropyState(
        section,
        logits=tuple(logits(size).tolist()),
        target=int(rng.integers(size)),
        rate=float(rng.choice([0.1, 1.0, 20.0])),
        probabilities=tuple(rng.uniform(0.01, 1.5, size).tolist()),
        batch=tuple(map(tuple, logits(rows, size).tolist())),
        rival=tuple(map(tuple, logits(rows, size).tolist())),
        labels=tuple(rng.integers(0, size, rows).tolist()),
        pair=tuple(logits(2).tolist()),
        positive=bool(rng.integers(2)),
    )


STATES: dict[str, SoftmaxState | CrossEntropyState] = {
    **{f"softmax {name}": state for name, state in _softmax_states()},
    **{f"cross-entropy {name}": state for name, state in _cross_entropy_states()},
}


@cache
def code_of(state: SoftmaxState | CrossEntropyState) -> Code:
    return softmax_code(state) if isinstance(state, SoftmaxState) else cross_entropy_code(state)


# ----------------------------------------------------------------- running


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What each script of each state prints, by the state's name and the library."""
    folder = tmp_path_factory.mktemp("scripts")
    shutil.copy(linear_network.LINEAR, folder)
    raw = folder / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in RAW:
        (raw / name).write_bytes(gzip.decompress((EMBEDDED / f"{name}.gz").read_bytes()))
        (raw / name.replace("t10k", "train")).touch()  # torchvision only asks whether it exists
    results = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("socket.socket.connect", _no_network)
        for name, library in product(STATES, ("numpy", "torch")):
            script = getattr(code_of(STATES[name]), library)
            try:
                results[name, library] = _run(script)
            except Exception as error:
                error.add_note(f"{library}, {name}:\n{script}")
                raise
    return results


def _no_network(*given: object) -> None:
    raise OSError("a script asked for the network")


def _run(script: str) -> str:
    """What a script prints; here, because importing PyTorch once more takes seconds."""
    said = io.StringIO()
    with (
        redirect_stdout(said),
        redirect_stderr(said),
        warnings.catch_warnings(action="error"),
        np.errstate(all="warn", under="ignore"),  # a script may change it
        torch.random.fork_rng(devices=()),
    ):
        try:
            exec(compile(script, "script", "exec"), {"__name__": "__main__"})  # noqa: S102
        finally:
            torch.set_default_dtype(torch.float32)
    return said.getvalue()


def values_of(output: str) -> dict[str, Any]:
    """`name = value` lines as a dict; a line without a name goes on with the one before."""
    lines: list[str] = []
    for line in output.splitlines():
        if " = " in line:
            lines.append(line)
        else:
            lines[-1] += " " + line
    return {name: _value(text) for name, text in (line.rsplit(" = ", 1) for line in lines)}


def _value(text: str) -> Any:
    text = re.sub(r"\binf\b", "Infinity", re.sub(r"\bnan\b", "NaN", text))
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def numbers_of(text: str) -> list[float]:
    """The numbers of an array as its library prints it."""
    found = re.findall(r"-?(?:Infinity|NaN|\d[\d.]*(?:e[+-]?\d+)?)", text.split("dtype")[0])
    return [float(each.replace("Infinity", "inf")) for each in found]


# ---------------------------------------------------------------- expected


@dataclass(frozen=True)
class Near:
    """A value and how far a printed one may be from it; `alike` compares texts or arrays."""

    value: Any
    rtol: float = 1e-12
    atol: float = 0.0
    torch_rtol: float = 1e-6
    torch_atol: float = 1e-300  # PyTorch may take what is smaller than a normal float64 for 0

    def check(self, name: str, given: Any, library: str) -> None:
        if isinstance(self.value, str):
            assert given == self.value, name
            return
        expected = np.asarray(self.value, dtype=np.float64)
        if isinstance(given, str):
            given = numbers_of(given)
        assert np.shape(given) == expected.shape, (name, given, expected)
        torch = library == "torch"
        np.testing.assert_allclose(
            given,
            expected,
            rtol=self.torch_rtol if torch else self.rtol,
            atol=self.torch_atol if torch else self.atol,
            err_msg=f"{library}: {name}",
        )


Expected = dict[str, Near]


def rounded(value: Any, size: float = 1.0) -> Near:
    """A difference of numbers of that size, each of which is rounded."""
    return Near(value, 1e-9, 4e-16 * size, 1e-6, 4e-16 * size)


def careful(value: Any) -> Near:
    """A number with cancellation on the way to it."""
    return Near(value, 1e-9)


def _expected_limit(z: Any) -> Expected:
    p = maths.softmax(z, 0.0)
    lead_z, lead_p = (np.subtract(*np.sort(values)[:-3:-1]) for values in (z, p))
    numbers = {"p": p, "prediction": maths.predict(z), "margin in z": lead_z, "margin in p": lead_p}
    return {name: Near(value) for name, value in numbers.items()}


def expected_softmax(state: SoftmaxState, library: str) -> Expected:
    z, t = np.array(state.logits), state.temperature
    if t == 0.0:
        return _expected_limit(z)
    p = maths.softmax(z, t)
    scale = 0.5 if t > 1.0 else 1.0  # as in playground.maths: the halves do not overflow
    with np.errstate(over="ignore"):
        shifted = (z * scale - z.max() * scale) / (t * scale)
        lead_z, lead_p = (np.subtract(*np.sort(values)[:-3:-1]) for values in (z, p))
    expected = {
        "z / T - max": Near(shifted),
        "e^(z / T - max)": Near(np.exp(shifted)),
        "sum": Near(np.exp(shifted).sum()),
        "p": Near(p),
        "prediction": Near(maths.predict(z)),
        "margin in z": Near(lead_z),
        "margin in p": rounded(lead_p),
    }
    with np.errstate(over="ignore"):
        expected["z / T"] = Near(z / t)
        return expected | _expected_view(state, shifted, library)


def _expected_view(state: SoftmaxState, shifted: Any, library: str) -> Expected:
    z, t, p = (
        np.array(state.logits),
        state.temperature,
        maths.softmax(state.logits, state.temperature),
    )
    finite = np.maximum(shifted, -np.finfo(np.float64).max)  # e to either is 0
    match state.view:
        case "temperature":
            return {
                f"p at T = {other}": Near(maths.softmax(z, other)) for other in (0.1, 1.0, 10.0)
            }
        case "shift":
            moved = z + state.constant
            result = {"z + c": Near(moved)}
            if np.isfinite(moved[np.isfinite(z)]).all():
                result["p of z + c"] = Near(maths.softmax(moved, t))
            return result
        case "overflow":
            return {
                "e^z": Near(np.exp(z)),
                "p, usual form": Near(maths.naive_softmax(z)),
                "p, largest subtracted": Near(maths.softmax(z)),
            }
        case "libraries":
            return _expected_printed(z, t, p, library)
        case "simplex":
            y = state.target
            loss = maths.cross_entropy(finite, y) if np.isfinite(shifted[y]) else math.inf
            return {"-log p_y": careful(loss)}
        case "sigmoid" if len(z) == 2:
            d = shifted[1] - shifted[0]
            sigmoid = maths.sigmoid(np.clip(d, -1e308, 1e308))
            return {"d": Near(d), "sigmoid of d": Near(sigmoid), "p_1": Near(p[1])}
        case "jacobian":
            slopes = maths.softmax_jacobian(finite) / t
            return {f"slopes of p_{i}": careful(row) for i, row in enumerate(slopes)}
        case _:
            return {}


def _expected_printed(z: Any, t: float, p: Any, library: str) -> Expected:
    """numpy in float64 with eight decimals, PyTorch in float32 with four."""
    kind, digits = (np.float64, 1e-8) if library == "numpy" else (np.float32, 1e-4)
    with np.errstate(all="ignore"):
        if library == "torch":
            scaled = np.asarray(z / t, dtype=np.float32)
            p = np.exp(scaled - scaled.max())
            p = p / p.sum()
        log_p = np.log(p)

    def shown(values: Any) -> Near:
        return Near(values, digits, digits, digits, digits)

    return {
        "p, printed": shown(p),
        "its sum": Near(p.sum(), torch_rtol=1e-6),
        "log p": shown(log_p),
        "type": Near("float64" if kind is np.float64 else "torch.float32"),
    }


def _expected_example(state: CrossEntropyState) -> Expected:
    z, y = state.logits, state.target
    slopes = maths.cross_entropy_gradient(z, y)
    with np.errstate(over="ignore"):
        after = np.nan_to_num(np.array(z) - state.rate * slopes)
    after[np.isneginf(z)] = -math.inf
    finite = [abs(each) for each in z if math.isfinite(each)]
    size = max(*finite, np.abs(state.rate * slopes).max())
    return {
        "p": Near(maths.softmax(z)),
        "loss": careful(maths.cross_entropy(z, y)),
        "gradient": careful(slopes),
        "z after": rounded(after, size),
        "loss after": careful(maths.cross_entropy(after, y)),
    }


def _expected_probabilities(state: CrossEntropyState) -> Expected:
    q = state.probabilities
    with np.errstate(over="ignore"):
        total = np.sum(q)
    return {
        "one-hot": Near(maths.one_hot(state.target, len(q))),
        "sum of q": Near(total),
        "loss": Near(cross_entropy_result(state)[0]),
    }


def _expected_ways(state: CrossEntropyState, library: str) -> Expected:
    z, y = np.array(state.logits), state.target
    loss = maths.cross_entropy(z, y)
    one_hot = maths.one_hot(y, len(z))
    with np.errstate(over="ignore", divide="ignore"):
        by_hand = -z[y] + np.log(np.exp(z).sum())
    expected = {
        "from the probability": rounded(
            maths.cross_entropy_from_probabilities(maths.softmax(z), one_hot)
        ),
        "by hand from the logits": rounded(by_hand, float(np.abs(z[np.isfinite(z)]).max())),
        "softmax twice": Near(maths.cross_entropy(maths.softmax(z), y)),
    }
    if library == "numpy":
        return expected | {"largest logit subtracted": careful(loss)}
    return expected | {
        "LogSoftmax, then NLLLoss": rounded(loss),
        "CrossEntropyLoss": rounded(loss),
    }


def _expected_batch(state: CrossEntropyState) -> Expected:
    expected: Expected = {}
    for name, z in {"first": state.batch, "second": state.rival}.items():
        losses = losses_of(z, state)
        counted = [loss for loss, counts in zip(losses.each, losses.counts, strict=True) if counts]
        expected |= {
            f"{name} losses": careful(counted),
            f"{name} mean": careful(losses.mean),
            f"{name} predictions": Near(losses.predictions),
            f"{name} hits": Near(losses.hits),
        }
    return expected


def _expected_binary(state: CrossEntropyState) -> Expected:
    s, t = difference(state.pair), int(state.positive)
    with np.errstate(over="ignore", divide="ignore"):
        p = np.float32(1) / (np.float32(1) + np.exp(-np.float32(s)))
        right = p if t else np.float32(1) - p
        single = float(-np.log(right))
    # The probability has an error of one float32 step, and the smaller it is, the more that is.
    off = 3e-7 + 1.2e-7 / max(float(right), 1e-7)
    return {
        "s": Near(s, atol=1e-320),  # the page halves the logits first, and 5e-324 / 2 is 0
        "sigmoid": Near(maths.sigmoid(s)),
        "binary cross-entropy": careful(maths.binary_cross_entropy(s, t)),
        "softmax": Near(maths.softmax(state.pair)),
        "cross-entropy": careful(maths.cross_entropy(state.pair, t)),
        "from a float32 probability": Near(single, 1e-6, off, 1e-6, off),
    }


def _test_set() -> tuple[Any, Any]:
    """The images (10,000, 28, 28) and labels, read without PyTorch."""
    images, labels = (
        np.frombuffer(gzip.decompress((EMBEDDED / f"{name}.gz").read_bytes())[head:], np.uint8)
        for name, head in RAW.items()
    )
    return images.reshape(-1, 28, 28), labels.astype(np.int64)


IMAGES, LABELS = _test_set()


def _expected_digit(state: CrossEntropyState, library: str) -> Expected:
    image, y = IMAGES[state.digit], int(LABELS[state.digit])
    if state.network == "linear":
        logits = linear_network.linear_logits(image, linear_network.load_linear()[state.moment])[0]
        return {
            "true class": Near(y),
            "logits": rounded(logits, 100.0),
            "p": careful(maths.softmax(logits)),
            "loss": rounded(maths.cross_entropy(logits, y)),
            "prediction": Near(maths.predict(logits)),
        }
    logits = np.array(untrained.logits(state.network, image))
    if state.network == "binary":
        p_1 = maths.sigmoid(logits[0])
        p: Any = [1.0 - p_1, p_1]
        prediction = int(logits[0] > 0)
        loss = maths.binary_cross_entropy(logits[0], y) if y < 2 else None
    else:
        p, prediction = maths.softmax(logits), maths.predict(logits)
        loss = maths.cross_entropy(logits, y) if y < len(logits) else None
    return {
        "true class": Near(y),
        # PyTorch gives the logits to the bit; numpy adds the products in float64.
        "logits": Near(logits, 1e-5, 1e-6, 0.0, 0.0),
        "p": Near(p, 1e-5),
        "prediction": Near(prediction),
        "loss": Near(loss, 1e-5)
        if loss is not None
        else Near(f"none: the digit is not one of the classes 0 to {len(p) - 1}"),
    }


def _expected_wall(state: CrossEntropyState) -> Expected:
    indices = linear_network.sample(10_000, state.seed)
    logits = linear_network.linear_logits(
        IMAGES[indices], linear_network.load_linear()[state.moment]
    )
    readout = linear_network.read_out(logits, LABELS[indices])
    losses = readout.losses
    return {
        "mean": careful(losses.mean()),
        "median": careful(np.median(losses)),
        "largest": careful(losses.max()),
        "index of the largest": Near(indices[losses.argmax()]),
        "above the mean": Near((losses > losses.mean()).sum()),
        "misses": Near((~readout.hits).sum()),
    }


def expected_of(state: SoftmaxState | CrossEntropyState, library: str) -> Expected:
    if isinstance(state, SoftmaxState):
        return expected_softmax(state, library)
    sections: dict[str, Callable[[], Expected]] = {
        "example": lambda: _expected_example(state),
        "probabilities": lambda: _expected_probabilities(state),
        "ways": lambda: _expected_ways(state, library),
        "batch": lambda: _expected_batch(state),
        "binary": lambda: _expected_binary(state),
        "digit": lambda: _expected_digit(state, library),
        "wall": lambda: _expected_wall(state),
    }
    return sections[state.section]()


# ------------------------------------------------------------------- tests


@pytest.mark.parametrize("name", STATES)
def test_scripts_print_the_numbers_of_the_page(
    name: str, printed: dict[tuple[str, str], str]
) -> None:
    for library in ("numpy", "torch"):
        found = values_of(printed[name, library])
        expected = expected_of(STATES[name], library)
        assert set(found) == set(expected), library
        for value, near in expected.items():
            near.check(value, found[value], library)


def test_a_loss_of_0_has_no_minus(printed: dict[tuple[str, str], str]) -> None:
    of_a_loss = re.compile(r"loss|log p_y|entropy|probability")
    for (name, library), output in printed.items():
        for line in output.splitlines():
            if library == "numpy" and of_a_loss.search(line.partition(" = ")[0]):
                assert not re.search(r"-0\.0(?!\d)", line), (name, line)


def test_a_printed_number_that_is_off_is_noticed(printed: dict[tuple[str, str], str]) -> None:
    name = "softmax B1"
    found = values_of(printed[name, "numpy"])
    near = expected_of(STATES[name], "numpy")["p"]
    with pytest.raises(AssertionError):
        near.check("p", [*found["p"][:-1], found["p"][-1] * (1 + 1e-10)], "numpy")


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_scripts_stand_alone_and_stay_the_same(library: str) -> None:
    for name, state in STATES.items():
        code = code_of(state)
        text = getattr(code, library)
        assert text == getattr(code_of(replace(state, code=not state.code)), library), name
        assert re.match(r"# [^\n]+\.\nimport ", text), name
        assert "playground" not in "".join(re.findall(r"(?m)^.*import.*$", text)), name
        assert re.search(rf"(?m)^import {library}\b", text), name
        assert max(map(len, text.splitlines())) <= 88, name
        assert text.isascii(), name  # a console that cannot write a letter would stop the script
        assert set(re.findall(r'np\.load\("([^"]+)"\)', text)) == set(code.needs), name


@pytest.mark.parametrize("preset", SOFTMAX_PRESETS, ids=lambda preset: preset.id)
def test_a_softmax_script_is_short(preset: Any) -> None:
    code = softmax_code(preset.state)
    assert all(15 <= len(text.splitlines()) <= 30 for text in (code.numpy, code.torch))


def test_a_state_that_contradicts_itself_is_mended_as_on_the_page() -> None:
    state = SoftmaxState("simplex", (1.0, 2.0), target=7)
    assert softmax_code(state) == softmax_code(replace(state, target=0))
    other = CrossEntropyState(logits=(1.0, 2.0), target=7)
    assert cross_entropy_code(other) == cross_entropy_code(replace(other, target=0))


@pytest.mark.parametrize("sizes", [(64, 10), (1, 2)])
def test_a_batch_of_any_size_fits_into_the_lines(sizes: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).normal(size=sizes)
    batch = tuple(map(tuple, rows.tolist()))
    state = CrossEntropyState("batch", batch=batch, rival=batch, labels=(1,) * sizes[0])
    code = cross_entropy_code(state)
    for text in (code.numpy, code.torch):
        assert max(map(len, text.splitlines())) <= 88
    namespace: dict[str, Any] = {}
    values = code.numpy[code.numpy.index("first = ") : code.numpy.index("for name")]
    exec(values, {"np": np}, namespace)  # noqa: S102 - our own text, and only its values
    assert np.array_equal(namespace["first"], rows)
    assert namespace["y"].tolist() == [1] * sizes[0]
