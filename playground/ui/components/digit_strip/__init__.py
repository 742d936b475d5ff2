"""A few test images and what a network takes them for, while it learns.

    strip = Strip("digits", pixels, targets=(0, 1), names=("0", "1"))
    digit_strip(StripMessage.of(strip, now, moments), key="strip")

Where a scrubber stands at one of the moments the strip shows that one: it knows them all, and asks
no server (_kernel/moment.js).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.charts.inspection import RIGHT, WRONG
from playground.runs import Reading
from playground.ui.kit.blobs import blob, send_again
from playground.ui.kit.component import component

_FULL = 65535  # the probability 1 in a moment's two bytes

_mount = component("digit_strip")


@dataclass(frozen=True)
class Strip:
    """The images of a strip.

    Attributes:
        noun: what they show, in the plural.
        pixels: n images of 392 bytes: two pixels a byte, the first in the upper half.
        targets: (n,) their classes.
        names: of all K classes.
        note: what stands there without images.
    """

    noun: str
    pixels: bytes = field(default=b"", repr=False)
    targets: Sequence[int] = ()
    names: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True)
class StripMessage:
    """What every browser that shows a strip is told, which may be made once for all of them.

    Attributes:
        values: all but the images and the moments.
        pixels: the images.
        moments: see `pack_moments`.
    """

    values: dict[str, Any]
    pixels: bytes = field(default=b"", repr=False)
    moments: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, strip: Strip, now: Reading | None, moments: Sequence[Reading] = ()) -> StripMessage:
        """Make it.

        Args:
            strip: the images.
            now: the newest reading; None: nothing has been read yet.
            moments: those that a scrubber may stand at, by step.

        A reading of more or fewer images is left out: it came after these were asked for.
        """
        if now is not None and len(now.predictions) != len(strip.targets):
            now = None
        moments = [each for each in moments if len(each.predictions) == len(strip.targets)]
        values = {
            "noun": strip.noun,
            "note": strip.note,
            "targets": list(strip.targets),
            "names": list(strip.names),
            "now": now and _packed(now),
            "colours": {"right": RIGHT, "wrong": WRONG},
        }
        return cls(values, strip.pixels, pack_moments(moments, len(strip.targets)))


def digit_strip(message: StripMessage, *, key: str) -> None:
    """Show the images with a mark, the class they are taken for and its probability.

    Args:
        message: images and readings.
    """
    # The browser takes a blob without a byte for one that was lost, and would ask for it.
    constant = {"digits": message.pixels, "moments": message.moments}
    blobs = {name: blob(key, content) if content else None for name, content in constant.items()}
    _mount(key=key, data=message.values | blobs, on_resend_change=lambda: send_again(key))


def _packed(now: Reading) -> list[Any]:
    return [now.step, list(now.predictions), [round(p, 4) for p in now.confidences]]


def pack_moments(moments: Sequence[Reading], count: int) -> bytes:
    """Each as its step (4 bytes), n classes (1 each), n probabilities (2 each); little-endian."""
    rows = struct.Struct(f"<I{count}B{count}H")
    return b"".join(
        rows.pack(each.step, *each.predictions, *(round(_FULL * p) for p in each.confidences))
        for each in moments
    )
