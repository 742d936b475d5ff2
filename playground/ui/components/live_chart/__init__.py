"""The live chart: a browser component that keeps one Plotly node and extends it.

`st.plotly_chart` builds its chart anew whenever the figure changes, so it would
flicker, forget zoom and hover, and send everything again. This component is sent
rows only: a `Table` says at which row it starts, the browser overwrites from
there, and a message that was lost on the way leaves a hole that the browser
reports. The next message must then be `whole`. Send overlapping rows, so that
this stays rare.

    SPEC = Spec(
        label="Live chart of the loss",
        panels=(Panel("Loss (mean per example)", may_be_log=True),),
        traces=(Trace("train", "loss", "training", role="batch_loss"),),
    )

    def tick() -> None:
        start = 0 if sent.whole else max(0, sent.rows - 20)
        rows = run.rows_since(start)
        table = Table(start, rows.step, {"loss": rows.loss}, total=run.row_count)
        live_chart(
            Message(run.id, run.next_seq(), {"train": table}, SPEC if sent.whole else None,
                    last_step=run.last_step, alt=f"Loss {rows.loss[-1]:.4f}"),
            key="chart",
            on_resync=sent.begin_again,
        )
        sent.whole, sent.rows = False, start + len(rows.step)

    live_fragment(tick, run_every=0.5)
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from msgspec import Struct, to_builtins
from numpy.typing import ArrayLike, NDArray

from playground.palette import ROLES
from playground.ui.kit.component import component
from playground.ui.server.assets import PLOTLY, asset_url

HEIGHTS = (304, 440)
"""Height in px with the panels side by side, and with one above the other."""


@dataclass(frozen=True)
class Table:
    """Rows `start … start + n - 1` of one table, and how many rows there are.

    Rows are known by their index: sending one again replaces it, and rows past
    the last one sent are forgotten by the browser. NaN is a gap in the line.

    Args:
        start: index of the first row contained.
        x: (n,) step number of each row, increasing. Exact up to 2²⁴ (float32).
        columns: (n,) values, by column name.
        total: rows the server has, at least `start + n`; a browser left with
            fewer asks for the whole window.
    """

    start: int
    x: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    total: int

    def wire(self) -> dict[str, Any]:
        """As the browser reads it; packed once for all who are sent the table."""
        return self._packed

    @cached_property
    def _packed(self) -> dict[str, Any]:
        return {
            "start": self.start,
            "n": len(self.x),
            "total": self.total,
            "x": _pack_steps(np.asarray(self.x)),
            "columns": {name: _pack(values) for name, values in self.columns.items()},
        }


class Panel(Struct, frozen=True, rename="camel"):
    """One pair of axes.

    Args:
        title: what is shown, with its unit; stands above the panel.
        format: d3 format of the ticks, `"~%"` for a fraction in per cent.
        may_be_log: whether `Message.log` gives it a logarithmic y axis.
        range: a fixed y range; otherwise the axis follows the data.
        floor: what a smaller value is drawn as on a logarithmic axis, which has no 0.
    """

    title: str
    format: str = ""
    may_be_log: bool = False
    range: tuple[float, float] | None = None
    floor: float | None = None


class Trace(Struct, frozen=True, rename="camel"):
    """One line: a column of a table against its step numbers.

    Args:
        table: name of the table.
        column: name of its column.
        log_column: name of the column that takes its place on a logarithmic axis, if one does.
        label: name in the legend.
        role: name in `playground.palette.ROLES`, which gives the colour.
        panel: index of the panel.
        mode: lines, markers or both.
        width: line width in px.
        hover: what a row that stands for several steps is: a text with `{first}`,
            `{step}` or the name of any column of the table, sent for that alone.
        hover_single: the same for a row that stands for one step.
        right: whether it has an axis of its own, on the right of its panel. One curve may.
        shown: whether it is seen at first; else a press on its name in the legend shows it.
    """

    table: str
    column: str
    label: str
    role: str
    panel: int = 0
    mode: Literal["lines", "markers", "lines+markers"] = "lines"
    width: float = 2.0
    log_column: str | None = None
    hover: str = "mean of steps {first}–{step}"
    hover_single: str = "step {step}"
    right: bool = False
    shown: bool = True


@dataclass(frozen=True)
class Spec:
    """What the chart is made of. Sent only with whole windows.

    Args:
        label: short name of the chart for a screen reader.
        panels: from left to right, or from top to bottom where there is little room.
        traces: from back to front.
        x_title: what the step numbers count.
    """

    label: str
    panels: Sequence[Panel]
    traces: Sequence[Trace]
    x_title: str = "Step"

    def wire(self) -> dict[str, Any]:
        roles = sorted({trace.role for trace in self.traces} | {"mark"})
        return {
            "label": self.label,
            "panels": to_builtins(self.panels),
            "traces": to_builtins(self.traces),
            "xTitle": self.x_title,
            "colours": {role: list(ROLES[role]) for role in roles},
        }


@dataclass(frozen=True)
class Mark:
    """A vertical line at a step, with a short text above it."""

    step: int
    text: str


class Clip(Struct, frozen=True):
    """Where the axes of panels that may be logarithmic end while they are not.

    Args:
        limit: the upper end, above 0.
        text: what lies above; a press on it shows all.
    """

    limit: float
    text: str


@dataclass(frozen=True)
class Message:
    """What the browser is told in one rerun.

    Args:
        run: identity of what is shown; another one resets the chart.
        seq: counts the messages; comes back in `data-seq` and in the browser's request.
        tables: by name; all of them, from row 0, in a whole window.
        spec: given makes this a whole window, which replaces all that the browser has.
        marks: all of them, each time.
        log: logarithmic y axis for the panels that may have one.
        clip: given if a few outliers would flatten the rest of those panels.
        last_step: right end of the x axis while it is not zoomed; None follows the data.
        alt: the chart in words, with its numbers, for those who do not see it.
    """

    run: str
    seq: int
    tables: Mapping[str, Table]
    spec: Spec | None = None
    marks: Sequence[Mark] = ()
    log: bool = False
    clip: Clip | None = None
    last_step: int | None = None
    alt: str = ""

    def wire(self) -> dict[str, Any]:
        """The JSON-able form that `live_chart/live_chart.js` reads."""
        whole = self.spec is not None
        sent: dict[str, Any] = {
            "run": self.run,
            "seq": self.seq,
            "whole": whole,
            "tables": {name: table.wire() for name, table in self.tables.items()},
            "marks": [[mark.step, mark.text] for mark in self.marks],
            "log": self.log,
            "clip": to_builtins(self.clip),
            "total": self.last_step,
            "alt": self.alt,
        }
        if self.spec is not None:
            sent |= {"spec": self.spec.wire(), "plotly": asset_url(PLOTLY)}
        return sent


_mount = component("live_chart")


def live_chart(message: Message, *, key: str, on_resync: Callable[[], None]) -> None:
    """Show the chart and tell it what is new. Best called from a fragment.

    Args:
        message: what is new, or the whole window.
        on_resync: called before a rerun in which the browser asks for the whole
            window, early enough to send it in that very rerun.
    """
    _mount(key=key, data=message.wire() | {"heights": HEIGHTS}, on_resync_change=on_resync)


def _pack(values: ArrayLike) -> str:
    """float32, little-endian, base64: a third more than 4 bytes a value; one for all if equal."""
    packed = np.asarray(values, dtype="<f4")
    if len(packed) > 1 and (packed == packed[0]).all():
        packed = packed[:1]
    return base64.b64encode(packed.tobytes()).decode("ascii")


def _pack_steps(x: NDArray[Any]) -> str | list[int]:
    """`[first, difference]` if the steps are evenly spaced, as they mostly are."""
    if len(x) == 0:
        return [0, 1]
    gaps = np.diff(x)
    if np.issubdtype(x.dtype, np.integer) and (len(gaps) == 0 or (gaps == gaps[0]).all()):
        return [int(x[0]), int(gaps[0]) if len(gaps) else 1]
    return _pack(x)
