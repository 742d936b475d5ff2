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
from playground.ui.kit.buttons import button
from playground.ui.kit.click_guard import is_first_click
from playground.ui.kit.problems import attempt, say_problem
from playground.ui.kit.tables import number_table
from playground.ui.kit.uploads import (
    UploadedFile,
    last_upload,
    require_upload,
    take_upload,
    upload_limit,
)
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.train.controls import steering
from playground.ui.pages.train.network_picture import network_layers, parameter_count
from playground.ui.pages.train.settings import chosen_config
from playground.ui.server.session import manager, visitor

if TYPE_CHECKING:
    from playground.checkpoints import StateDict, WeightsFault

_log = logging.getLogger(__name__)

MAX_MB = 64
"""Of an uploaded file, as `MAX_WEIGHTS_BYTES` of playground.checkpoints."""

MOST_FAULTS = 20
_SAMPLE = 2000
# Parameters up to which the whole test set takes at most about two seconds of two cores.
_WHOLE_TEST_SET, _WHOLE_TEST_SET_CONVOLUTIONAL = 1_000_000, 150_000
_SIZE, _CHECKED, _PART = "_weights_in_size", "_weights_in", "weights_in"


@dataclass(frozen=True, eq=False)
class Judgement:
    """What is to be said of a file of weights for one network.

    Attributes:
        faults: the entries that do not fit, [] if all do.
        weights: the `state_dict`, None unless it fits.
        accuracy, loss: on `examples` test images, from 0 to 1 and in nats.
    """

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

    Raises:
        PlaygroundError: it is refused, in words that may quote the file.
    """
    from playground.checkpoints import MAX_WEIGHTS_BYTES, read_weights, weights_faults
    from playground.inspection import inspect
    from playground.networks.build import build_model

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
    say_problem(_PART, partial(_refused, "The run could not be started."))
    label, types, most = "Weights from a file", ["pt", "pth", "safetensors"], upload_limit(MAX_MB)
    file = st.file_uploader(label, types, key="weights_file", max_upload_size=most)
    if file is None:
        for key in (_CHECKED, _SIZE):  # up to 64 MB that nobody needs any more
            st.session_state.pop(key, None)
        return
    sized = take_upload(_SIZE, file, _check_size, "weights")
    if sized.problem:
        _not_taken(sized.problem)
        return
    try:
        config = chosen_config()
    except PlaygroundError as error:
        _refused("The settings above name no network to fit the weights to.", str(error))
        return
    with_torch(partial(_show, file, config))


def _check_size(file: UploadedFile) -> None:
    require_upload("The file", file.size, MAX_MB)


def _show(file: UploadedFile, config: TrainConfig) -> None:
    def judge(file: UploadedFile) -> Judgement:
        return judge_weights(bytes(file.getbuffer()), config)

    busy = partial(st.spinner, "Reading the weights and trying them on the test images …")
    taken = take_upload(
        _CHECKED, file, judge, "weights", depends_on=_network_key(config), busy=busy
    )
    judgement = taken.value
    if judgement is None:
        _not_taken(taken.problem)
    elif judgement.faults:
        _misfit(judgement.faults)
    else:
        st.success(
            f"They fit. Test accuracy **{judgement.accuracy:.2%}**, test loss "
            f"{judgement.loss:.4f}, on {judgement.examples:,} test images.",
            icon=":material/check_circle:",
        )
        label, tip = "Train on from these weights", "With the settings above and a new optimizer."
        button(label, _train_on, icon="play_arrow", type="primary", help=tip)


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


def _not_taken(problem: str) -> None:
    _refused("This file was not taken, and nothing has changed.", problem)


def _refused(sentence: str, details: str) -> None:
    """A sentence of ours, and below it what may quote the file, as plain text."""
    st.error(sentence, icon=":material/error:")
    st.text(details)


def _train_on() -> None:
    judgement: Judgement | None = last_upload(_CHECKED).value
    weights = judgement.weights if judgement else None
    if weights is None:
        _log.warning("asked to train on from weights that are not there")
        return
    if not is_first_click():
        return
    now = steering()

    def start() -> None:
        now.wanted = manager().start(chosen_config(), visitor(), weights=weights).id

    attempt(_PART, start)
