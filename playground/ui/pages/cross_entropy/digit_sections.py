"""The sections of the cross-entropy lesson with real digits: one of them, and 64."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground import charts, maths
from playground.data import load_mnist
from playground.lessons import states, untrained
from playground.lessons.results import wall_of
from playground.lessons.states import MOST_SEEDS, TEST_IMAGES, CrossEntropyState
from playground.linear_network import linear_logits, load_linear
from playground.networks import NETWORKS
from playground.ui.components.digit_flow import digit_flow
from playground.ui.components.digit_wall import digit_wall
from playground.ui.components.figure import figure
from playground.ui.kit.buttons import button
from playground.ui.kit.pictures import picture
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import short
from playground.ui.kit.url_state import LinkedState
from playground.validation import counted, with_article

Linked = LinkedState[CrossEntropyState]


def digit_section(linked: Linked, state: CrossEntropyState, ask: Callable[[], None]) -> None:
    """One test digit on its way through a network to ten logits, probabilities, a loss."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Test digit", 0, TEST_IMAGES - 1, step=1, width=150, **linked.number_control("digit")
        )
        button("Any digit", _any_digit, linked, icon="casino")
        control, name_of = linked.control("network"), lambda name: NETWORKS[name].title
        st.selectbox("Network", list(states.NETWORKS), format_func=name_of, width=290, **control)
        if state.network == "linear":
            _moment_choice(linked)
    ask()
    test = load_mnist("test")
    image, label = test.images[state.digit].numpy(), int(test.labels[state.digit])
    if state.network == "linear":
        digit_flow(image, label, load_linear()[state.moment], key="flow", index=state.digit)
    else:
        _untrained(state, image, label)
    if state.network != "binary":  # one logit has no class to be compared with
        button("Open these logits in the sliders", _open_digit, linked, icon="tune")


def _untrained(state: CrossEntropyState, image: NDArray[np.uint8], label: int) -> None:
    """Shapes at each arrow, and what the network says before it has learned anything."""
    left, right = st.columns([1, 3], gap="medium")
    with left:
        name = f"test digit {state.digit}: {with_article(label)}"
        picture(image, caption=name, alt=name.capitalize(), width=140)
    logits = untrained.logits(state.network, image)
    with right:
        rows = [
            [s.name, s.weights, s.output, f"{s.parameters:,}" if s.parameters else ""]
            for s in untrained.steps(state.network)
        ]
        heads = ["Step", "$W$", "Result", "Parameters"]
        number_table(heads, rows, label="Layers and their shapes")
        st.markdown(_answer(state.network, logits, label))
        if state.network in {"hidden", "binary"}:
            error = untrained.shape_error(state.network)
            st.info(
                "As printed, the notebook hands the input to the second layer and fails at the "
                f"first batch: `{error}`. Here it is the hidden activation.",
                icon=":material/bug_report:",
            )
        icon, query = ":material/show_chart:", {"model": state.network}
        st.page_link("pages/train.py", label="Train this network", icon=icon, query_params=query)


def _answer(network: str, logits: tuple[float, ...], label: int) -> str:
    if network == "binary":
        p = maths.sigmoid(logits[0])
        text = f"s = {short(logits[0])} → σ(s) = {short(float(p))}, the probability of class 1"
        loss = maths.binary_cross_entropy(logits[0], label) if label < 2 else None
    else:
        p_all = ", ".join(short(p) for p in maths.softmax(logits))
        text = f"z = [{', '.join(short(z) for z in logits)}]  \np = [{p_all}]"
        loss = maths.cross_entropy(logits, label) if label < len(logits) else None
    known = NETWORKS[network].classes
    if loss is None:
        return f"{text}  \nA {label} is none of its classes, 0 to {known - 1}: there is no loss."
    return (
        f"{text}  \nLoss **{short(loss)}**; log {known} = {short(float(np.log(known)))} is what "
        "knowing nothing costs."
    )


def wall_section(linked: Linked, state: CrossEntropyState, ask: Callable[[], None]) -> None:
    """64 test digits, each framed by its loss, and all losses in order."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Batch (seed)", 0, MOST_SEEDS - 1, step=1, width=150, **linked.number_control("seed")
        )
        button("Another 64", _any_batch, linked, icon="casino")
        _moment_choice(linked)
        st.toggle("Worst first", **linked.control("worst_first"))
    ask()
    indices, readout = wall_of(state)
    losses = readout.losses
    mean, median = float(losses.mean()), float(np.median(losses))
    wrong = int((~readout.hits).sum())
    st.markdown(
        f"Mean loss **{short(mean)}**, median **{short(median)}**, largest "
        f"**{short(float(losses.max()))}**; {int((losses > mean).sum())} of {len(readout)} lie "
        f"above the mean and {wrong} {'is' if wrong == 1 else 'are'} read wrong. Click a digit to "
        "open its logits."
    )
    images = load_mnist("test").images.numpy()[indices]
    order = np.argsort(-losses, kind="stable") if state.worst_first else np.arange(len(losses))
    wall, bars = st.columns([3, 2], gap="medium")
    with wall:
        digit_wall(
            images,
            readout,
            key="wall",
            on_pick=partial(_pick, linked),
            order=order.tolist(),
            indices=indices.tolist(),
            among=TEST_IMAGES,
        )
    with bars:
        figure(charts.sorted_losses(losses, readout.hits), key="sorted", height=410)


def _moment_choice(linked: Linked) -> None:
    moments = load_linear()
    st.segmented_control(
        "Trained",
        range(len(moments)),
        format_func=lambda i: _name(moments[i].epoch, moments[i].test_accuracy),
        help="Epochs of training, and the part of the test set that is then read right.",
        **linked.control("moment"),
    )


def _name(epochs: int, accuracy: float) -> str:
    return f"{counted(epochs, 'epoch')}: {accuracy:.0%}"


def _open_digit(linked: Linked) -> None:
    state = linked.state
    test = load_mnist("test")
    image, label = test.images[state.digit].numpy(), int(test.labels[state.digit])
    if state.network == "linear":
        logits = tuple(linear_logits(image, load_linear()[state.moment])[0].tolist())
    else:
        logits = untrained.logits(state.network, image)
    target = label if label < len(logits) else 0
    linked.change(section="example", logits=logits, target=target)


def _pick(linked: Linked, index: int) -> None:
    test = load_mnist("test")
    logits = linear_logits(test.images[index].numpy(), load_linear()[linked.state.moment])[0]
    target = int(test.labels[index])
    linked.change(section="example", logits=tuple(logits.tolist()), target=target)


def _any_digit(linked: Linked) -> None:
    linked.change(digit=random.randrange(TEST_IMAGES))


def _any_batch(linked: Linked) -> None:
    linked.change(seed=random.randrange(MOST_SEEDS))
