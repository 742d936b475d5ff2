"""What a run made of its probes, report by report: the few test images it is watched with."""

from __future__ import annotations

import base64
import threading
from array import array
from bisect import bisect_right
from dataclasses import dataclass

from playground.errors import InputError
from playground.training import Started, Steps

_BYTES = 28 * 28 // 2  # of an image: two pixels a byte


@dataclass(frozen=True)
class Reading:
    """What the network takes n probes for, after a step.

    Attributes:
        predictions: (n,) the classes with the largest probability.
        confidences: (n,) these probabilities.
    """

    step: int
    predictions: tuple[int, ...]
    confidences: tuple[float, ...]


class Readings:
    """All of them, by step. Safe to read while they grow; a run from before probes has none.

    Attributes:
        pixels: the images, `_BYTES` each, as `playground.training.probes.Probes.pixels`.
        targets: (n,) their classes.
        names: of all K classes.
    """

    def __init__(self) -> None:
        self.pixels = b""
        self.targets: tuple[int, ...] = ()
        self.names: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._steps = array("q")
        self._predictions, self._confidences = array("B"), array("f")

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def bytes(self) -> int:
        """Memory that they take."""
        return len(self) * (8 + 5 * len(self.targets))

    def begin(self, event: Started, step: int) -> None:
        """Take the probes over, and what is made of them before the step that comes next.

        Raises:
            InputError: there are not as many images as classes of them, or a class has no name.
        """
        count, classes = len(event.probe_targets), len(event.class_names)
        pixels = _decoded(event.probe_pixels)
        if len(pixels) != _BYTES * count or not _are_classes(event.probe_targets, classes):
            raise InputError(
                f"{len(pixels)} bytes and targets up to {max(event.probe_targets, default=0)} are "
                f"no {count} probes of {classes} classes",
                allowed=f"{_BYTES} bytes for each, and classes that have a name",
            )
        if not count:
            return
        if event.probe_targets != self.targets:  # nothing before goes with these
            self._forget()
        self.pixels, self.targets = pixels, event.probe_targets
        # Half of a surrogate pair, which JSON may name, cannot be sent to a browser.
        self.names = tuple(name.encode("utf-8", "replace").decode() for name in event.class_names)
        self._add(step, event.predictions, event.confidences)

    def add(self, event: Steps) -> None:
        """Take over what was made of the probes after some steps; steps already known are left out.

        Raises:
            InputError: there are more or fewer answers than probes, or one is no class.
        """
        self._add(event.last_step, event.predictions, event.confidences)

    def _add(self, step: int, predictions: tuple[int, ...], confidences: tuple[float, ...]) -> None:
        if not predictions and not confidences:
            return
        count, classes = len(self.targets), len(self.names)
        good = _are_classes(predictions, classes) and all(0 <= p <= 1 for p in confidences)
        if not (good and len(predictions) == len(confidences) == count):
            raise InputError(
                f"{len(predictions)} answers with {len(confidences)} probabilities are none for "
                f"{count} probes of {classes} classes",
                allowed="one of the classes and a probability for each probe",
            )
        with self._lock:
            if self._steps and step <= self._steps[-1]:
                return
            self._steps.append(step)
            self._predictions.extend(predictions)
            self._confidences.extend(confidences)

    def _forget(self) -> None:
        with self._lock:
            for values in (self._steps, self._predictions, self._confidences):
                del values[:]

    def after(self, step: int) -> Reading | None:
        """The newest reading that is not of a later step; None if there is none."""
        with self._lock:
            at = bisect_right(self._steps, step) - 1
            if at < 0:
                return None
            part = slice(at * len(self.targets), (at + 1) * len(self.targets))
            return Reading(
                self._steps[at], tuple(self._predictions[part]), tuple(self._confidences[part])
            )


def _are_classes(labels: tuple[int, ...], classes: int) -> bool:
    return max(labels, default=-1) < min(classes, 256)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error is one, and what is not ASCII gives another
        raise InputError("The probes' pixels are no base64") from error
