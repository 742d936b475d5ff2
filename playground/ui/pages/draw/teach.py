"""Teach it: labelled drawings of this visitor, and a network that trains on from the default."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from playground.datasets.taught import TaughtSet
from playground.errors import NotFiniteError, PlaygroundError
from playground.explaining import Reader
from playground.recognition.catalogue import DEFAULT, load_default_reader, load_reader
from playground.recognition.reading import Reading
from playground.ui.kit.buttons import button
from playground.ui.kit.downloads import download
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.pictures import Picture, picture_grid
from playground.ui.kit.problems import attempt_once, say_problem
from playground.ui.kit.session_object import session_object
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.uploads import UploadedFile, take_upload
from playground.ui.pages.draw.reader_picker import answer_with
from playground.ui.pages.draw.teaching import Teaching, is_active, one_at_a_time
from playground.ui.server.session import (
    forget_taught_drawings,
    manager,
    taught_drawings,
)
from playground.validation import percent, with_article

_PART = "teach"
_UPLOAD, _TAKEN = "taught_upload", "_taught_taken"
_SHOWN = 60  # drawings shown at once


def teach(reading: Reading) -> None:
    """What was collected, and what the network has learned of it."""
    st.markdown(
        "Was it wrong? Say under the drawing what you meant, collect a few such drawings, and let "
        "the network train on: on yours, each many times, among 10,000 of MNIST, so that it does "
        "not forget."
    )
    taught = taught_drawings()
    say_problem(_PART)
    if reading.is_empty:
        st.caption("Draw a digit first.")
    elif reading.is_number:
        st.caption(escape_markdown(str(one_at_a_time(reading))))
    if len(taught):
        _show(taught)
    _file(taught)
    _compare(taught)


# ---------------------------------------------------------------- collecting


def _show(taught: TaughtSet) -> None:
    st.markdown(
        f"**Your collection: {len(taught)}**, kept until this page is reloaded or closed. "
        "“Download all” keeps it for good, and a file takes it back."
    )
    first = max(0, len(taught) - _SHOWN)
    picture_grid(
        [
            Picture(
                each.image,
                f"{each.label}",
                (f"no. {i}",),
                f"Drawing {i}, {with_article(each.label)}",
            )
            for i, each in enumerate(taught, start=1)
            if i > first
        ],
        label="Your labelled drawings",
        width=4.5,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input("Drawing no.", 1, len(taught), len(taught), width=130)
        button("Remove it", _remove, int(number) - 1, icon="delete", key="taught_remove")
        button("Remove all", forget_taught_drawings, icon="delete_sweep", key="taught_clear")
        download("Download all (zip)", taught.to_zip, "drawings.zip", "application/zip")


def _remove(position: int) -> None:
    # After which another drawing has its number.
    attempt_once(_PART, lambda: taught_drawings().remove(position))


def _file(taught: TaughtSet) -> None:
    with st.expander("A collection from a file"):
        sent = st.file_uploader("A zip that was downloaded here", ["zip"], key=_UPLOAD)
        if sent is None:
            return
        taken = take_upload(_TAKEN, sent, partial(_add_all, taught), "drawings", then=st.rerun)
        if taken.problem:
            st.error(escape_markdown(taken.problem))


def _add_all(taught: TaughtSet, sent: UploadedFile) -> None:
    taught.extend(TaughtSet.from_zip(sent.getvalue()))


# ---------------------------------------------------------------- training


def _compare(taught: TaughtSet) -> None:
    """What the network said of the drawings before, and what the trained one says."""
    run_id = session_object(Teaching).run_id
    if not run_id or not len(taught):
        return

    def tick() -> None:
        try:
            run = manager().get(run_id)
            manager().renew(run_id)
            before = load_default_reader()
            after = load_reader(f"run:{run_id}", manager()) if run.snapshots else None
        except PlaygroundError as error:
            st.caption(escape_markdown(str(error)))
            return
        if active and not run.status.active:
            st.rerun()
        st.progress(run.status.progress, text=f"The run is {run.status.state}.")
        if run.status.message and run.status.state == "failed":
            st.error(escape_markdown(run.status.message))
        if after is None:
            return
        try:
            _table(taught, before, after)
        except NotFiniteError as error:
            st.caption(escape_markdown(str(error)))
        if run.history.evaluations:
            last = run.history.evaluations[-1]
            st.caption(f"It now reads {percent(last.accuracy, 2)} of MNIST's test digits.")

    active = is_active(run_id)
    live_fragment(tick, run_every=1.0 if active else None, shows="lesson")
    with st.container(horizontal=True):
        icon, query = ":material/show_chart:", {"run": run_id}
        st.page_link("pages/train.py", label="Watch the run", icon=icon, query_params=query)
        choice = f"run:{run_id}"
        button(
            "Let it read what you draw",
            answer_with,
            choice,
            DEFAULT,
            icon="draw",
            key="taught_read",
        )


def _table(taught: TaughtSet, before: Reader, after: Reader) -> None:
    labels = np.array([each.label for each in taught])
    images = np.stack([each.image for each in taught]).astype(np.float32) / 255
    heads = ["", "Before", "Now"]
    tables = [reader.probabilities(images) for reader in (before, after)]
    right = [f"{int((p.argmax(axis=1) == labels).sum())} of {len(labels)}" for p in tables]
    of_true = [f"{p[np.arange(len(labels)), labels].mean():.3f}" for p in tables]
    rows = [["Read right", *right], ["Mean probability of what you meant", *of_true]]
    number_table(heads, rows, label="Your drawings before and after the training")
