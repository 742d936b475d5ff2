"""The bar of projection mode: which step is shown, the way to others, the page's QR code.

projection_bar({"on": False, "share": "/s"}, on_asked=do, on_repeat=do_again)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from msgspec import Meta

from playground.ui.kit.component import component
from playground.ui.kit.messages import Message, answered, take_once

KEY = "projection_bar"
What = Literal["on", "off", "leave", "go"]

_mount = component("projection_bar")


@dataclass(frozen=True)
class Asked:
    """What the visitor wants: the mode on or off, or to go so many steps on (below 0: back).

    "leave" is off for good, also of the lesson whose plan is followed.
    """

    what: What
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


class _Request(Message):
    what: What
    by: Annotated[int, Meta(ge=-100, le=100)]  # more than there are steps


def _receive(on_asked: Callable[[Asked], None], on_repeat: Callable[[], None]) -> None:
    take_once(KEY, "asked", "projection bar", _Request, on_asked, read=_asked, on_repeat=on_repeat)


def _asked(message: _Request) -> Asked:
    return Asked(message.what, message.by)
