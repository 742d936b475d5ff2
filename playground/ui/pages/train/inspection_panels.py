"""What a network knows at one moment, on a page: the panels one wants, the others cost nothing.

inspect_view(lambda: cache.get(run.id, step, make), key_prefix="look")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.inspection import answer, norms, per_class
from playground.charts.probes import probes
from playground.errors import PlaygroundError
from playground.inspection.result import Answers, Inspection
from playground.linear_network import Readout
from playground.maths import cross_entropy, softmax
from playground.ui.components.confusion_table import confusion_table
from playground.ui.components.digit_wall import MOST as MOST_DIGITS
from playground.ui.components.digit_wall import digit_wall
from playground.ui.components.figure import figure
from playground.ui.components.weight_images import weight_images
from playground.ui.kit.link_warnings import check_list
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.validation import Floats, Integers

# How high each is in half of the page's width, roughly, in px.
PANELS = {"Confusion": 1000, "Worst digits": 700, "Weights": 500, "Norms": 560, "Probes": 1200}
_CELL_DIGITS = 24  # of a clicked cell where there is half of the width


@dataclass(frozen=True, eq=False)
class ProbeHistory:
    """What a network said of the same m probes over s steps of its training, for K classes.

    Attributes:
        steps: (s,) ascending.
        probabilities: (s, m, K).
        cursor: the step that is looked at, one of `steps`; None: the last one.
    """

    steps: Floats
    probabilities: Floats
    cursor: int | None = None


def inspect_view(
    inspection: Inspection | Callable[[], Inspection],
    *,
    key_prefix: str,
    weights_note: str | Callable[[Inspection], str] = "",
    history: ProbeHistory | Callable[[], ProbeHistory] | None = None,
    opened: Sequence[str] = ("Confusion",),
    linked: bool = False,
) -> list[str]:
    """Show the panels chosen above them: confusion, worst digits, weights, norms, probes.

    One has the whole width; several stand in two columns on a wide screen.

    Args:
        inspection: ready, or what makes it, called only while a panel is open.
        key_prefix: of the keys of all parts; one for each view on a page.
        weights_note: whose weights these are and of which moment, said above the panels.
        history: of the probes, called only for their panel; None: only this moment.
        opened: which panels are open at first.
        linked: whether the page's link holds which are open, and the session keeps it.

    A `PlaygroundError` of what is called is shown in place of the panels.

    Returns:
        The panels that are open.
    """
    kept: dict[str, Any] = {"bind": "query-params", "persist_state": "session"} if linked else {}
    wanted = st.pills(
        "Look inside",
        list(PANELS),
        selection_mode="multi",
        default=list(opened),
        key=f"{key_prefix}_panels",
        label_visibility="collapsed",
        **kept,
    )
    if linked:
        check_list("Panel", f"{key_prefix}_panels", PANELS, ", ".join(PANELS))
    chosen = [panel for panel in PANELS if panel in wanted]
    if not chosen:
        st.caption("Choose what to look at.")
        return chosen
    try:
        seen = inspection() if callable(inspection) else inspection
        note = weights_note(seen) if callable(weights_note) else weights_note
        st.caption(f"{note} {_measured_on(seen)}".strip())
        if len(chosen) == 1:
            _panel(chosen[0], seen, key_prefix, history, narrow=False)
            return chosen
        columns, filled = st.columns(2, gap="medium"), [0, 0]
        for panel in chosen:
            shorter = int(filled[1] < filled[0])
            filled[shorter] += PANELS[panel]
            with columns[shorter]:
                st.markdown(f"**{panel}**")
                _panel(panel, seen, key_prefix, history, narrow=True)
    except PlaygroundError as error:
        st.error(escape_markdown(str(error)))
    return chosen


def _measured_on(seen: Inspection) -> str:
    return (
        f"{len(seen):,} test {seen.noun}: accuracy {seen.accuracy:.2%}, mean loss {seen.loss:.4g}."
    )


def _panel(
    name: str,
    seen: Inspection,
    prefix: str,
    history: ProbeHistory | Callable[[], ProbeHistory] | None,
    *,
    narrow: bool,
) -> None:
    match name:
        case "Confusion":
            _confusion(seen, prefix, narrow)
        case "Worst digits":
            _worst(seen, prefix, narrow)
        case "Weights":
            _weights(seen, prefix)
        case "Norms":
            _norms(seen, prefix)
        case _:
            _probes(seen, prefix, history() if callable(history) else history, narrow)


def _two_parts(narrow: bool) -> tuple[Any, Any]:
    """Side by side, or one below the other where there is half of the width."""
    if narrow:
        return st.container(), st.container()
    left, right = st.columns([6, 5], gap="medium")
    return left, right


# ---------------------------------------------------------------- panels


def _confusion(seen: Inspection, prefix: str, narrow: bool) -> None:
    place = f"{prefix}_cell"
    cell = _chosen_cell(seen, st.session_state.get(place))

    def pick(true: int, predicted: int) -> None:
        st.session_state[place] = (true, predicted)

    left, right = _two_parts(narrow)
    with left:
        confusion_table(
            seen.confusion, seen.names, key=f"{prefix}_table", on_pick=pick, chosen=cell
        )
    with right:
        if cell is None:
            st.markdown("There is no error. Click a cell to see its images.")
        else:
            _cell_digits(seen, prefix, cell, _CELL_DIGITS if narrow else MOST_DIGITS)
    figure(per_class(seen.class_accuracy, seen.names), key=f"{prefix}_per_class", height=250)


def _chosen_cell(seen: Inspection, picked: object) -> tuple[int, int] | None:
    """The cell that was clicked, or the most frequent error; None if there is none."""
    count = len(seen.names)
    if isinstance(picked, tuple) and max(picked) < count:  # else of a run with more classes
        return picked
    errors = np.where(np.eye(count, dtype=bool), 0, seen.confusion)
    if not errors.any():
        return None
    true, predicted = np.unravel_index(np.argmax(errors), errors.shape)
    return int(true), int(predicted)


def _cell_digits(seen: Inspection, prefix: str, cell: tuple[int, int], most: int) -> None:
    true, predicted = (escape_markdown(seen.names[k]) for k in cell)
    positions = seen.cell(*cell)
    count = len(positions)
    if not count:
        st.markdown(f"No **{true}** is read as **{predicted}** at this moment.")
        return
    few = f", the {most} with the largest loss" if count > most else ""
    st.markdown(f"**{true}** read as **{predicted}**: {count:,} {seen.noun}{few}")
    _wall(seen, seen.answers(positions[:most]), f"{prefix}_cell_wall")


def _worst(seen: Inspection, prefix: str, narrow: bool) -> None:
    st.markdown(f"The test {seen.noun} with the largest loss. Click one for its probabilities.")
    _wall(seen, seen.worst, f"{prefix}_worst_wall", opened=True, narrow=narrow)


def _weights(seen: Inspection, prefix: str) -> None:
    layer = seen.first_layer
    side = layer.images.shape[1]
    st.markdown(
        f"Layer `{layer.name}`: the weights from each pixel to each unit, as a picture."
        if layer.kind == "units"
        else f"Layer `{layer.name}`: the {side} × {side} weights that slide over the image."
    )
    # The units of a network without a hidden layer are its classes.
    names = [f"class {name}" for name in seen.names] if len(seen.layers) == 1 else None
    weight_images(
        layer.images, limit=layer.limit, kind=layer.kind, names=names, key=f"{prefix}_weights"
    )


def _norms(seen: Inspection, prefix: str) -> None:
    chart = norms(seen.layers, seen.weight_norms, seen.gradient_norms, seen.weight_changes)
    height = 300 if seen.gradient_norms is None else 480
    figure(chart, key=f"{prefix}_norms", height=height)
    st.caption(
        "The norm of a layer is that of its weights and biases as one vector."
        + ("" if seen.gradient_norms is None else f" The gradient is that of 256 test {seen.noun}.")
    )


def _probes(seen: Inspection, prefix: str, history: ProbeHistory | None, narrow: bool) -> None:
    answers = seen.probes
    if history is not None and answers.targets is not None:
        chart = probes(
            history.steps,
            history.probabilities,
            answers.targets,
            cursor=history.cursor,
            names=seen.names,
        )
        st.markdown("Probability of the true class, step by step.")
        figure(chart, key=f"{prefix}_probe_lines", height=340)
    if answers.targets is not None:
        st.markdown(
            f"The first of the test {seen.noun} of each class. Click one for its probabilities."
        )
        _wall(seen, answers, f"{prefix}_probe_wall", opened=True, narrow=narrow)
    heads = [seen.noun.removesuffix("s"), *seen.names]
    rows = [_probe_row(seen, answers, i) for i in range(len(answers))]
    number_table(heads, rows, label="Probability of each class for each probe")


def _probe_row(seen: Inspection, answers: Answers, i: int) -> list[str]:
    best = int(answers.predictions[i])
    name = f"probe {i + 1}" if answers.targets is None else seen.names[answers.targets[i]]
    values = [f"{p:.3f}" for p in answers.probabilities[i]]
    values[best] = f"**{values[best]}**"
    return [name, *values]


# ---------------------------------------------------------------- digits


def _wall(
    seen: Inspection, answers: Answers, key: str, *, opened: bool = False, narrow: bool = False
) -> None:
    """A wall of digits; `opened`: beside it the probabilities of the one that was clicked, which
    need not be on the wall any more.
    """
    targets = answers.targets
    if targets is None or answers.indices is None:  # somebody's own images
        return
    place, indices = f"{key}_digit", answers.indices.tolist()
    # Kept by its index in the test set: at another moment it stands elsewhere, or is gone.
    picked = st.session_state.get(place)
    at = indices.index(picked) if picked in indices else None
    elsewhere = np.flatnonzero(seen.indices == picked)
    if at is None and opened and not len(elsewhere):
        at = 0

    def wall() -> None:
        digit_wall(
            answers.images,
            _readout(seen, answers, targets),
            key=key,
            on_pick=lambda index: st.session_state.update({place: index}),
            indices=indices,
            among=max(*indices, *seen.indices[-1:]) + 1,
            chosen=at,
        )

    if seen.digits is None:
        st.caption(f"Here 1 is a {escape_markdown(seen.names[1])} and 0 any other digit.")
    if not opened:
        wall()
        return
    left, right = _two_parts(narrow)
    with left:
        wall()
    with right:
        if at is not None:
            _answer(seen, indices[at], int(targets[at]), answers.logits[at], key)
        else:
            (place_in_all,) = elsewhere
            index, target = int(seen.indices[place_in_all]), int(seen.targets[place_in_all])
            _answer(seen, index, target, seen.logits[place_in_all], key)


def _answer(seen: Inspection, index: int, target: int, logits: Floats, key: str) -> None:
    """What the network makes of one test image."""
    z = np.asarray(logits, dtype=np.float64)
    true, read = (escape_markdown(seen.names[k]) for k in (target, int(np.argmax(z))))
    st.markdown(
        f"Test {seen.noun.removesuffix('s')} {index}: **{true}** read as **{read}**, loss "
        f"**{cross_entropy(z, target):.3f}**"
    )
    figure(answer(softmax(z), seen.names, target), key=f"{key}_answer", height=280)


def _readout(seen: Inspection, answers: Answers, targets: Integers) -> Readout:
    """For the wall, whose labels are digits and not classes where a class is one digit."""
    digits = np.array(seen.digits if seen.digits is not None else (0, 1))
    return Readout(
        logits=answers.logits,
        probabilities=answers.probabilities,
        labels=digits[targets],
        predictions=digits[answers.predictions],
        losses=answers.losses,
        hits=answers.predictions == targets,
    )
