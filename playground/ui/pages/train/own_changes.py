"""One's own images, read or turned otherwise: every change can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from playground.datasets import Choices, OwnData, load_own, save_own
from playground.datasets import own_edits as edits
from playground.datasets.own_files import can_be_read_again, read_again
from playground.datasets.own_limits import MAX_CLASSES
from playground.datasets.own_pixels import DIM, Look
from playground.datasets.own_store import supersede
from playground.errors import InputError
from playground.ui.kit.buttons import button
from playground.ui.kit.problems import attempt, say_problem
from playground.ui.kit.session_object import session_object
from playground.validation import percent

Choose = Callable[[str | None], None]

_PART = "own data"
_MOST_BACK = 20


@dataclass(eq=False)
class _History:
    """Ids of a data set (None: none) and of the one that took its place, the last ones last; and
    those that a change has made, which go before what was uploaded.
    """

    steps: list[tuple[str | None, str]] = field(default_factory=list)
    made: set[str] = field(default_factory=set)

    def before(self, now: str) -> tuple[str | None, str] | None:
        """The step that has led to this data set, if it was the last."""
        return self.steps[-1] if self.steps and self.steps[-1][1] == now else None


def remember(before: str | None, now: str) -> None:
    """Note that a data set has taken the place of another, or of none."""
    history = session_object(_History)
    steps = history.steps
    if before != now and steps[-1:] != [(before, now)]:
        steps.append((before, now))
        if before is not None:
            history.made.add(now)
        for gone, _ in steps[:-_MOST_BACK]:  # no Undo leads there
            if gone is not None and gone in history.made:
                supersede(gone)
        del steps[:-_MOST_BACK]


def say_changes() -> None:
    """Why the last change could not be made."""
    say_problem(_PART)


def say_warnings(data_id: str, look: Look, choose: Choose) -> None:
    """What a person would see at once and a network would not: before Start."""
    label, edit, icon = "Stretch the contrast", edits.stretched, "contrast"
    if look.one_colour:
        words = (
            "These images are nearly all one colour: in most of them the lightest pixel differs "
            f"hardly from the darkest (the lightest of all is {look.lightest} of 255). A network "
            "learns next to nothing from them."
        )
    elif look.lightest < DIM:
        words = (
            f"The lightest pixel of these images is {look.lightest} of 255. If it is white, "
            "stretch the contrast."
        )
    elif look.inverted:
        label, edit, icon = "Invert those alone", edits.inverted_alone, "invert_colors"
        words = (
            f"{percent(look.inverted, 0)} of these images look inverted: they are dark on light, "
            "the others light on dark. A network learns that difference, too."
        )
    elif look.light:
        label, edit, icon = "Invert all", edits.inverted, "invert_colors"
        words = (
            "Most pixels of these images are light. Networks here expect light strokes on dark, as "
            "MNIST has them."
        )
    else:
        return
    st.warning(words, icon=f":material/{icon}:")
    _button(label, edit, icon, data_id, choose, "now")


def changes(data_id: str, own: OwnData, look: Look, choose: Choose) -> None:
    """What can be changed of the data set shown: the images, the split, the labels, the names."""
    with st.container(horizontal=True):
        _button("Invert", edits.inverted, "invert_colors", data_id, choose)
        _button("Turn", edits.turned, "rotate_90_degrees_cw", data_id, choose)
        _button("Mirror", edits.mirrored, "flip", data_id, choose)
        if look.darkest < look.lightest and (look.darkest > 0 or look.lightest < 255):
            _button("Stretch", edits.stretched, "contrast", data_id, choose)
        if own.summary.own_split:
            _button("Split at random", edits.split_again, "shuffle", data_id, choose)
        with st.popover("Rename", icon=":material/edit:"):
            _names(data_id, own, choose)
        if step := session_object(_History).before(data_id):
            button("Undo", _undo, choose, step, icon="undo", key="own_undo")
    if own.summary.columns or own.summary.found_classes:
        if can_be_read_again(own):
            _labels(data_id, own, choose)
            _classes(data_id, own, choose)
        else:
            st.caption("To read the labels otherwise, upload the file again: it is not kept here.")


def _button(
    label: str,
    edit: Callable[[OwnData], OwnData],
    icon: str,
    data_id: str,
    choose: Choose,
    where: str = "here",
) -> None:
    key = f"own_{edit.__name__}_{where}"
    make = partial(_edit, data_id, edit)
    button(label, _change, data_id, choose, make, icon=icon, key=key)


def _names(data_id: str, own: OwnData, choose: Choose) -> None:
    keys = [f"own_name_{data_id}_{label}" for label in range(len(own.class_names))]
    for label, (key, name) in enumerate(zip(keys, own.class_names, strict=True)):
        st.text_input(f"Class {label}", name, key=key)

    def make() -> str:
        return _edit(data_id, lambda own: edits.renamed(own, [st.session_state[k] for k in keys]))

    button("Take these names", _change, data_id, choose, make, icon="check", key="own_rename")


def _labels(data_id: str, own: OwnData, choose: Choose) -> None:
    """Which column of a table is the label's."""
    columns = dict(own.summary.columns)
    if len(columns) < 2 or own.summary.label_column not in columns:
        return
    key = f"own_column_{data_id}"

    def change() -> None:
        make = partial(read_again, data_id, Choices(label_column=st.session_state[key]))
        if not _change(data_id, choose, make):
            st.session_state[key] = own.summary.label_column

    st.selectbox(
        "Labels from",
        list(columns),
        index=list(columns).index(own.summary.label_column),
        format_func=columns.__getitem__,
        key=key,
        on_change=change,
        width=330,
    )


def _classes(data_id: str, own: OwnData, choose: Choose) -> None:
    """Which ten of more classes are taken."""
    found = own.summary.found_classes
    if not found:
        return
    key = f"own_classes_{data_id}"
    st.multiselect(
        f"Classes, {MAX_CLASSES} at most of the file's {len(found):,}",
        found,
        default=[name for name in own.class_names if name in found],
        max_selections=MAX_CLASSES,
        key=key,
    )

    def make() -> str:
        chosen = tuple(st.session_state[key])
        if not chosen:
            raise InputError("No class is chosen", allowed="two to ten of the file's classes")
        return read_again(data_id, Choices(own.summary.label_column, chosen))

    button("Take these classes", _change, data_id, choose, make, icon="check", key="own_choose")


def _edit(data_id: str, edit: Callable[[OwnData], OwnData]) -> str:
    return save_own(edit(load_own(data_id)))


def _change(data_id: str, choose: Choose, make: Callable[[], str]) -> bool:
    """Put what is made in the place of a data set, and return whether it could be made: else that
    one stays.
    """
    made: list[str] = []
    attempt(_PART, lambda: made.append(make()))
    for now in made:
        if now != data_id:
            remember(data_id, now)
            choose(now)
    return bool(made)


def _undo(choose: Choose, step: tuple[str | None, str]) -> None:
    """Back to the data set before; the second of two quick clicks asks for the same."""
    steps = session_object(_History).steps
    if steps[-1:] == [step]:
        steps.pop()
    choose(step[0])
