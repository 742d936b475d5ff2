"""Weights from a file: do they fit, how good are they, and training on from them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from playground.datasets.catalogue import class_count
from playground.errors import ConfigError, InputError, PlaygroundError
from playground.networks.likeness import Likeness
from playground.runs import Run
from playground.training import TrainConfig
from playground.ui.kit.buttons import button
from playground.ui.kit.problems import attempt_once, say_problem
from playground.ui.kit.session_object import session_object
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.uploads import (
    UploadedFile,
    last_upload,
    require_upload,
    take_upload,
    upload_limit,
)
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.train.controls import steering
from playground.ui.pages.train.settings import chosen_config, set_config
from playground.ui.pages.train.weight_judgement import Judgement, judge_weights
from playground.ui.server.session import manager, visitor
from playground.validation import percent

if TYPE_CHECKING:
    from playground.checkpoints import Match

_log = logging.getLogger(__name__)

MAX_MB = 64
"""Of an uploaded file, as `MAX_WEIGHTS_BYTES` of playground.checkpoints."""

MOST_FAULTS = 20
_TYPES = ["pt", "pth", "ckpt", "bin", "safetensors"]
_CHOOSE = " Choose above the network, its sizes and its classes that they were saved from."
_SIZE, _CHECKED, _PART = "_weights_in_size", "_weights_in", "weights_in"


@dataclass(eq=False)
class _Way:
    """Which network the drawing page shall read with, once a click has asked for it."""

    reader: str = ""


def weights_in() -> None:
    """An uploader, what is to be said of the file, and a button that trains on from it."""
    st.markdown(
        "A file of PyTorch (`.pt`, `.pth`) or of safetensors with the weights of one of the "
        "networks above, or of PyTorch's own MNIST example. Nothing in it is run."
    )
    way = session_object(_Way)
    reader, way.reader = way.reader, ""
    if reader:
        st.switch_page("pages/draw.py", query_params={"readers": reader})
    say_problem(_PART, partial(_refused, "The run could not be started."))
    label, most = "Weights from a file", upload_limit(MAX_MB)
    file = st.file_uploader(label, _TYPES, key="weights_file", max_upload_size=most)
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
    network = _network_key(config)
    place_key = f"weights_place_{file.file_id}"
    so_key = f"weights_so_{file.file_id}_{crc32(network.encode()):08x}"  # for this network alone
    place, as_offered = (st.session_state.get(key) for key in (place_key, so_key))

    def judge(file: UploadedFile) -> Judgement:
        content = bytes(file.getbuffer())
        return judge_weights(content, config, place=place, as_offered=bool(as_offered))

    busy = partial(st.spinner, "Reading the weights and trying them on the test images …")
    depends_on = (network, place, bool(as_offered))
    taken = take_upload(_CHECKED, file, judge, "weights", depends_on=depends_on, busy=busy)
    judgement = taken.value
    if judgement is None:
        _not_taken(taken.problem)
        return
    if judgement.places:
        index = judgement.places.index(judgement.place)
        st.selectbox("Which weights of the file?", judgement.places, index, key=place_key)
    if judgement.offer:
        _offer(judgement.offer)
        st.toggle("Take them so", key=so_key)
    for like in judgement.others:
        _another_network(like, config)
    if judgement.faults:
        _misfit(judgement)
    if judgement.weights:
        _fit(judgement, file.name)
    if judgement.read:
        st.text(judgement.read)  # it may quote the file


def _fit(judgement: Judgement, name: str) -> None:
    st.success(
        f"They fit. Test accuracy **{percent(judgement.accuracy, 2)}**, test loss "
        f"{judgement.loss:.4f}, on {judgement.examples:,} test images.",
        icon=":material/check_circle:",
    )
    if judgement.offer:
        st.caption(
            "The file does not say how the network computes with them. If it reads worse here "
            "than where it comes from: here pixels are from 0 to 1, with ReLU between the layers."
        )
    with st.container(horizontal=True):
        label, tip = "Train on from these weights", "With the settings above and a new optimizer."
        button(label, _train_on, icon="play_arrow", key="start_on", type="primary", help=tip)
        label, tip = "Read drawings with them", "As they are: a run is made of them and stopped."
        button(label, _read_with, name, icon="draw", key="start_reader", help=tip)


def _offer(offer: Match) -> None:
    """What would have to be done to the weights, which only a person can know to be right."""
    if offer.renamed:
        order = " in the same order" if offer.in_order else ""
        said = f"The weights have the same shapes as the chosen network{order}, under other names"
        said += ", and transposed." if offer.transposed else "."
    else:
        said = "The weights have the names of the chosen network, and every matrix is transposed."
    st.info(said, icon=":material/help:")
    rows = [
        (own, theirs + " (transposed)" * (offer.transposed and own.endswith("weight")))
        for own, theirs in offer.names.items()
    ]
    number_table(("Here", "In the file"), rows, label="What would be taken for what")


def _another_network(like: Likeness, config: TrainConfig) -> None:
    """Say which network the weights are of, and offer to choose it."""
    words = like.words
    verb = "are weights of" if like.same_names else "have the layers, under other names, of"
    try:
        wanted = config_for(like, config)
    except ConfigError as error:
        st.info(f"These {verb} **{words}**. {escape_markdown(str(error))}", icon=":material/help:")
        return
    text = f"These {verb} **{words}**."
    if wanted.classes is not None and wanted.classes != config.classes:
        text += (
            " The file does not say which classes it tells apart: the first "
            f"{like.outputs} are taken, which can be changed above, under Settings."
        )
    st.info(text, icon=":material/help:")
    button(f"Choose {words}", set_config, wanted, icon="swap_horiz", key=f"like_{like.spec.name}")


def config_for(like: Likeness, config: TrainConfig) -> TrainConfig:
    """The settings with another network, and as many classes as its weights tell apart.

    Raises:
        ConfigError: the data have fewer classes.
    """
    spec, count = like.spec, class_count(config.dataset)
    options = {key: value for key, value in like.options.items() if value != spec.defaults[key]}
    classes = config.classes
    if spec.binary:
        classes = classes if classes and len(classes) <= 2 else None
    elif like.outputs > count:
        raise ConfigError(
            f"They have {like.outputs} logits, and the chosen data {count} classes",
            advice="Choose the data they were trained on",
        )
    elif classes is None or len(classes) != like.outputs:
        usual = like.outputs == min(spec.classes, count)
        classes = None if usual else tuple(range(like.outputs))
    return replace(config, model=spec.name, model_options=options, classes=classes)


def _network_key(config: TrainConfig) -> str:
    """What a judgement depends on besides the file."""
    parts = [config.model, dict(config.model_options), config.output_classes, config.dataset]
    return json.dumps(parts, sort_keys=True)


def _misfit(judgement: Judgement) -> None:
    faults = judgement.faults
    advice = "" if judgement.others else _CHOOSE
    st.error(
        f"These weights do not fit the chosen network, and nothing has changed.{advice}",
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
    _begin(lambda run: None)


def _read_with(name: str) -> None:
    def stopped(run: Run) -> None:
        manager().stop(run.id, visitor())
        with suppress(InputError):  # a name that a run cannot have: it keeps its usual one
            manager().rename(run.id, visitor(), name)
        session_object(_Way).reader = f"run:{run.id}@0"  # before any step

    _begin(stopped)


def _begin(then: Callable[[Run], None]) -> None:
    """Start a run from the weights that were tried last, and show it."""
    judgement: Judgement | None = last_upload(_CHECKED).value
    weights = judgement.weights if judgement else None
    if weights is None:
        _log.warning("asked to begin with weights that are not there")
        return
    now = steering()

    def start() -> None:
        run = manager().start(chosen_config(), visitor(), weights=weights)
        now.wanted = run.id
        then(run)

    attempt_once(_PART, start)
