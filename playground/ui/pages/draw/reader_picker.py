"""Who reads the drawing: the choice of up to four networks, kept in the link."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import streamlit as st

from playground.errors import PlaygroundError
from playground.recognition.catalogue import DEFAULT, parse_choice, reader_choices
from playground.recognition.reading import MOST_READERS
from playground.ui.kit.buttons import button
from playground.ui.kit.links import goes_back
from playground.ui.kit.session_object import session_object
from playground.ui.kit.url_state import visit
from playground.ui.server.session import manager, visitor

_KEY = "draw_readers"
QUERY = "readers"
"""The parameter with the ids of the chosen."""
LATEST = "latest"


@dataclass(eq=False)
class _Linked:
    """The choices in the address, and in which visit of the page it was last read for them."""

    choices: list[str] = field(default_factory=list)
    visit: int = -1


def follow_back() -> None:
    """Choose what the address names if the browser has gone back to it. Before all of the page."""
    if goes_back():
        _read_address()


def choose_readers() -> list[str]:
    """Draw the choice and return the ids of the chosen, as `load_reader` takes them."""
    titles = {choice.id: choice.title for choice in reader_choices(visitor(), manager())}
    chosen = _chosen()
    for choice in session_object(_Linked).choices:  # perhaps a moment, or somebody else's run
        titles.setdefault(choice, _title_of(choice))
    known = [choice for choice in chosen if choice in titles]
    if known != chosen:
        st.session_state[_KEY] = known or [DEFAULT]
    chosen = st.multiselect(
        "Read by",
        list(titles),
        format_func=lambda choice: titles[choice],
        key=_KEY,
        persist_state="session",
        max_selections=MOST_READERS,
        width=460,
        help="The network of this app, and your own runs: also while they train.",
    )
    chosen = [_at_moment(choice, titles[choice]) for choice in chosen or [DEFAULT]]
    _link(chosen)
    return chosen


def _chosen() -> list[str]:
    """The ids of the chosen; those in the address if a link has just led here."""
    linked = session_object(_Linked)
    if linked.visit != visit():
        if QUERY in st.query_params or _KEY not in st.session_state:
            _read_address()
        linked.visit = visit()
    chosen: list[str] = st.session_state[_KEY]
    return chosen


def _read_address() -> None:
    linked = session_object(_Linked)
    linked.choices, linked.visit = _linked(), visit()
    read_with(linked.choices or [DEFAULT])


def read_with(choices: list[str]) -> None:
    """Choose these. For callbacks."""
    st.session_state[_KEY] = choices


def answer_with(choice: str, instead_of: str) -> None:
    """Let one network answer instead of another; those beside it stay, as many as may read. For
    callbacks, and before the choice is drawn.
    """
    gone = {parse_choice(one)[0] for one in (choice, instead_of)}
    beside = [one for one in _chosen() if parse_choice(one)[0] not in gone]
    read_with([choice, *beside][:MOST_READERS])


def training_now(choices: list[str]) -> bool:
    """Whether one of them is the latest state of a run that goes on."""
    return any(_trains(choice) for choice in choices)


def _trains(choice: str) -> bool:
    try:
        run_id, step = parse_choice(choice)
        return run_id is not None and step is None and manager().get(run_id).status.active
    except PlaygroundError:
        return False


def _linked() -> list[str]:
    """The choices in the address that can be used. A moment is chosen of its run, which can then
    be moved to others; two of one run stay what they are.
    """
    found: dict[str, tuple[str | None, int | None]] = {}
    for choice in st.query_params.get(QUERY, "").split(",")[:MOST_READERS]:
        with suppress(PlaygroundError):
            run_id, step = parse_choice(choice)
            if run_id is not None:
                manager().get(run_id)
            found[choice] = run_id, step
    runs = [run_id for run_id, _ in found.values()]
    choices = []
    for choice, (run_id, step) in found.items():
        if run_id is None or runs.count(run_id) > 1 or not _has(run_id, step):
            choices.append(choice)
        else:
            choose_moment(run_id, step)
            choices.append(f"run:{run_id}")
    return choices


def _has(run_id: str, step: int | None) -> bool:
    """Whether the run has this moment; the latest it has, or will have."""
    return step is None or any(one.step == step for one in manager().get(run_id).snapshots)


def _title_of(choice: str) -> str:
    run_id, step = parse_choice(choice)
    moment = "" if step is None else f", step {step:,}"
    return f"Run {str(run_id)[:4]}{moment}"


def _at_moment(choice: str, title: str) -> str:
    """The choice with a snapshot, if one is chosen for this run."""
    run_id, step = parse_choice(choice)
    if run_id is None or step is not None:
        return choice
    try:
        run = manager().get(run_id)
        steps, best = [one.step for one in run.snapshots], run.best
    except PlaygroundError:
        return choice
    key = _moment_key(run_id)
    options: list[int | str] = [*steps, LATEST]
    if st.session_state.setdefault(key, LATEST) not in options:
        st.session_state[key] = LATEST
    with st.popover("Moment", icon=":material/history:", key=f"{key}_open"):
        st.text(title)  # may hold what somebody typed

        def in_words(at: int | str) -> str:
            return f"step {at:,}" if isinstance(at, int) else at

        if best is not None:
            text = f"Take the best: epoch {best[1].epoch}, test loss {best[1].loss:.4g}"
            button(text, choose_moment, run_id, best[0].step, key=f"{key}_best")
        moment = st.select_slider(
            "Moment", options, format_func=in_words, key=key, persist_state="session"
        )
    return choice if moment == LATEST else f"{choice}@{moment}"


def choose_moment(run_id: str, step: int | None) -> None:
    """Read with this moment of a run, None for the latest. For callbacks."""
    st.session_state[_moment_key(run_id)] = LATEST if step is None else step


def _moment_key(run_id: str) -> str:
    return f"draw_moment_{run_id}"


def _link(chosen: list[str]) -> None:
    text = ",".join(chosen)
    if text == DEFAULT:
        st.query_params.pop(QUERY, None)
    elif st.query_params.get(QUERY) != text:
        st.query_params[QUERY] = text
