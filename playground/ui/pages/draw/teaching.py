"""What a drawing was meant to be, the network that learns it, and who of both answers.

It stands under what is read: a label is a press away from the ink that it is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from playground.datasets import save_own
from playground.datasets.catalogue import OWN_PREFIX
from playground.datasets.taught import TaughtSet, mixed_dataset
from playground.drawing import Drawing, drawing_to_json
from playground.errors import InputError, PlaygroundError
from playground.recognition.catalogue import DEFAULT, parse_choice
from playground.recognition.reading import Reading
from playground.training import TrainConfig
from playground.ui.kit.buttons import button
from playground.ui.kit.link_warnings import check_absent
from playground.ui.kit.links import write_parameters
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.problems import attempt, attempt_once, say_problem
from playground.ui.kit.session_object import session_object
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.draw.reader_picker import answer_with
from playground.ui.server.session import manager, taught_drawings, visitor
from playground.validation import counted, with_article

_PART = "meant"
TEACHING = "teaching"
"""The parameter with the run that is to answer."""
_NAME = "Taught with"  # before a number of drawings


@dataclass(eq=False)
class Teaching:
    """The labels that clicks have said, whether the page says why they are not taught, the run
    that was started last, whether it was let answer when it had finished, and the taught network
    that is a press away.
    """

    meant: list[int] = field(default_factory=list)
    is_refused: bool = False
    run_id: str = ""
    is_followed: bool = False
    answering: str = ""


def say_what_is_meant(
    read: Callable[[], Reading | None], drawing: Drawing | None, choices: list[str]
) -> None:
    """Under what is read: the buttons that say which digit it is, that teach it, and that choose
    who answers; `page_style.css` knows them by their keys.

    Args:
        read: what is there now; None if nobody can read.
        drawing: its strokes, if it has any.
        choices: who reads, the first in large.
    """
    taught = taught_drawings()
    if session_object(Teaching).meant:
        with_torch(lambda: _add_what_was_meant(taught, read(), drawing))
    with st.container(horizontal=True, vertical_alignment="center", key="sp_meant"):
        with st.container(horizontal=True, vertical_alignment="center", key="sp_labels"):
            st.markdown("This is a", width="content")
            for k in range(10):
                tip = f"Add the drawing to your collection as {with_article(k)}"
                button(str(k), _mean, k, key=f"taught_as_{k}", help=tip)
        if len(taught):
            _train(len(taught))
        _choose_who_answers(choices)
    session_object(Teaching).is_refused = False
    say_problem(_PART, _refuse)
    _progress()


def _refuse(problem: str) -> None:
    session_object(Teaching).is_refused = True
    st.error(escape_markdown(problem))


def is_refused() -> bool:
    """Whether the page says why a drawing is not taught, which is of no other drawing."""
    return session_object(Teaching).is_refused


def _mean(label: int) -> None:
    """Note it for the run to come: who clicks right after a stroke means that stroke, too, and
    the page knows it only then. Quick clicks come together; each label counts once.
    """
    meant = session_object(Teaching).meant
    if label not in meant:
        meant.append(label)


def _add_what_was_meant(
    taught: TaughtSet, reading: Reading | None, drawing: Drawing | None
) -> None:
    now = session_object(Teaching)

    def add() -> None:
        labels, now.meant = now.meant, []
        if reading is None:
            return
        if reading.is_empty:
            raise InputError("Nothing is drawn yet", advice="Draw a digit first")
        if reading.is_number:
            raise one_at_a_time(reading)
        strokes = "" if drawing is None else drawing_to_json(drawing)
        for label in labels:
            taught.add(reading.digits[0].digit, label, strokes)

    attempt(_PART, add)


def one_at_a_time(reading: Reading) -> InputError:
    """What is said to a number that is to be taught."""
    here = " / ".join(reading.lines)
    return InputError(f"Here is {here}", advice="To teach it, draw one digit at a time")


def _train(count: int) -> None:
    drawings = counted(count, "drawing")
    tip = (
        "Starts an ordinary run, from the weights of this app's network. Its data are kept with "
        "the run on this server. When it has finished, it answers."
    )
    now = session_object(Teaching)
    button(
        f"Teach it with {drawings}",
        _start,
        icon="school",
        type="primary",
        key="start_teaching",
        disabled=bool(now.run_id) and is_active(now.run_id),
        help=tip,
    )


def _start() -> None:
    now = session_object(Teaching)

    def start() -> None:
        from playground.networks.default import load_default

        count = len(taught_drawings())
        data = OWN_PREFIX + save_own(mixed_dataset(taught_drawings()))
        state = {name: tensor.clone() for name, tensor in load_default().state_dict().items()}
        config = _config(data, len(state["conv1.weight"]))
        run = manager().start(config, visitor(), weights=state)
        now.is_followed = False
        now.run_id = run.id
        manager().rename(run.id, visitor(), f"{_NAME} {counted(count, 'drawing')}")

    attempt_once(_PART, start)


def _config(dataset: str, channels: int) -> TrainConfig:
    return TrainConfig(
        model="cnn",
        model_options={"channels": channels},
        dataset=dataset,
        optimizer="adamw",
        lr=5e-4,
        weight_decay=0.01,
        momentum=0.0,
        batch_size=64,
        epochs=2,
    )


def _progress() -> None:
    """How far the run is, until it answers."""
    run_id = session_object(Teaching).run_id
    if not run_id or not is_active(run_id):
        return

    def tick() -> None:
        try:
            run = manager().get(run_id)
            manager().renew(run_id)
        except PlaygroundError as error:
            st.caption(escape_markdown(str(error)))
            return
        if not run.status.active:
            st.rerun()
        st.progress(run.status.progress, text="The network trains on with your drawings.")

    live_fragment(tick, run_every=1.0, shows="teaching")


# ---------------------------------------------------------------- who answers


def follow_teaching() -> None:
    """Let the taught network answer, once, as soon as its run has finished. Until then the run is
    in the address, so that a reload does not lose it.

    Call it after the link was read and before the choice of networks is drawn.
    """
    now = session_object(Teaching)
    run_id = now.run_id or st.query_params.get(TEACHING, "")
    if not run_id or now.is_followed:
        return
    try:
        status = manager().get(run_id).status
    except PlaygroundError:
        check_absent("Taught network", TEACHING, "no such run")
        return
    now.run_id = run_id
    if status.state == "finished":
        answer_with(f"run:{run_id}", DEFAULT)
        now.is_followed = True
    write_parameters({TEACHING: run_id if status.active else None})


def _choose_who_answers(choices: list[str]) -> None:
    """The app's own network or the taught one: the other one is a press away."""
    now = session_object(Teaching)
    answers = next((choice for choice in choices if _is_taught(choice)), "")
    if answers:
        now.answering = answers
        label, other, one = "Ask this app's network", DEFAULT, answers
    elif now.answering:
        label, other, one = "Ask the taught network", now.answering, DEFAULT
    else:
        return
    button(label, answer_with, other, one, icon="swap_horiz", key="answer_other")
    tip = "This app's network answers, as before. The run and your drawings are kept."
    button("Forget", _forget, key="answer_forget", help=tip)


def _forget() -> None:
    now = session_object(Teaching)
    answer_with(DEFAULT, now.answering or DEFAULT)
    now.answering = ""


def _is_taught(choice: str) -> bool:
    """Whether it is a network that was taught here, whoever did it."""
    try:
        run_id, _ = parse_choice(choice)
        if run_id is None:
            return False
        config = manager().get(run_id).config
        channels = config.model_options.get("channels", 1)
        is_own = config.dataset.startswith(OWN_PREFIX)
        return is_own and config == _config(config.dataset, channels)
    except PlaygroundError:  # no such run, or no such network
        return False


def is_active(run_id: str) -> bool:
    """Whether a run goes on; not if there is none."""
    try:
        return manager().get(run_id).status.active
    except PlaygroundError:
        return False
