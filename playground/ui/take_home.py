"""What of a run can be taken home: its code, its weights, its numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from playground.export import Change, history_csv, training_notebook, training_script
from playground.runs import Run
from playground.ui.torch_ready import with_torch


def take_home(run: Run) -> None:
    """Buttons that download a stand-alone script, a notebook, weights and numbers."""
    st.markdown(
        "The script needs PyTorch and torchvision only and prints the losses of this very run; "
        "the notebook explains it phase by phase."
    )
    with st.container(horizontal=True):
        _code(run)
        _button("History (CSV)", lambda: _history(run), "history.csv", "text/csv", "table")
        with_torch(partial(_weights, run))


def _code(run: Run) -> None:
    if run.origin is not None:
        st.caption("A run that went on from another one has no script of its own.")
        return
    changes = _changes(run)
    _button(
        "PyTorch script", lambda: training_script(run.config, changes).encode(), "train.py",
        "text/x-python", "code",
    )  # fmt: skip
    _button(
        "Notebook", lambda: training_notebook(run.config, changes).encode(), "train.ipynb",
        "application/x-ipynb+json", "menu_book",
    )  # fmt: skip


def _changes(run: Run) -> list[Change]:
    return [Change(each.step, **{each.name: each.value}) for each in run.changes]


def _history(run: Run) -> bytes:
    training, test = run.history.training_rows(), run.history.test_rows()
    rows = (zip(each.x, *each.columns.values(), strict=True) for each in (training, test))
    return history_csv(*map(list, rows)).encode()


def _weights(run: Run) -> None:
    from playground.checkpoints import weights_to_bytes, weights_to_safetensors

    moments = run.snapshots
    if not moments:
        st.caption("There are no weights yet.")
        return
    step = moments[-1].step
    for label, write, suffix in (
        ("Weights (.pt)", weights_to_bytes, "pt"),
        ("Weights (.safetensors)", weights_to_safetensors, "safetensors"),
    ):
        _button(
            label, partial(_written, run, step, write), f"weights-step-{step}.{suffix}",
            "application/octet-stream", "download",
        )  # fmt: skip


def _written(run: Run, step: int, write: Callable[..., bytes]) -> bytes:
    return write(run.store.read_weights(step))


def _button(label: str, make: Callable[[], bytes], name: str, kind: str, icon: str) -> None:
    """A download whose content is made when it is clicked, not at each rerun."""
    st.download_button(
        label, make, name, kind, key=f"download_{name}", on_click="ignore",
        icon=f":material/{icon}:",
    )  # fmt: skip
