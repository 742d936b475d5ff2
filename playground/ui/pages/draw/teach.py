"""Teach it: labelled drawings of this visitor, and a network that trains on from the default."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.datasets import save_own
from playground.datasets.catalogue import OWN_PREFIX
from playground.datasets.taught import TaughtSet, mixed_dataset
from playground.drawing import Drawing, drawing_to_json
from playground.errors import NotFiniteError, PlaygroundError
from playground.explaining import Reader
from playground.recognition.catalogue import DEFAULT, load_default_reader, load_reader
from playground.recognition.reading import Reading
from playground.training import TrainConfig
from playground.ui.kit.click_guard import is_first_click
from playground.ui.kit.downloads import download
from playground.ui.kit.pictures import Picture, picture_grid
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.uploads import UploadedFile, report_refused_upload
from playground.ui.pages.draw.reader_picker import read_with
from playground.ui.server.session import (
    forget_taught_drawings,
    manager,
    taught_drawings,
    visitor,
)

_RUN, _PROBLEM, _MEANT = "_taught_runs", "_taught_problem", "_taught_meant"
_UPLOAD, _TAKEN = "taught_upload", "_taught_taken"
_SHOWN = 60  # drawings shown at once


def teach(reading: Reading, drawing: Drawing | None) -> None:
    """Collect drawings with what they mean, and train on them."""
    st.markdown(
        "Was it wrong? Say what you meant, collect a few such drawings, and let the network "
        "train on: on yours, each many times, among 10,000 of MNIST, so that it does not forget."
    )
    taught = taught_drawings()
    _add_what_was_meant(taught, reading, drawing)
    if text := st.session_state.pop(_PROBLEM, ""):
        st.error(escape_markdown(text))
    _ask(reading)
    if len(taught):
        _show(taught)
    _file(taught)
    if len(taught):
        _train(taught)
    _compare(taught)


# ---------------------------------------------------------------- collecting


def _ask(reading: Reading) -> None:
    if reading.is_empty:
        st.caption("Draw a digit first.")
        return
    if len(reading.digits) > 1:
        st.caption("Draw one digit at a time: here are several.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("This is a", width="content")
        for k in range(10):
            st.button(
                str(k), key=f"taught_as_{k}", on_click=_mean, args=(k,),
                help=f"Add the drawing to your collection as a {k}",
            )  # fmt: skip


def _mean(label: int) -> None:
    """Note it for the run to come: who clicks right after a stroke means that stroke, too, and
    the page knows it only then.
    """
    st.session_state[_MEANT] = label


def _add_what_was_meant(taught: TaughtSet, reading: Reading, drawing: Drawing | None) -> None:
    label = st.session_state.pop(_MEANT, None)
    if label is None or reading.is_empty or len(reading.digits) > 1:
        return
    try:
        strokes = "" if drawing is None else drawing_to_json(drawing)
        taught.add(reading.digits[0].digit, label, strokes)
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)


def _show(taught: TaughtSet) -> None:
    st.markdown(f"**Your collection: {len(taught)}**")
    first = max(0, len(taught) - _SHOWN)
    picture_grid(
        [
            Picture(each.image, f"{each.label}", (f"no. {i}",), f"Drawing {i}, a {each.label}")
            for i, each in enumerate(taught, start=1)
            if i > first
        ],
        label="Your labelled drawings",
        width=4.5,
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input("Drawing no.", 1, len(taught), len(taught), width=130)
        st.button(
            "Remove it", icon=":material/delete:", on_click=_remove, args=(int(number) - 1,),
            key="taught_remove",
        )  # fmt: skip
        st.button(
            "Remove all", icon=":material/delete_sweep:", key="taught_clear",
            on_click=forget_taught_drawings,
        )  # fmt: skip
        download("Download all (zip)", taught.to_zip, "drawings.zip", "application/zip")


def _remove(position: int) -> None:
    try:
        taught_drawings().remove(position)
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)


def _file(taught: TaughtSet) -> None:
    with st.expander("A collection from a file"):
        sent = st.file_uploader("A zip that was downloaded here", ["zip"], key=_UPLOAD)
        if sent is None:
            return
        taken, problem = st.session_state.get(_TAKEN, ("", ""))
        if taken != sent.file_id:  # once, not at each rerun
            problem = _attempt_add_all(taught, sent)
            st.session_state[_TAKEN] = (sent.file_id, problem)
            st.rerun()
        if problem:
            st.error(escape_markdown(problem))


def _attempt_add_all(taught: TaughtSet, sent: UploadedFile) -> str:
    """Add what the file holds; why not, or not all of it, if so."""
    try:
        for each in TaughtSet.from_zip(sent.getvalue()):
            taught.add(each.image, each.label, each.strokes)
    except PlaygroundError as error:
        report_refused_upload("drawings", sent.size, error)
        return str(error)
    return ""


# ---------------------------------------------------------------- training


def _train(taught: TaughtSet) -> None:
    st.button(
        f"Train on with {len(taught)} drawings", type="primary", icon=":material/school:",
        on_click=_start, key="taught_train",
        help="Starts an ordinary run, from the weights of this app's network. Its data are kept "
        "with the run on this server.",
    )  # fmt: skip


def _start() -> None:
    if not is_first_click():
        return
    kept = st.session_state.setdefault(_RUN, [])  # changed in place, where nothing is cut short
    try:
        from playground.networks.default import load_default

        data = OWN_PREFIX + save_own(mixed_dataset(taught_drawings()))
        state = {name: tensor.clone() for name, tensor in load_default().state_dict().items()}
        config = TrainConfig(
            model="cnn", model_options={"channels": len(state["conv1.weight"])}, dataset=data,
            optimizer="adamw", lr=5e-4, weight_decay=0.01, momentum=0.0, batch_size=64, epochs=2,
        )  # fmt: skip
        kept[:] = [manager().start(config, visitor(), weights=state).id]
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)


def _compare(taught: TaughtSet) -> None:
    """What the network said of the drawings before, and what the trained one says."""
    kept = st.session_state.get(_RUN)
    if not kept or not len(taught):
        return
    run_id = kept[0]

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
            st.caption(f"It now reads {last.accuracy:.2%} of MNIST's test digits.")

    try:
        active = manager().get(run_id).status.active
    except PlaygroundError:
        active = False
    with st.container():
        st.fragment(tick, run_every=1.0 if active else None)()
    with st.container(horizontal=True):
        st.page_link(
            "pages/train.py", label="Watch the run", icon=":material/show_chart:",
            query_params={"run": run_id},
        )  # fmt: skip
        st.button(
            "Let it read what you draw", icon=":material/draw:", key="taught_read",
            on_click=read_with, args=([DEFAULT, f"run:{run_id}"],),
        )  # fmt: skip


def _table(taught: TaughtSet, before: Reader, after: Reader) -> None:
    labels = np.array([each.label for each in taught])
    images = np.stack([each.image for each in taught]).astype(np.float32) / 255
    heads = ["", "Before", "Now"]
    tables = [reader.probabilities(images) for reader in (before, after)]
    right = [f"{int((p.argmax(axis=1) == labels).sum())} of {len(labels)}" for p in tables]
    of_true = [f"{p[np.arange(len(labels)), labels].mean():.3f}" for p in tables]
    rows = [["Read right", *right], ["Mean probability of what you meant", *of_true]]
    number_table(heads, rows, label="Your drawings before and after the training")
