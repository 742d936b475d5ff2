"""One run as the templates of its code need it: settings, options and changes, all checked.

The values end up in a program that a person will run, and they may come from a link that somebody
else made. So nothing gets through but numbers of a known type and names that are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from playground.datasets import CATALOGUE, class_count
from playground.datasets.catalogue import DatasetInfo
from playground.errors import ConfigError
from playground.networks import PIXELS
from playground.training import LIVE, Change, TrainConfig

OWN_IMAGES = "images.npz"
"""The file that a script reads somebody's own images from."""
START_WEIGHTS = "start.pt"
"""The file that a script reads the first weights from, if the run had some of another run."""

_MAX_STEP = 5_000_000  # of a run, see TrainConfig
_REALS = ("lr", "momentum", "beta1", "beta2", "weight_decay", "label_noise")


@dataclass(frozen=True)
class Plan:
    """A checked run.

    Attributes:
        config: as the run was started, every real number as a float.
        options: every option of the network except `classes`, defaults filled in.
        outputs: logits an image gets: one a class, or one in all.
        classes: how many classes there are, 2 for `binary`.
        changes: by the number of steps taken before them, in order; without those
            that the optimizer ignores.
        threads: how many computed; 0 if it is not known.
    """

    config: TrainConfig
    options: Mapping[str, Any]
    outputs: int
    classes: int
    changes: Mapping[int, Mapping[str, float]]
    threads: int = 0

    @property
    def binary(self) -> bool:
        return self.config.network.binary

    @property
    def activation(self) -> str:
        """What the loss applies to the logits."""
        return "sigmoid" if self.binary else "softmax"

    @property
    def has_relu(self) -> bool:
        return bool(self.options.get("activation") != "none")

    @property
    def sizes(self) -> list[int]:
        """The numbers that leave each layer, from the pixels to the logits."""
        layers = self.config.network.layers(self.options, self.outputs)
        return [PIXELS, *(layer.values for layer in layers)]

    @property
    def network_in_words(self) -> str:
        sizes = " -> ".join(map(str, self.sizes))
        words = self.config.network.words
        return words.format(**self.options, outputs=self.outputs, sizes=sizes)

    @property
    def has_momentum(self) -> bool:
        """Whether the optimizer starts with one; it can also be given one later."""
        return self.config.optimizer == "sgd" and self.config.momentum > 0

    @property
    def has_betas(self) -> bool:
        """Whether Adam's are other than PyTorch's."""
        usual = TrainConfig()
        return self.config.optimizer != "sgd" and (self.config.beta1, self.config.beta2) != (
            usual.beta1,
            usual.beta2,
        )

    @property
    def has_weight_decay(self) -> bool:
        """Whether it has to be said: AdamW's own default is not 0."""
        return self.config.weight_decay > 0 or self.config.optimizer == "adamw"

    @property
    def dataset(self) -> DatasetInfo | None:
        """What is known of a published data set; None for somebody's own images."""
        return CATALOGUE.get(self.config.dataset)

    @property
    def all_classes(self) -> bool:
        """Whether the labels of the data set are the targets as they are."""
        return self.config.output_classes == tuple(range(class_count(self.config.dataset)))

    @property
    def one_against_the_rest(self) -> bool:
        return self.binary and len(self.config.output_classes) == 1

    @property
    def named_classes(self) -> list[str]:
        """The labels, with their names if those are more than digits and not a person's own."""
        labels = self.config.output_classes
        if self.dataset is None or self.dataset.name == "mnist":
            return [str(label) for label in labels]
        return [f"{label} ({self.dataset.class_names[label]})" for label in labels]


def read_plan(config: TrainConfig, changes: Sequence[Change], threads: int = 0) -> Plan:
    """Return a run and its changes, checked.

    Args:
        config: the run as it was started.
        changes: settings changed while it went on, in any order.
        threads: how many computed; 0 leaves them out.

    Raises:
        ConfigError: options the network does not have, or a change that is no setting.
    """
    network = config.network
    classes = 2 if network.binary else len(config.output_classes)
    faults = network.faults(config.model_options)
    if not network.binary and config.network_options["classes"] != classes:
        given = config.model_options["classes"]
        faults.append(f"model_options ask for {given!r} classes, but the run has {classes}")
    for number, change in enumerate(changes, start=1):
        faults += [f"change {number}: {fault}" for fault in _change_faults(config, change)]
    if faults:
        raise ConfigError(
            "No code can be written for this run: " + "; ".join(faults),
            advice="Export a run that was trained with these settings",
        )
    options = {**network.defaults, **config.model_options}
    options.pop("classes", None)
    reals: dict[str, Any] = {name: float(getattr(config, name)) for name in _REALS}
    return Plan(
        config=replace(config, **reals),
        options=options,
        outputs=config.outputs,
        classes=classes,
        changes=_merged(changes, ignored="" if config.optimizer == "sgd" else "momentum"),
        threads=threads,
    )


def _change_faults(config: TrainConfig, change: Change) -> list[str]:
    faults = []
    step: Any = change.step
    if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step <= _MAX_STEP:
        faults.append(f"step is {step!r}, allowed: a whole number from 0 to {_MAX_STEP:,}")
    if change.name not in LIVE:
        return [*faults, f"{change.name!r} is changed, allowed: {', '.join(LIVE)}"]
    value: dict[str, Any] = {change.name: change.value}
    try:
        # A run may go on without momentum, which only the start of Nesterov's form needs.
        replace(config, nesterov=False, **value)
    except ConfigError as error:
        faults.append(error.problem.partition(": ")[2])
    return faults


def _merged(changes: Sequence[Change], ignored: str) -> dict[int, dict[str, float]]:
    """By step; of several changes of a setting after one step the last holds."""
    merged: dict[int, dict[str, float]] = {}
    for change in sorted(changes, key=lambda c: c.step):
        if change.name != ignored:
            merged.setdefault(change.step, {})[change.name] = float(change.value)
    return merged
