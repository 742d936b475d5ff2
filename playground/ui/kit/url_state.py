"""A lesson's state between its link, its controls and its session.

The address is where a state comes from: reload, back and a second browser show the same. What a
visitor does is applied to the state the session last had, since the browser may send a click
before it has heard of the address that the click before led to. And Streamlit empties the address
and forgets the controls when a page is left; visited again, a page goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.errors import InputError
from playground.lessons.address import State, read_query, write_query
from playground.lessons.plans import PREDICT
from playground.lessons.presets import Preset, find
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.predicting import name_of, predictions
from playground.ui.kit.session_object import session_object
from playground.validation import short_repr

_log = logging.getLogger(__name__)

S = TypeVar("S", bound=State)

PRESET = "preset"


@lru_cache(maxsize=1)
def _cover() -> str:
    return Path(__file__).with_name("cover.css").read_text(encoding="utf-8")


@dataclass(eq=False)
class _Visit:
    """Which page is shown.

    Attributes:
        page: its place in the address; None before the first run.
        came_with: the parameters with which it was come to from another page, as long as the
            browser sends no others.
        script, number: see `visit`.
    """

    page: str | None = None
    came_with: dict[str, str] | None = None
    script: str = ""
    number: int = 0


def arrive(page: str) -> None:
    """Remember which page is shown. Called once a run, before the page runs."""
    now, context = session_object(_Visit), get_script_run_ctx(suppress_warning=True)
    sent, back = st.query_params.to_dict(), context is not None and context.is_history_navigation
    if page != now.page:
        now.came_with = None if now.page is None else sent
    elif sent != now.came_with or back:
        now.came_with = None
    now.page = page
    visit()


def is_arriving() -> bool:
    """Whether this run is the first after another page of this session, or the browser has not
    heard yet of what that one has put into the address: a link was pressed twice.
    """
    return session_object(_Visit).came_with is not None


def visit() -> int:
    """A number that is another one each time a page is come to; the same in all of its runs.

    A page that is shown without `arrive`, as some tests do, has to ask for it itself.
    """
    now, context = session_object(_Visit), get_script_run_ctx(suppress_warning=True)
    script = context.page_script_hash if context else ""
    if script != now.script:
        now.script, now.number = script, now.number + 1
    return now.number


def page_shown() -> str:
    """The place in the address of the page that is shown."""
    return session_object(_Visit).page or ""


@dataclass
class _Memory(Generic[S]):
    """What the session knows of a lesson."""

    state: S
    preset: str = ""
    covered: bool = False  # its answer, as far as the link and the choice have it
    changed: bool = False  # by a callback, in the run that is about to come


class LinkedState(Generic[S]):
    """The state of one lesson for one visitor.

    Args:
        name: of the page; keeps the lessons of a session apart.
        default: what a bare address shows.
        presets: what `?preset=` may name.
    """

    def __init__(self, name: str, default: S, presets: Sequence[Preset[S]]) -> None:
        self.name = name
        self.default = default
        self.presets = presets
        self.notes: list[str] = []
        self.parameters = {each.metadata["codec"].key for each in fields(default)}
        self.parameters |= {PRESET, PREDICT}

    # ------------------------------------------------------------- reading

    def read(self) -> S:
        """The state to show in this run. Call it once, before any control."""
        memory = self._memory()
        query = {k: v for k, v in st.query_params.to_dict().items() if k in self.parameters}
        arriving = is_arriving()
        if memory.changed or (arriving and not query):
            memory.changed = False
            if arriving and self._query(memory) != query:
                self._write(memory)
            return memory.state
        base = self._base(query.get(PRESET, ""))
        self._read_predict(query.get(PREDICT))
        memory.state, notes = read_query(query, base)
        self.notes += notes
        return memory.state

    def _read_predict(self, asked: str | None) -> None:
        """Cover the answer if the link asks for it; the switch is set once, by what leads here."""
        now = predictions()
        self._memory().covered = asked == "1"
        if asked in ("0", "1") and now.visit != visit():
            now.on = asked == "1"
        elif asked not in (None, "0", "1"):
            self.notes.append(
                f"“{PREDICT}={short_repr(asked)}” in the address is left out. Allowed: 1 (the "
                "answer is covered) or 0 (no answer is)."
            )
        now.visit = visit()

    def in_fragment(self, body: Callable[[], None]) -> None:
        """Run `body` as a fragment: what is done inside it draws nothing outside again.

        That is what makes a slider's release quick. The body takes its state from
        `state`, since a fragment runs without the page.
        """

        def run() -> None:
            self._memory().changed = False  # what a callback of this run has done is seen now
            predictions().covered = self.covered
            try:
                with st.container(key="sp_results"):
                    place = st.empty()
                    if self.covered:  # before what it covers
                        place.html(f'<i class="sp-cover"></i><style>{_cover()}</style>')
                    body()
            finally:
                predictions().covered = False

        live_fragment(run)

    @property
    def state(self) -> S:
        """The state as it is now."""
        return self._memory().state

    @property
    def preset(self) -> Preset[S] | None:
        """The preset the state has started from, while its own part of the page is shown."""
        found = self.origin
        return found if found and found.state.place == self._memory().state.place else None

    @property
    def origin(self) -> Preset[S] | None:
        """The preset the state has started from, whatever part of the page is shown."""
        chosen = self._memory().preset
        return find(self.presets, chosen) if chosen else None

    @property
    def is_as_preset(self) -> bool:
        """Whether what is shown is what the preset began with, but for what a visitor keeps."""
        preset, state = self.preset, self._memory().state
        return preset is not None and all(
            getattr(state, each.name) == getattr(preset.state, each.name)
            for each in fields(state)
            if not each.metadata["kept"] and each.name != "code"
        )

    @property
    def covered(self) -> bool:
        """Whether the answer to the preset's question is not to be seen."""
        return self.preset is not None and self._is_to_cover()

    def _is_to_cover(self) -> bool:
        """Likewise, also while another part of the page is shown."""
        origin = self.origin
        if origin is None or not self._memory().covered:
            return False
        return predictions().covers(self.name, origin.id)

    @property
    def was_shown(self) -> bool:
        """Whether this visit has guessed or asked for the answer to the preset's question."""
        preset = self.preset
        return preset is not None and name_of(self.name, preset.id) in predictions().shown

    @property
    def guess(self) -> float | None:
        """What this visit has guessed of the preset; None if nothing."""
        preset = self.preset
        return predictions().guesses.get(name_of(self.name, preset.id)) if preset else None

    def _base(self, preset_id: str) -> S:
        memory = self._memory()
        memory.preset = ""
        if not preset_id:
            return self.default
        try:
            preset = find(self.presets, preset_id)
        except InputError as error:
            self.notes.append(str(error))
            return self.default
        memory.preset = preset.id
        return preset.state

    # ------------------------------------------------------------ changing

    def change(self, **values: Any) -> None:
        """Set fields of the state. For callbacks: the run that follows shows them."""
        memory = self._memory()
        self._set(replace(memory.state, **values).fitted()[0], memory.preset)

    def settle(self, **values: Any) -> None:
        """Set fields in the midst of a run, for a control that gives its value only then."""
        memory = self._memory()
        memory.state = replace(memory.state, **values).fitted()[0]
        self._write(memory)

    def touch(self) -> None:
        """Say in a callback that the run to come must not read the address, which may be old."""
        self._memory().changed = True

    def choose(self, preset_id: str) -> None:
        """Show a preset as it is, but for what the visitor keeps. For callbacks.

        Its answer is covered if it was not seen yet.
        """
        memory, state = self._memory(), find(self.presets, preset_id).state
        kept = {e.name: getattr(memory.state, e.name) for e in fields(state) if e.metadata["kept"]}
        memory.covered = predictions().covers(self.name, preset_id)
        self._set(replace(state, **kept), preset_id)

    def reveal(self, guess: object = None) -> None:
        """Show the answer, and keep what was guessed. For callbacks."""
        preset, now = self.preset, predictions()
        if preset is None:
            return
        if preset.prediction.allows(guess):
            now.guesses[name_of(self.name, preset.id)] = guess
        elif guess is not None:
            _log.warning("left out a guess, %s: not allowed", short_repr(guess))
            return
        now.shown.add(name_of(self.name, preset.id))
        memory = self._memory()
        memory.covered = False
        self._set(memory.state, memory.preset)

    def predict_first(self, on: bool) -> None:
        """Turn the covering of answers on, from the beginning, or off. For callbacks."""
        now, memory = predictions(), self._memory()
        now.on, memory.covered = on, on
        if on:
            now.begin_again()
        self._set(memory.state, memory.preset)

    def _set(self, state: S, preset: str) -> None:
        memory = self._memory()
        memory.state, memory.preset, memory.changed = state, preset, True
        self._write(memory)

    def _write(self, memory: _Memory[S]) -> None:
        """One change of the address, whatever has changed; other parameters stay."""
        others = {k: v for k, v in st.query_params.to_dict().items() if k not in self.parameters}
        st.query_params.from_dict(others | self._query(memory))

    def _query(self, memory: _Memory[S]) -> dict[str, str]:
        base = find(self.presets, memory.preset).state if memory.preset else self.default
        own = ({PRESET: memory.preset} if memory.preset else {}) | write_query(memory.state, base)
        covered = self._is_to_cover()
        if covered or not predictions().on:
            own[PREDICT] = "1" if covered else "0"
        return own

    def _memory(self) -> _Memory[S]:
        key = f"_lesson_{self.name}"
        memory: _Memory[S] = st.session_state.setdefault(key, _Memory(self.default))
        return memory

    # ------------------------------------------------------------ controls

    def control(self, field: str) -> dict[str, Any]:
        """The arguments that tie a Streamlit control to a field of the state.

        The control gets its value from the session, so give it none of its own.
        """
        key = f"{self.name}_{field}"
        value = getattr(self._memory().state, field)
        if st.session_state.get(key) != value:
            st.session_state[key] = value
        return {"key": key, "on_change": self._take, "args": (field, key)}

    def number_control(self, field: str) -> dict[str, Any]:
        """The same for a number field: emptied, it has the state's number again, not its lowest."""
        return {"value": getattr(self._memory().state, field), **self.control(field)}

    def _take(self, field: str, key: str) -> None:
        value = st.session_state.get(key)
        if value is None:  # the chosen one was clicked again, or the box was emptied
            return
        codec = next(e.metadata["codec"] for e in fields(self.default) if e.name == field)
        try:
            codec.read(codec.write(value))
        except (InputError, TypeError, ValueError):
            _log.warning("left out %s = %s: not allowed", field, short_repr(value))
            return
        self.change(**{field: value})

    def preset_control(self) -> dict[str, Any]:
        """The same for a control that chooses a preset by its id; twice the same resets it."""
        key = f"{self.name}_preset"
        chosen = self.preset.id if self.preset else None
        if st.session_state.get(key) != chosen:
            st.session_state[key] = chosen
        return {"key": key, "on_change": self._take_preset, "args": (key,)}

    def _take_preset(self, key: str) -> None:
        chosen = st.session_state.get(key) or self._memory().preset
        if chosen:
            self.choose(chosen)

    def guess_control(self) -> dict[str, Any]:
        """The same for a control that takes a guess of the preset's answer, which it then shows."""
        key = f"{self.name}_guess_{self._memory().preset}"
        return {"key": key, "on_change": lambda: self.reveal(st.session_state.get(key))}
