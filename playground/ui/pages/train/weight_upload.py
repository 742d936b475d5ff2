"""Weights from a file: do they fit, how good are they, and training on from them."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

import streamlit as st

from playground.errors import ConfigError, PlaygroundError
from playground.training import TrainConfig
from playground.ui.kit.click_guard import is_first_click
from playground.ui.kit.tables import number_table
from playground.ui.kit.uploads import report_refused_upload, require_upload, upload_limit
from playground.ui.pages.train.controls import steering
from playground.ui.pages.train.network_picture import network_layers, parameter_count
from playground.ui.pages.train.settings import chosen_config
from playground.ui.server.lazy_torch import with_torch
from playground.ui.server.session import manager, visitor

if TYPE_CHECKING:
    from playground.checkpoints import StateDict, WeightsFault
    from playground.ui.kit.uploads import UploadedFile

_log = logging.getLogger(__name__)

MAX_MB = 64
"""Of an uploaded file, as `MAX_WEIGHTS_BYTES` of playground.checkpoints."""

MOST_FAULTS = 20
_SAMPLE = 2000
# Parameters up to which the whole test set takes at most about two seconds of two cores.
_WHOLE_TEST_SET, _WHOLE_TEST_SET_CONVOLUTIONAL = 1_000_000, 150_000
_CHECKED, _PROBLEM, _REPORTED = "_weights_in", "_weights_in_problem", "_weights_in_reported"


@dataclass(frozen=True, eq=False)
class Judgement:
    """What is to be said of a file of weights for one network.

    Attributes:
        problem: why it was refused, as plain text that may quote the file; "" if it was not.
        faults: the entries that do not fit, [] if all do.
        weights: the `state_dict`, None unless it fits.
        accuracy, loss: on `examples` test images, from 0 to 1 and in nats.
    """

    problem: str = ""
    faults: Sequence[WeightsFault] = ()
    weights: StateDict | None = None
    accuracy: float = 0.0
    loss: float = 0.0
    examples: int = 0


def judge_weights(content: bytes, config: TrainConfig) -> Judgement:
    """Read a file that may come from a stranger and try what it holds. Imports PyTorch.

    Nothing in the file is run, whatever it says; a file with a number that is NaN or
    infinite is refused, because nothing can be trained on from it.

    Args:
        content: of a `.pt` or `.safetensors` file; told by the content.
        config: the network and the data it is to fit.
    """
    from playground.checkpoints import MAX_WEIGHTS_BYTES, read_weights, weights_faults
    from playground.inspection import inspect
    from playground.networks.build import build_model

    try:
        parameters = parameter_count(config)
        if 4 * parameters > MAX_WEIGHTS_BYTES:
            raise ConfigError(
                f"The chosen network has {parameters:,} parameters",
                allowed=f"at most {MAX_WEIGHTS_BYTES // 4:,} for weights from a file",
                advice="Choose a smaller network",
            )
        expected = build_model(config.model, seed=0, **config.network_options).state_dict()
        state = read_weights(content)
        if faults := weights_faults(state, expected):
            return Judgement(faults=faults)
        weights = cast("StateDict", state)
        dense = network_layers(config)[0].kind == "Linear"
        limit = _WHOLE_TEST_SET if dense else _WHOLE_TEST_SET_CONVOLUTIONAL
        seen = inspect(config, weights, sample=_SAMPLE if parameters > limit else None, worst=1)
    except PlaygroundError as error:
        return Judgement(problem=str(error))
    return Judgement(
        weights=weights,
        accuracy=seen.accuracy,
        loss=float(seen.losses.mean()),
        examples=len(seen.losses),
    )


def weights_in() -> None:
    """An uploader, what is to be said of the file, and a button that trains on from it."""
    st.markdown(
        "A `.pt` file with a `state_dict`, or a `.safetensors` file, of the network chosen in "
        "the settings above. Nothing in it is run."
    )
    if problem := st.session_state.pop(_PROBLEM, ""):
        _refused("The run could not be started.", problem)
    file = st.file_uploader(
        "Weights from a file", type=["pt", "pth", "safetensors"], key="weights_file",
        max_upload_size=upload_limit(MAX_MB),
    )  # fmt: skip
    if file is None:
        st.session_state.pop(_CHECKED, None)  # up to 64 MB that nobody needs any more
        return
    try:
        require_upload("The file", file.size, MAX_MB)
    except PlaygroundError as error:
        _not_taken(file.file_id, file.size, str(error))
        return
    try:
        config = chosen_config()
    except PlaygroundError as error:
        _refused("The settings above name no network to fit the weights to.", str(error))
        return
    with_torch(partial(_show, file, config))


def _show(file: UploadedFile, config: TrainConfig) -> None:
    key = (file.file_id, _network_key(config))
    known, judgement = st.session_state.get(_CHECKED, (None, None))
    if known != key or judgement is None:
        with st.spinner("Reading the weights and trying them on the test images …"):
            judgement = judge_weights(bytes(file.getbuffer()), config)
        st.session_state[_CHECKED] = (key, judgement)
    if judgement.problem:
        _not_taken(file.file_id, file.size, judgement.problem)
    elif judgement.faults:
        _misfit(judgement.faults)
    else:
        st.success(
            f"They fit. Test accuracy **{judgement.accuracy:.2%}**, test loss "
            f"{judgement.loss:.4f}, on {judgement.examples:,} test images.",
            icon=":material/check_circle:",
        )
        st.button(
            "Train on from these weights", type="primary", icon=":material/play_arrow:",
            on_click=_train_on, help="With the settings above and a new optimizer.",
        )  # fmt: skip


def _network_key(config: TrainConfig) -> str:
    """What a judgement depends on besides the file."""
    parts = [config.model, dict(config.model_options), config.output_classes, config.dataset]
    return json.dumps(parts, sort_keys=True)


def _misfit(faults: Sequence[WeightsFault]) -> None:
    st.error(
        "These weights do not fit the chosen network. Choose above the network, its sizes and "
        "its classes that they were saved from.",
        icon=":material/error:",
    )
    rows = [(fault.entry or "the file", fault.problem) for fault in faults[:MOST_FAULTS]]
    number_table(("Entry", "Problem"), rows, label="What does not fit")
    if len(faults) > MOST_FAULTS:
        st.caption(f"and {len(faults) - MOST_FAULTS:,} more")


def _not_taken(file_id: str, size: int, problem: str) -> None:
    """Say why, and tell the log of each file once, however often the page runs."""
    if st.session_state.get(_REPORTED) != file_id:
        st.session_state[_REPORTED] = file_id
        report_refused_upload("weights", size, problem)
    _refused("This file was not taken, and nothing has changed.", problem)


def _refused(sentence: str, details: str) -> None:
    """A sentence of ours, and below it what may quote the file, as plain text."""
    st.error(sentence, icon=":material/error:")
    st.text(details)


def _train_on() -> None:
    _, judgement = st.session_state.get(_CHECKED, (None, None))
    weights = judgement.weights if isinstance(judgement, Judgement) else None
    if weights is None:
        _log.warning("asked to train on from weights that are not there")
        return
    if not is_first_click():
        return
    now = steering()
    try:
        now.wanted = manager().start(chosen_config(), visitor(), weights=weights).id
    except PlaygroundError as error:
        st.session_state[_PROBLEM] = str(error)
