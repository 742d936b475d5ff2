"""What open panels say of a moment, in the messages of their components.

A page shows them, and a browser fetches them while a scrubber moves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from playground.charts import Chart
from playground.charts.inspection import answer, norms, per_class
from playground.charts.probes import probes
from playground.errors import InputError
from playground.inspection.result import Answers, Inspection
from playground.lessons.describe import fixed
from playground.linear_network import Readout
from playground.maths import cross_entropy, softmax
from playground.ui.components.confusion_table import table_message
from playground.ui.components.digit_wall import MOST as MOST_DIGITS
from playground.ui.components.digit_wall import quantised, wall_message
from playground.ui.components.figure import figure_message
from playground.ui.components.moment_text import Part, strong, text_message
from playground.ui.components.moment_text import table_message as number_message
from playground.ui.components.weight_images import weights_message
from playground.ui.kit.blobs import own_blob, signed_bytes
from playground.validation import Floats, Integers, counted, percent

_CELL_DIGITS = 24  # of a clicked cell where there is half of the width


@dataclass(frozen=True, eq=False)
class ProbeHistory:
    """What a network said of the same m probes over s steps of its training, for K classes.

    Attributes:
        steps: (s,) ascending.
        probabilities: (s, m, K).
        cursor: the step that is looked at, one of `steps`.
    """

    steps: Floats
    probabilities: Floats
    cursor: int


@dataclass(frozen=True)
class Picks:
    """What a visitor has clicked, and how much room there is.

    Attributes:
        cell: of the confusion, (true, predicted); None: none yet.
        digits: the index in the test set of the digit picked last on each wall, by its key.
        narrow: whether panels have half of the page's width.
    """

    cell: tuple[int, int] | None = None
    digits: Mapping[str, int] = field(default_factory=dict)
    narrow: bool = False


def moment_messages(
    seen: Inspection,
    panels: Collection[str],
    picks: Picks,
    note: str,
    history: ProbeHistory | None = None,
) -> dict[str, Any]:
    """What the components of some panels are told of a moment, by their keys, with all pictures.

    They are told the same by `inspect_view`.

    Args:
        history: of the probes; None unless their panel is among these.
    """
    found: dict[str, Any] = {"look_note": note_message(seen, note)}
    if "Confusion" in panels:
        cell = chosen_cell(seen, picks.cell)
        found["look_table"] = table_message(seen.confusion, seen.names, cell)
        found["look_cell_text"] = cell_message(seen, cell, picks.narrow)
        found |= _wall_message(
            seen, cell_answers(seen, cell, picks.narrow), "look_cell_wall", picks
        )
        found["look_per_class"] = figure_message(*class_chart(seen))
    for panel, answers, key in (
        ("Worst digits", seen.worst, "look_worst_wall"),
        ("Probes", seen.probes, "look_probe_wall"),
    ):
        if panel in panels:
            found |= _wall_message(seen, answers, key, picks, opened=True)
            one = picked_digit(seen, answers, picks.digits.get(key))
            found[f"{key}_text"] = answer_message(seen, *one)
            found[f"{key}_answer"] = figure_message(*answer_chart(seen, *one))
    if "Weights" in panels:
        shown = weights_shown(seen)
        message = weights_message(**shown)
        pictures = signed_bytes(shown["images"][message["shown"]], shown["limit"])
        found["look_weights"] = message | {"weights": own_blob(pictures)}
    if "Norms" in panels:
        found["look_norms"] = figure_message(*norms_chart(seen))
    if history is not None:
        found["look_probe_table"] = probe_table(seen)
        found["look_probe_lines"] = figure_message(*probe_lines(seen, history))
    return found


def note_message(seen: Inspection, note: str) -> dict[str, Any]:
    accuracy = percent(seen.accuracy, 2)
    measured = f"{len(seen):,} test {seen.noun}: accuracy {accuracy}, mean loss {seen.loss:.4g}."
    return text_message([f"{note} {measured}".strip()], "caption")


def class_chart(seen: Inspection) -> tuple[Chart, int]:
    return per_class(seen.class_accuracy, seen.names), 250


def chosen_cell(seen: Inspection, picked: tuple[int, int] | None) -> tuple[int, int] | None:
    """The cell that was clicked, or the most frequent error; None if there is none."""
    count = len(seen.names)
    if picked is not None and max(picked) < count:  # else of a run with more classes
        return picked
    errors = np.where(np.eye(count, dtype=bool), 0, seen.confusion)
    if not errors.any():
        return None
    true, predicted = np.unravel_index(np.argmax(errors), errors.shape)
    return int(true), int(predicted)


def _most(narrow: bool) -> int:
    return _CELL_DIGITS if narrow else MOST_DIGITS


def cell_answers(seen: Inspection, cell: tuple[int, int] | None, narrow: bool) -> Answers:
    """The images of a cell with the largest losses, if it has any."""
    positions = np.zeros(0, np.int64) if cell is None else seen.cell(*cell)[: _most(narrow)]
    return seen.answers(positions)


def cell_message(seen: Inspection, cell: tuple[int, int] | None, narrow: bool) -> dict[str, Any]:
    if cell is None:
        return text_message(["There is no error. Click a cell to see its images."])
    true, predicted = (strong(seen.names[k]) for k in cell)
    count, most = len(seen.cell(*cell)), _most(narrow)
    if not count:
        return text_message(["No ", true, " is read as ", predicted, " at this moment."])
    few = f", the {most} with the largest loss" if count > most else ""
    said = counted(count, seen.noun.removesuffix("s"))
    return text_message([true, " read as ", predicted, f": {said}{few}"])


def weights_shown(seen: Inspection) -> dict[str, Any]:
    layer = seen.first_layer
    # The units of a network without a hidden layer are its classes.
    names = [f"class {name}" for name in seen.names] if len(seen.layers) == 1 else None
    return {"images": layer.images, "limit": layer.limit, "kind": layer.kind, "names": names}


def norms_chart(seen: Inspection) -> tuple[Chart, int]:
    chart = norms(seen.layers, seen.weight_norms, seen.gradient_norms, seen.weight_changes)
    return chart, 300 if seen.gradient_norms is None else 480


def probe_lines(seen: Inspection, history: ProbeHistory) -> tuple[Chart, int]:
    targets, _ = _known(seen.probes)
    known = history.steps, history.probabilities, targets
    return probes(*known, history.cursor, seen.names), 340


def probe_table(seen: Inspection) -> dict[str, Any]:
    heads = [seen.noun.removesuffix("s"), *seen.names]
    targets, _ = _known(seen.probes)
    rows = [_probe_row(seen, i, seen.names[target]) for i, target in enumerate(targets)]
    return number_message(heads, rows, "Probability of each class for each probe")


def _probe_row(seen: Inspection, i: int, name: str) -> list[Part]:
    best = int(seen.probes.predictions[i])
    values: list[Part] = [f"{p:.3f}" for p in seen.probes.probabilities[i]]
    return [name, *values[:best], strong(str(values[best])), *values[best + 1 :]]


def _wall_message(
    seen: Inspection, answers: Answers, key: str, picks: Picks, *, opened: bool = False
) -> dict[str, Any]:
    shown = wall_shown(seen, answers, picks.digits.get(key), opened)
    message = wall_message(**shown)
    return {key: message | {"digits": own_blob(quantised(answers.images))}}


def wall_shown(
    seen: Inspection, answers: Answers, picked: int | None, opened: bool
) -> dict[str, Any]:
    """What a wall is told beside its images; `opened`: one digit is always looked at."""
    targets, places = _known(answers)
    indices = places.tolist()
    # Kept by its index in the test set: at another moment it stands elsewhere, or is gone.
    at = indices.index(picked) if picked in indices else None
    if at is None and opened and picked not in seen.indices:
        at = 0
    readout = _readout(seen, answers, targets)
    return {"readout": readout, "indices": indices, "chosen": at, "names": wall_names(seen)}


def wall_names(seen: Inspection) -> list[str] | None:
    """What each label of `_readout` is called; None if they are digits, which say it themselves."""
    of = dict(zip(_labels(seen), seen.names, strict=True))
    if all(name == str(label) for label, name in of.items()):
        return None
    return [of.get(label, "") for label in range(max(of) + 1)]


def _labels(seen: Inspection) -> tuple[int, ...]:
    return seen.digits if seen.digits is not None else (0, 1)


def picked_digit(seen: Inspection, answers: Answers, picked: int | None) -> tuple[int, int, Floats]:
    """Index, target and logits of the digit that was clicked, or of the first one."""
    targets, indices = _known(answers)
    (here,), (elsewhere,) = np.nonzero(indices == picked), np.nonzero(seen.indices == picked)
    if len(elsewhere) and not len(here):
        at = elsewhere[0]
        logits = seen.logits[at].astype(np.float64)
        return int(seen.indices[at]), int(seen.targets[at]), logits
    at = here[0] if len(here) else 0
    return int(indices[at]), int(targets[at]), answers.logits[at]


def _known(answers: Answers) -> tuple[Integers, Integers]:
    """Targets and indices of test images."""
    if answers.targets is None or answers.indices is None:
        raise InputError("These are no test images", allowed="images whose true classes are known")
    return answers.targets, answers.indices


def answer_message(seen: Inspection, index: int, target: int, logits: Floats) -> dict[str, Any]:
    """What the network makes of one test image."""
    z = np.asarray(logits, dtype=np.float64)
    true, read = (strong(seen.names[k]) for k in (target, int(np.argmax(z))))
    name, loss = seen.noun.removesuffix("s"), strong(fixed(cross_entropy(z, target), 3))
    return text_message([f"Test {name} {index}: ", true, " read as ", read, ", loss ", loss])


def answer_chart(seen: Inspection, index: int, target: int, logits: Floats) -> tuple[Chart, int]:
    return answer(softmax(np.asarray(logits, dtype=np.float64)), seen.names, target), 280


def _readout(seen: Inspection, answers: Answers, targets: Integers) -> Readout:
    """For the wall, whose labels are digits and not classes where a class is one digit."""
    digits = np.array(_labels(seen))
    return Readout(
        logits=answers.logits,
        # Of no image there is no softmax.
        probabilities=answers.probabilities if len(answers) else answers.logits,
        labels=digits[targets],
        predictions=digits[answers.predictions],
        losses=answers.losses if len(answers) else np.zeros(0),
        hits=answers.predictions == targets,
    )
