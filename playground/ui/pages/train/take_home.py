"""What of a run can be taken home: its code, its weights, its numbers; and weights brought in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files

import streamlit as st

from playground.datasets.catalogue import own_id
from playground.datasets.own_store import own_file
from playground.errors import PlaygroundError, RunNotFoundError
from playground.export import (
    OWN_IMAGES,
    START_WEIGHTS,
    history_csv,
    training_notebook,
    training_script,
)
from playground.runs import Run
from playground.runs.protocol import event_from_message
from playground.runs.store import RunStore
from playground.training import Event
from playground.ui.kit.downloads import download
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.train.weight_upload import weights_in
from playground.ui.server.session import visitor

_download = partial(download, width="stretch")


def take_home(run: Run | None) -> None:
    """Buttons that download code, weights and numbers of a run, and an uploader of weights."""
    if run is None:
        st.caption("Start a run to take its code, its weights and its numbers home.")
        st.markdown("**Weights in**")
        weights_in()
        return
    code, weights, numbers = st.columns(3, gap="medium")
    with code:
        st.markdown("**Code**")
        _code(run)
    with weights:
        st.markdown("**Weights**")
        with_torch(partial(_weights, run))
    with numbers:
        st.markdown("**Numbers**")
        st.caption(
            "Every step: loss and accuracy of its batch, seconds of training, learning rate, and "
            "the test after each epoch."
        )
        _download("History (CSV)", lambda: _history(run), "history.csv", "text/csv", icon="table")
    if run.config.is_written_out:
        _backward()
    with st.expander("Weights in: train on from a file", icon=":material/upload:"):
        weights_in()


def _code(run: Run) -> None:
    """Script and notebook, if they would give the very losses of this run."""
    if run.origin is not None and not _began_with_weights(run):
        st.caption(
            "A run that went on in the middle of another one has no script of its own: its "
            "optimizer and the order of its batches came from there."
        )
        return
    data_id = own_id(run.config.dataset)
    needs = "PyTorch and torchvision only" if data_id is None else f"PyTorch, NumPy, {OWN_IMAGES}"
    st.caption(
        f"The script needs {needs} and prints the losses of this very run; the notebook "
        "explains it phase by phase."
    )

    def written(write: Callable[..., str]) -> bytes:
        from_weights, threads = run.origin is not None, run.status.threads
        # As they are at the click: a rate may have been changed since, on another page.
        return write(run.config, run.changes, from_weights=from_weights, threads=threads).encode()

    script, notebook = partial(written, training_script), partial(written, training_notebook)

    _download("PyTorch script", script, "train.py", "text/x-python", icon="code")
    _download("Notebook", notebook, "train.ipynb", "application/x-ipynb+json", icon="menu_book")
    if data_id is not None and run.owned_by(visitor()):  # others may look at the run only
        _download("Your images", partial(own_file, data_id), OWN_IMAGES, icon="image")
    if run.origin is not None:
        with_torch(partial(_start_weights, run))


def _backward() -> None:
    """The chain rule as the app itself trains by it, for whoever asks what `backward` does."""
    with st.expander("What loss.backward() does, written out", icon=":material/undo:"):
        st.caption(
            "The script calls `loss.backward()`. For a network like this run's it comes to the "
            "following. On a CPU the app trains with this very file: it is faster, and the losses "
            "are the script's, to the last digit."
        )
        st.code(files("playground.training").joinpath("dense_step.py").read_text("utf-8"))


def _began_with_weights(run: Run) -> bool:
    """Whether it began at step 0, with nothing but weights, which are still there."""
    origin = run.origin
    begins = origin is not None and origin.step == 0 and not origin.optimizer_state
    return begins and any(one.step == 0 for one in run.snapshots)


def _start_weights(run: Run) -> None:
    from playground.checkpoints import weights_to_bytes

    st.caption(f"Both begin with the weights in {START_WEIGHTS}: put it beside them.")
    _download("Weights at the start", partial(_written, run, 0, weights_to_bytes), START_WEIGHTS)


def _kept(run: Run) -> RunStore:
    """What is kept of the run on the disk.

    Raises:
        RunNotFoundError: nothing; that there is no file is said below the button.
    """
    if not run.store.exists():
        raise RunNotFoundError(
            "Nothing of this run is on the disk; it may have been deleted, in another tab or "
            "because it was old"
        )
    return run.store


def _history(run: Run) -> bytes:
    return history_csv(_events(_kept(run))).encode()


def _events(store: RunStore) -> Iterator[Event]:
    """What was written of the run, up to the first damage, of which the page says so."""
    with contextlib.suppress(PlaygroundError):
        for message in store.read_metrics():
            yield event_from_message(message)


def _weights(run: Run) -> None:
    from playground.checkpoints import weights_to_bytes, weights_to_safetensors

    moments = run.snapshots
    if not moments:
        st.caption("There are no weights yet.")
        return
    step = moments[-1].step
    st.caption(
        f"After step {step:,}, under the names of the network's layers: PyTorch reads .pt, "
        "other frameworks .safetensors."
    )
    kinds = ((weights_to_bytes, "pt"), (weights_to_safetensors, "safetensors"))
    for write, suffix in kinds:
        file = f"weights-step-{step}.{suffix}"
        _download(f"Weights (.{suffix})", partial(_written, run, step, write), file)
    if (best := run.best) is None or best[0].step == step:
        return
    moment, test = best
    st.caption(f"The best, after epoch {test.epoch}: its test loss is the lowest, {test.loss:.4g}.")
    for write, suffix in kinds:
        file = f"weights-best-step-{moment.step}.{suffix}"
        _download(f"Best weights (.{suffix})", partial(_written, run, moment.step, write), file)


def _written(run: Run, step: int, write: Callable[..., bytes]) -> bytes:
    return write(_kept(run).snapshots.read_weights(step))
