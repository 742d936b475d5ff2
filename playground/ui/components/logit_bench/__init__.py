"""The bench: sliders for K logits or probabilities, and a step table that follows them live.

The browser works out softmax and loss itself while something is dragged
(`_kernel/maths.js` mirrors `playground.maths`), and sends one commit when
the drag, the key press or the typing ends. The page keeps the values:

    def keep(values: Values) -> None:
        st.session_state["logits"] = values

    logit_bench(Bench(st.session_state["logits"]), key="bench", on_commit=keep)

Values that differ from those the browser has, such as a preset, glide to their
place. Other figures of the page can follow each frame by listening to the event
`sp-preview` of the window, whose detail is `{key, values, temperature, target,
settled}`; `settled` is false while values are still moving.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, to_builtins

from playground.errors import ClassRangeError, InputError, NotFiniteError
from playground.palette import CLASSES, COLUMN_COLOURS
from playground.ui.kit.component import component
from playground.ui.kit.messages import Message, answered, take_once
from playground.ui.kit.predicting import covering
from playground.validation import short_repr

Column = Literal["scaled", "shifted", "exponential", "probability", "loss", "gradient"]

MIN_CLASSES = 2
MAX_CLASSES = len(CLASSES)
MASKED = "-inf"
"""A logit of −∞ in messages: JSON has no infinity."""


@dataclass(frozen=True)
class Values:
    """What the visitor can move.

    Args:
        values: 2 to 10 numbers: logits, or probabilities from 0 up. A logit may be −∞, which masks
            its class, but one of them at least is finite.
        temperature: T, finite and from 0 up; 0 is the limit.
        target: the true class, 0 … K-1, or None where there is none.

    Raises:
        InputError: for a wrong number of values, something that is no number, or a
            temperature below 0; its subclasses `NotFiniteError` and
            `ClassRangeError` for NaN and infinities, and for the target.
    """

    values: tuple[float, ...]
    temperature: float = 1.0
    target: int | None = None

    def __post_init__(self) -> None:
        if not MIN_CLASSES <= len(self.values) <= MAX_CLASSES:
            raise InputError(
                f"There are {len(self.values)} values, {short_repr(self.values)}",
                allowed=f"{MIN_CLASSES} to {MAX_CLASSES} of them, one for each class",
            )
        numbers = tuple(
            _number(value, f"values[{i}]", masked=True) for i, value in enumerate(self.values)
        )
        if all(map(math.isinf, numbers)):
            raise NotFiniteError(
                f"values is {short_repr(numbers)}", allowed="at least one finite number"
            )
        object.__setattr__(self, "values", numbers)
        object.__setattr__(self, "temperature", _number(self.temperature, "temperature"))
        if self.temperature < 0.0:
            raise InputError(
                f"temperature is {short_repr(self.temperature)}",
                allowed="one finite number from 0 up",
            )
        if self.target is None:
            return
        is_integer = isinstance(self.target, int) and not isinstance(self.target, bool)
        if not is_integer or not 0 <= self.target < len(numbers):
            raise ClassRangeError(
                f"target is {short_repr(self.target)}",
                allowed=f"an integer from 0 to {len(numbers) - 1}, or None",
                advice="Count the classes from 0",
            )


class Bench(Struct, frozen=True, rename="camel"):
    """What is shown and what may be changed.

    Args:
        values: what is in force now.
        kind: logits of any sign, from which softmax and loss are worked out, or
            probabilities from 0 up (they need not sum to 1), with the loss alone.
        columns: of the step table, from left to right: z/T, z/T − max, its exponential
            (with the sum), p, −log p, and p − y. For probabilities only `("loss",)`.
        has_temperature: a slider for T; logits only.
        has_target: each class can be made the true one, and the loss is shown.
        resizable: classes can be added and removed.
        maskable: a logit may be −∞.

    Raises:
        InputError: `target` is missing where `has_target`, or given where not; a logit is −∞
            where none may be; a probability is below 0.
    """

    values: Values
    kind: Literal["logits", "probabilities"] = "logits"
    columns: tuple[Column, ...] = ("scaled", "shifted", "exponential", "probability")
    has_temperature: bool = True
    has_target: bool = False
    resizable: bool = True
    maskable: bool = True

    def __post_init__(self) -> None:
        self.check(self.values)

    def check(self, values: Values) -> None:
        """Raise InputError unless this bench could show these values."""
        if (values.target is not None) is not self.has_target:
            raise InputError(
                f"target is {short_repr(values.target)} in a bench that has "
                + ("a true class" if self.has_target else "none"),
                allowed=f"0 to {len(values.values) - 1}" if self.has_target else "None",
            )
        if not self.maskable and self.kind == "logits" and -math.inf in values.values:
            raise NotFiniteError(
                f"values is {short_repr(values.values)}", allowed="finite numbers in this bench"
            )
        if self.kind == "probabilities" and min(values.values) < 0.0:
            raise InputError(
                f"values is {short_repr(values.values)}",
                allowed="probabilities from 0 up",
                advice='Use kind="logits" for numbers of any sign',
            )

    def wire(self) -> dict[str, Any]:
        """The JSON-able form that `logit_bench/logit_bench.js` reads; numbers keep every bit."""
        fields: dict[str, Any] = to_builtins(self)
        return fields | {
            "values": [MASKED if value == -math.inf else value for value in self.values.values],
            "temperature": self.values.temperature,
            "target": self.values.target,
            "maskable": self.maskable and self.kind == "logits",
            "classColours": [list(colour) for colour in CLASSES],
            "columnColours": {name: list(colour) for name, colour in COLUMN_COLOURS.items()},
        }


_mount = component("logit_bench")


def logit_bench(bench: Bench, *, key: str, on_commit: Callable[[Values], None]) -> None:
    """Show the bench; while an answer is covered, without what is worked out.

    Args:
        bench: what is shown; changed values glide to their place.
        on_commit: called before the rerun with what the visitor has set, already checked.
            Keep it and show it again: the browser takes over whatever is shown next.
    """
    _mount(
        key=key,
        data=bench.wire() | {"key": key, "seq": answered(key), "covered": covering()},
        on_commit_change=partial(_receive, bench, key, on_commit),
    )


class _Commit(Message):
    values: Annotated[list[float | Literal["-inf"]], Meta(max_length=MAX_CLASSES)]
    temperature: float
    target: int | None


def _receive(bench: Bench, key: str, on_commit: Callable[[Values], None]) -> None:
    take_once(key, "commit", "bench", _Commit, on_commit, read=partial(_read_values, bench))


def _read_values(bench: Bench, message: _Commit) -> Values:
    before = bench.values
    numbers = [-math.inf if number == MASKED else float(number) for number in message.values]
    values = Values(tuple(numbers), message.temperature, message.target)
    bench.check(values)
    may_heat = bench.has_temperature and bench.kind == "logits"
    if not may_heat and values.temperature != before.temperature:
        raise InputError(
            f"temperature is {short_repr(values.temperature)} in a bench without a slider for it",
            allowed=short_repr(before.temperature),
        )
    if not bench.resizable and len(values.values) != len(before.values):
        raise InputError(
            f"There are {len(values.values)} values in a bench of fixed size",
            allowed=str(len(before.values)),
        )
    return values


def _number(value: object, name: str, *, masked: bool = False) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise InputError(f"{name} is {short_repr(value)}", allowed="a finite number")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond the largest float
        number = math.inf
    if not math.isfinite(number) and not (masked and value == -math.inf):
        raise NotFiniteError(f"{name} is {short_repr(value)}", allowed="a finite number")
    return number
