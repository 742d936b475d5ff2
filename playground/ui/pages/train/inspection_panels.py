"""What a network knows at one moment, on a page: the panels one wants, the others cost nothing.

inspect_view(lambda: cache.get(run.id, step, make), weights_note=note, history=history)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from playground.errors import PlaygroundError
from playground.inspection.result import Answers, Inspection
from playground.ui.components.confusion_table import confusion_table
from playground.ui.components.digit_wall import digit_wall
from playground.ui.components.figure import figure
from playground.ui.components.moment_text import moment_text
from playground.ui.components.weight_images import weight_images
from playground.ui.kit.link_warnings import check_list
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.moment_messages import (
    Picks,
    ProbeHistory,
    answer_chart,
    answer_message,
    cell_answers,
    cell_message,
    chosen_cell,
    class_chart,
    norms_chart,
    note_message,
    picked_digit,
    probe_lines,
    probe_table,
    wall_shown,
    weights_shown,
)

# How high each is in half of the page's width, roughly, in px.
PANELS = {"Confusion": 1000, "Worst digits": 700, "Weights": 500, "Norms": 560, "Probes": 1200}


def inspect_view(
    inspection: Callable[[], Inspection],
    *,
    weights_note: Callable[[Inspection], str],
    history: Callable[[], ProbeHistory],
    opened: Sequence[str] = ("Confusion",),
) -> list[str]:
    """Show the panels chosen above them: confusion, worst digits, weights, norms, probes.

    One has the whole width; several stand in two columns on a wide screen.

    Args:
        inspection: makes it; called only while a panel is open.
        weights_note: says above the panels whose weights these are and of which moment.
        history: of the probes, called only for their panel.
        opened: which panels are open at first.

    A `PlaygroundError` of what is called is shown in place of the panels.

    Returns:
        The panels that are open and show something.
    """
    chosen = _chosen(opened)
    if not chosen:
        st.caption("Choose what to look at.")
        return chosen
    try:
        seen = inspection()
        moment_text(note_message(seen, weights_note(seen)), key="look_note")
        picks = picks_of(chosen)
        if len(chosen) == 1:
            _panel(chosen[0], seen, history, picks)
            return chosen
        columns, filled = st.columns(2, gap="medium"), [0, 0]
        for panel in chosen:
            shorter = int(filled[1] < filled[0])
            filled[shorter] += PANELS[panel]
            with columns[shorter]:
                st.markdown(f"**{panel}**")
                _panel(panel, seen, history, picks)
    except PlaygroundError as error:
        st.error(escape_markdown(str(error)))
        return []
    return chosen


def _chosen(opened: Sequence[str]) -> list[str]:
    """Which are open: the page's link holds it, and the session keeps it."""
    key = "look_panels"
    wanted = st.pills(
        "Look inside",
        list(PANELS),
        selection_mode="multi",
        default=list(opened),
        key=key,
        label_visibility="collapsed",
        bind="query-params",
        persist_state="session",
    )
    check_list("Panel", key, PANELS, ", ".join(PANELS))
    return [panel for panel in PANELS if panel in wanted]


def _panel(name: str, seen: Inspection, history: Callable[[], ProbeHistory], picks: Picks) -> None:
    match name:
        case "Confusion":
            _confusion(seen, picks)
        case "Worst digits":
            _worst(seen, picks)
        case "Weights":
            _weights(seen)
        case "Norms":
            _norms(seen)
        case _:
            _probes(seen, history(), picks)


def _two_parts(narrow: bool) -> tuple[Any, Any]:
    """Side by side, or one below the other where there is half of the width."""
    if narrow:
        return st.container(), st.container()
    left, right = st.columns([6, 5], gap="medium")
    return left, right


def picks_of(panels: Collection[str]) -> Picks:
    """What this session has clicked."""
    state = st.session_state
    walls = [f"look_{name}_wall" for name in ("cell", "worst", "probe")]
    digits = {wall: state[_place(wall)] for wall in walls if _place(wall) in state}
    return Picks(state.get("look_cell"), digits, narrow=len(panels) > 1)


def _place(wall: str) -> str:
    """Where the session keeps the index of the digit that was picked on a wall."""
    return f"{wall}_digit"


def _confusion(seen: Inspection, picks: Picks) -> None:
    cell = chosen_cell(seen, picks.cell)

    def pick(true: int, predicted: int) -> None:
        st.session_state["look_cell"] = (true, predicted)

    left, right = _two_parts(picks.narrow)
    with left:
        confusion_table(seen.confusion, seen.names, key="look_table", on_pick=pick, chosen=cell)
    with right:
        moment_text(cell_message(seen, cell, picks.narrow), key="look_cell_text")
        _wall(seen, cell_answers(seen, cell, picks.narrow), "look_cell_wall", picks)
    chart, height = class_chart(seen)
    figure(chart, key="look_per_class", height=height)


def _worst(seen: Inspection, picks: Picks) -> None:
    st.markdown(f"The test {seen.noun} with the largest loss. Click one for its probabilities.")
    _wall_and_answer(seen, seen.worst, "look_worst_wall", picks)


def _weights(seen: Inspection) -> None:
    layer = seen.first_layer
    side = layer.images.shape[1]
    st.markdown(
        f"Layer `{layer.name}`: the weights from each pixel to each unit, as a picture."
        if layer.kind == "units"
        else f"Layer `{layer.name}`: the {side} × {side} weights that slide over the image."
    )
    weight_images(**weights_shown(seen), key="look_weights")


def _norms(seen: Inspection) -> None:
    chart, height = norms_chart(seen)
    figure(chart, key="look_norms", height=height)
    st.caption(
        "The norm of a layer is that of its weights and biases as one vector."
        + ("" if seen.gradient_norms is None else f" The gradient is that of 256 test {seen.noun}.")
    )


def _probes(seen: Inspection, history: ProbeHistory, picks: Picks) -> None:
    st.markdown("Probability of the true class, step by step.")
    chart, height = probe_lines(seen, history)
    figure(chart, key="look_probe_lines", height=height)
    st.markdown(
        f"The first of the test {seen.noun} of each class. Click one for its probabilities."
    )
    _wall_and_answer(seen, seen.probes, "look_probe_wall", picks)
    moment_text(probe_table(seen), key="look_probe_table")


def _wall_and_answer(seen: Inspection, answers: Answers, key: str, picks: Picks) -> None:
    """Beside the wall the probabilities of the digit that was clicked, which need not be on the
    wall any more.
    """
    left, right = _two_parts(picks.narrow)
    with left:
        _wall(seen, answers, key, picks, opened=True)
    with right:
        one = picked_digit(seen, answers, picks.digits.get(key))
        moment_text(answer_message(seen, *one), key=f"{key}_text")
        chart, height = answer_chart(seen, *one)
        figure(chart, key=f"{key}_answer", height=height)


def _wall(
    seen: Inspection, answers: Answers, key: str, picks: Picks, *, opened: bool = False
) -> None:
    shown = wall_shown(seen, answers, picks.digits.get(key), opened)
    digit_wall(
        answers.images,
        key=key,
        on_pick=lambda index: st.session_state.update({_place(key): index}),
        among=max(0, *shown["indices"], *seen.indices[-1:]) + 1,
        **shown,
    )
