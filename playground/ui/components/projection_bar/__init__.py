"""The bar of projection mode: which step is shown, the way to others, the page's QR code.

projection_bar({"on": False, "share": "/s"}, on_asked=do, on_repeat=do_again)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from playground.errors import InputError
from playground.ui.kit.component import component
from playground.ui.kit.messages import answered, take_once
from playground.validation import short_repr

KEY = "projection_bar"
_MOST_STEPS = 100  # at once: more than there are

_mount = component("projection_bar")


@dataclass(frozen=True)
class Asked:
    """What the visitor wants: the mode on or off, or to go so many steps on (below 0: back).

    "leave" is off for good, also of the lesson whose plan is followed.
    """

    what: Literal["on", "off", "leave", "go"]
    by: int = 0


def projection_bar(
    shown: Mapping[str, Any], on_asked: Callable[[Asked], None], on_repeat: Callable[[], None]
) -> None:
    """Show the bar, or while the mode is off the switch that turns it on.

    Args:
        shown: "on" and "share" (the path that makes short links); while the mode is on also
            "lesson", "step", "title", and whether there is a step "before" and "after"; while a
            plan is followed also "next", what comes then.
        on_asked: called before the rerun.
        on_repeat: called before it if the browser asks once more, because no answer came.
    """
    _mount(
        key=KEY,
        data={**shown, "seq": answered(KEY)},
        on_asked_change=partial(_receive, on_asked, on_repeat),
    )


def _receive(on_asked: Callable[[Asked], None], on_repeat: Callable[[], None]) -> None:
    """Anybody can send a message, so it may be anything."""
    take_once(KEY, "asked", "projection bar", _read, on_asked, on_repeat)


def _read(sent: dict[str, Any]) -> Asked:
    what, by = sent.get("what"), sent.get("by")
    if sent.keys() != {"seq", "what", "by"} or what not in ("on", "off", "leave", "go"):
        raise InputError(
            f"A message is {short_repr(sent)}", allowed="seq, what (on, off, leave, go) and by"
        )
    if type(by) is not int or abs(by) > _MOST_STEPS:  # not bool, which is an int too
        raise InputError(f"by is {short_repr(by)}", allowed=f"-{_MOST_STEPS} to {_MOST_STEPS}")
    return Asked(what, by)
