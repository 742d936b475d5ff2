"""One frozen description of a training run, for code, JSON and a URL alike."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.datasets import CATALOGUE, load_own
from playground.datasets.catalogue import DATASET_NAMES, class_count, is_dataset_name, own_id
from playground.errors import ConfigError, did_you_mean
from playground.networks import NETWORKS, NetworkSpec
from playground.networks.spec import whole_number_faults
from playground.validation import short_repr

OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "one-cycle")
DEVICES = ("auto", "cpu", "cuda", "mps")
INITS = ("default", "zeros")
# Settings that may be changed while a run goes on.
LIVE = ("lr", "momentum", "weight_decay")
_LIVE_WORDS = {"lr": "rate", "momentum": "momentum", "weight_decay": "weight decay"}
# Of the published data sets; nobody's own has more (`datasets.own_limits`).
_TRAIN_EXAMPLES = 60_000
_MAX_STEPS = 5_000_000
_WRITTEN_OUT_MOST = 1024  # examples a batch
_COUNTS = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


_USUAL_RATES = {"sgd": 0.01, "adam": 0.001, "adamw": 0.001}  # notebook A's, and PyTorch's own


def smaller_rate(optimizer: str, rate: float) -> float:
    """What to try after a rate that was too large: a tenth, or the usual if that is far below."""
    usual = _USUAL_RATES[optimizer]
    return rate / 10 if rate <= 100 * usual else usual


@dataclass(frozen=True)
class Change:
    """A setting in `LIVE` that was changed while a run went on.

    Args:
        step: steps taken by then; the next one, number `step + 1`, is the first with the new
            value. 0 is before the first.
        name: of the setting. Adam has a momentum of its own and ignores one.
        value: the new one; of a learning rate, the peak of a schedule.
    """

    step: int
    name: str
    value: float

    @property
    def text(self) -> str:
        """As a mark on the chart."""
        return f"{_LIVE_WORDS[self.name]} {self.value:g}"


@dataclass(frozen=True)
class TrainConfig:
    """What to train and how. The defaults are notebook A's (rows A15 and A16).

    Args:
        model: the network's name, a key of `playground.networks.NETWORKS`.
        model_options: the network's own options, for example {"widths": [64]}.
        dataset: the data set's name, one of `DATASET_NAMES` or "own:<id>" as `save_own` gives it.
        classes: labels of the classes to learn, in the order of the outputs. None means
            all that the data set has; for `hidden` the first three (row B8), for `binary`
            0 against 1 (row B9). `binary` takes two classes, or one against the rest.
        optimizer: "sgd", "adam" or "adamw".
        lr: learning rate, above 0; with a schedule its highest value.
        momentum: of SGD, from 0 to below 1; Adam has its own and ignores it.
        nesterov: Nesterov's form of momentum; needs SGD with momentum above 0.
        beta1, beta2: of Adam and AdamW, the decay of their means of the gradients and of
            their squares (Kingma and Ba 2015), from 0 to below 1; SGD ignores them.
        weight_decay: L2 penalty (SGD, Adam) or decoupled decay (AdamW), 0 or more.
        schedule: "constant", or "one-cycle" (warm-up to lr, then down to almost 0).
        batch_size: examples a step.
        epochs: passes over the training examples.
        patience: stop early if the test loss has not become lower than it ever was for so many
            epochs; 0 never does.
        seed: of the first weights, the batch order and the label noise.
        train_size: use the first so many training examples; None uses all.
        label_noise: fraction of training labels replaced by another class.
        device: "auto" takes CUDA, else MPS, else the CPU.
        init: of the weights, "default" (as PyTorch draws them) or, to see it fail, "zeros".
        double_softmax: the mistake of notebook B, an activation too many: the loss gets
            softmax(logits) where it expects logits (sigmoid for `binary`).
        shuffled_labels: deal the training labels out anew at random, each class as often
            as before; what is then learned is learned by heart.

    Raises:
        ConfigError: naming every setting that cannot be used.
    """

    model: str = "mlp"
    model_options: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "mnist"
    classes: tuple[int, ...] | None = None
    optimizer: str = "sgd"
    lr: float = 0.01
    momentum: float = 0.5
    nesterov: bool = False
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0
    schedule: str = "constant"
    batch_size: int = 64
    epochs: int = 9
    patience: int = 0
    seed: int = 0
    train_size: int | None = None
    label_noise: float = 0.0
    device: str = "auto"
    init: str = "default"
    double_softmax: bool = False
    shuffled_labels: bool = False

    def __post_init__(self) -> None:
        given: Any = self  # values may come from JSON or a URL, so no type is taken on trust
        if isinstance(given.classes, list):
            object.__setattr__(self, "classes", tuple(given.classes))
        if isinstance(given.model_options, Mapping):
            object.__setattr__(self, "model_options", dict(given.model_options))
        faults = [*_name_faults(self), *_number_faults(self), *_class_faults(self)]
        if faults:
            raise ConfigError(
                "This training configuration cannot be used: " + "; ".join(faults),
                advice="Correct the settings named above and start again",
            )

    @property
    def network(self) -> NetworkSpec:
        """What is known of the network besides its weights."""
        return NETWORKS[self.model]

    @property
    def network_options(self) -> dict[str, Any]:
        """All that `build_model` has to be told: the options and the number of classes."""
        classes = {} if self.network.binary else {"classes": len(self.output_classes)}
        return {**classes, **self.model_options}

    @property
    def outputs(self) -> int:
        """Logits of an image: one a class, or one in all."""
        return 1 if self.network.binary else len(self.output_classes)

    @property
    def output_classes(self) -> tuple[int, ...]:
        """Labels of the classes the outputs stand for, in order."""
        if self.classes is not None:
            return self.classes
        count = class_count(self.dataset)
        return tuple(range(min(self.network.classes, count)))

    @property
    def is_written_out(self) -> bool:
        """Whether a CPU trains it by `dense_step`, and not by `loss.backward()`.

        Both give the same bits. In large batches the products take all the time, and memory
        that is taken once would only be more of it.
        """
        relu = self.model_options.get("activation", "relu") == "relu"
        small = self.batch_size <= _WRITTEN_OUT_MOST
        return self.network.is_stack and relu and small and not self.double_softmax

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the K classes; ("not 3", "3") for one class against the rest.

        Those of somebody's own data set are any text: show them as text, never as Markdown.

        Raises:
            DataError: the own data set is not on this computer any more.
        """
        data_id = own_id(self.dataset)
        data = CATALOGUE[self.dataset] if data_id is None else load_own(data_id)
        names = [data.class_names[label] for label in self.output_classes]
        return tuple(names) if len(names) > 1 else (f"not {names[0]}", names[0])

    def to_dict(self) -> dict[str, Any]:
        """The configuration as values JSON can hold."""
        values = dataclasses.asdict(self)
        values["classes"] = None if self.classes is None else list(self.classes)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """The inverse of `to_dict`; settings left out keep their defaults.

        Raises:
            ConfigError: for a name that is no setting, and as the constructor.
        """
        names = [f.name for f in dataclasses.fields(cls)]
        unknown = [str(name) for name in values if name not in names]
        if unknown:
            raise ConfigError(
                f"Unknown settings: {', '.join(n + did_you_mean(n, names) for n in unknown)}",
                allowed=", ".join(names),
            )
        return cls(**values)


def network_difference(was: TrainConfig, now: TrainConfig) -> str:
    """In which settings of the network two configurations differ, in words; "" in none."""
    parts = []
    for name in ("model", "model_options", "output_classes"):
        # Through JSON, where a tuple and a list are the same.
        before, after = (json.dumps(getattr(c, name), sort_keys=True) for c in (was, now))
        if before != after:
            parts.append(f"{name.removeprefix('output_')} was {before} and now is {after}")
    return "; ".join(parts)


def _name_faults(config: Any) -> list[str]:
    choices = {
        "model": tuple(NETWORKS),
        "optimizer": OPTIMIZERS,
        "schedule": SCHEDULES,
        "device": DEVICES,
        "init": INITS,
    }
    faults = []
    for name, allowed in choices.items():
        given = getattr(config, name)
        if not isinstance(given, str) or given not in allowed:
            hint = did_you_mean(given, allowed)
            faults.append(f"{name} is {given!r}{hint}, allowed: {', '.join(allowed)}")
    if not is_dataset_name(config.dataset):
        hint = did_you_mean(config.dataset, DATASET_NAMES)
        faults.append(
            f"dataset is {short_repr(config.dataset)}{hint}, allowed: {', '.join(DATASET_NAMES)}, "
            "or 'own:' and the id of uploaded images"
        )
    if not isinstance(config.model_options, Mapping):
        faults.append(f"model_options is {config.model_options!r}, allowed: a mapping")
    return faults


def _number_faults(config: Any) -> list[str]:
    faults = [
        *_real_fault("lr", config.lr, above=0.0, at_most=1e6),
        *_real_fault("momentum", config.momentum, at_least=0.0, below=1.0),
        *_real_fault("beta1", config.beta1, at_least=0.0, below=1.0),
        *_real_fault("beta2", config.beta2, at_least=0.0, below=1.0),
        *_real_fault("weight_decay", config.weight_decay, at_least=0.0, at_most=1e3),
        *_real_fault("label_noise", config.label_noise, at_least=0.0, at_most=1.0),
        *whole_number_faults("batch_size", config.batch_size, 1, _TRAIN_EXAMPLES),
        *whole_number_faults("epochs", config.epochs, 1, 1000),
        *whole_number_faults("patience", config.patience, 0, 1000),
        *whole_number_faults("seed", config.seed, 0, 2**63 - 1),
    ]
    if config.train_size is not None:
        faults += whole_number_faults("train_size", config.train_size, 1, _TRAIN_EXAMPLES)
    switches = ("nesterov", "double_softmax", "shuffled_labels")
    wrong = [name for name in switches if not isinstance(getattr(config, name), bool)]
    faults += [f"{name} is {getattr(config, name)!r}, allowed: True or False" for name in wrong]
    if (
        "nesterov" not in wrong
        and config.nesterov
        and not (config.optimizer == "sgd" and config.momentum)
    ):
        faults.append("nesterov needs the optimizer 'sgd' with a momentum above 0")
    # How many images are somebody's own shows only when they are loaded.
    own = isinstance(config.dataset, str) and own_id(config.dataset) is not None
    size = config.train_size or (None if own else _TRAIN_EXAMPLES)
    if not faults and size is not None:
        faults += step_faults(config, size)
    return faults


def step_faults(config: TrainConfig, examples: int) -> list[str]:
    """Whether a run over so many training examples has more steps than it may.

    Returns:
        Texts for a message; none if it may.
    """
    steps = config.epochs * math.ceil(examples / config.batch_size)
    if steps <= _MAX_STEPS:
        return []
    return [
        f"{steps:,} steps are too many, allowed: {_MAX_STEPS:,} (fewer epochs or larger batches)"
    ]


def _class_faults(config: Any) -> list[str]:
    classes = config.classes
    if classes is None:
        return []
    # Of a data set that there is not, something is said already.
    count = class_count(config.dataset) if is_dataset_name(config.dataset) else 10
    one = "digit" if config.dataset == "mnist" else "class"
    many = "digits" if config.dataset == "mnist" else "classes"
    if not isinstance(classes, tuple) or any(
        isinstance(c, bool) or not isinstance(c, int) or not 0 <= c < count for c in classes
    ):
        return [f"classes is {short_repr(classes)}, allowed: {many} from 0 to {count - 1}"]
    if len(set(classes)) != len(classes):
        return [f"classes is {short_repr(classes)}, allowed: each {one} once"]
    if config.model in tuple(NETWORKS) and config.network.binary:
        fewest, most, wanted = 1, 2, f"two {many}, or one {one} against the rest"
    else:
        fewest, most = 2, count
        wanted = f"two to {_COUNTS[count]} {many}" if count > 2 else f"two {many}"
    if not fewest <= len(classes) <= most:
        return [f"classes is {short_repr(classes)}, allowed for {config.model!r}: {wanted}"]
    return []


def _real_fault(
    name: str,
    value: object,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> list[str]:
    bounds = []
    number = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # a whole number beyond every float
            number = float(value)
    fits = math.isfinite(number)
    for bound, ok, words in (
        (above, above is None or number > above, "above"),
        (at_least, at_least is None or number >= at_least, "at least"),
        (below, below is None or number < below, "below"),
        (at_most, at_most is None or number <= at_most, "at most"),
    ):
        fits = fits and ok
        if bound is not None:
            bounds.append(f"{words} {bound:g}")
    return [] if fits else [f"{name} is {value!r}, allowed: a number {' and '.join(bounds)}"]
