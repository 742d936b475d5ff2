"""What is seen of a run while it goes on: progress, live charts, the table of epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from playground.errors import ConfigError
from playground.lessons.describe import on_gpu
from playground.runs import LOSS_FLOOR, History, Run, RunStatus
from playground.training import TrainConfig
from playground.ui.components.digit_strip import digit_strip
from playground.ui.components.live_chart import Message, Panel, Spec, Trace, live_chart
from playground.ui.components.step_layers import step_layers
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.projecting import projecting
from playground.ui.kit.session_object import session_object
from playground.ui.pages.train.frames import TICK, Frame, frame_of
from playground.ui.pages.train.presets import chosen_training
from playground.ui.pages.train.settings import chosen_config, log_scale
from playground.ui.server.session import manager

# Seconds between ticks while only the state can change.
SLOW_TICK = 2.0
# Seconds without a word that are worth one: longer than a large network takes for its test.
SILENT = 10.0
READY = (
    "**Predict first:** how many of ten unseen images will it read right in the end? "
    "Then press Start."
)
WHY_BELOW = (
    "In epoch 1 the test loss can lie below the training loss: the training loss is a mean over "
    "steps in which the network still learned, the test loss is measured at the end of the epoch, "
    "without dropout."
)

_SPEC = Spec(
    label="Loss and accuracy of the run",
    panels=(
        Panel("Loss (mean per example, nats)", may_be_log=True, floor=LOSS_FLOOR),
        Panel("Accuracy", format="~%", range=(0, 1.02)),
    ),
    traces=(
        Trace("train", "loss", "batch", "batch_loss", width=1.2),
        Trace("train", "smoothed_loss", "smoothed", "smoothed_loss", width=2.5,
              log_column="log_smoothed_loss", hover="smoothed, at step {step}"),
        Trace("test", "loss", "test", "test_loss", mode="lines+markers",
              hover="test, after step {step}", hover_single="test, after step {step}"),
        Trace("train", "rate", "rate", "mark", width=1.8, right=True, shown=False,
              hover="learning rate of step {step}", hover_single="learning rate of step {step}"),
        Trace("train", "smoothed_accuracy", "training, smoothed", "train_accuracy", panel=1,
              width=2.5, hover="smoothed, at step {step}"),
        Trace("test", "accuracy", "test", "test_accuracy", panel=1, mode="lines+markers",
              hover="test, after step {step}", hover_single="test, after step {step}"),
    ),
    x_title="Step (one batch each)",
)  # a line or two a trace, to be read as a table  # fmt: skip


@dataclass(eq=False)
class _Cursor:
    """What of a history this browser has been sent: how many rows of either table."""

    of: tuple[str, int] | None = None  # the run and its history
    rows: dict[str, int] | None = None  # None: all of it is to be sent
    seq: int = 0

    def send_whole(self) -> None:
        self.rows = None


def live_view(run: Run | None, state: str) -> None:
    """Progress, charts, test digits and epochs of a run, kept up to date while it is active.

    Without a run the same things stand there empty: the browser has its chart
    before Start is pressed, and nothing jumps when it is.

    Args:
        state: the run's state as the rest of the page shows it, "" without a run.
    """

    chosen = _chosen() if run is None else None
    live = run.live if run else {}

    def tick() -> None:
        if run is not None:
            manager().renew(run.id)
            if (run.status.state, run.live) != (state, live):
                st.rerun()  # buttons, notices and the pace of the ticks follow them
        frame = frame_of(run, chosen)
        if projecting():
            st.html(frame.headline)
        asked = projecting() or chosen_training()  # the question stands above already
        ready = "Press Start." if asked else READY
        told = progress_text(frame.status, run.silence, frame.numbers) if run else ready
        st.progress(frame.status.progress, text=told)
        _chart(run, frame)
        digit_strip(frame.strip, key="strip")
        if not projecting():
            st.html(frame.epochs)

    pace = {"starting": TICK, "running": TICK, "queued": SLOW_TICK, "paused": SLOW_TICK}
    live_fragment(tick, run_every=pace.get(state), shows="training")


def _chosen() -> TrainConfig | None:
    try:
        return chosen_config()
    except ConfigError:  # which Start tells
        return None


def one_step(run: Run | None, state: str) -> None:
    """The step that "1 batch" has taken, layer by layer, as long as it is the last one."""
    if run is not None and state == "paused" and (view := run.history.step_view):
        names = run.history.readings.names
        step_layers(view, names, is_plain=not run.config.double_softmax, key="one_step")


def progress_text(status: RunStatus, silence: float = 0.0, numbers: str = "") -> str:
    """State, epoch, step, the numbers of the moment, speed and time left in one line.

    Args:
        silence: seconds since the training process last said anything.
        numbers: what the run's history says of the moment.
    """
    where = f"epoch {max(status.epoch, 1)}, step {status.step:,} of {status.total_steps:,}"
    where += f" · {numbers}" if numbers else ""
    match status.state:
        case "queued":
            return f"Waiting: number {status.place} in the queue"
        case "starting":
            return "Starting: getting the network and the data ready …"
        case "running" if silence >= SILENT:
            return (
                f"No word from the training process for {_duration(silence)} · {where} · it goes "
                "on when the machine lets it; Stop ends it and keeps the numbers"
            )
        case "running" if status.step:
            left = _duration(status.seconds_left)
            speed = f"{status.speed:,.0f} examples a second{on_gpu(status.device)}"
            return f"Running · {where} · {speed} · {left} left"
        case "running":
            return "Running · the first steps are on their way"
        case "finished":
            return f"Finished · {where} · {_duration(status.seconds)} of training"
        case state:
            return f"{state.capitalize()} · {where}" if status.total_steps else state.capitalize()


def _duration(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _chart(run: Run | None, frame: Frame) -> None:
    """Send the rows this browser has not seen yet."""
    cursor = session_object(_Cursor)
    of = (run.id, id(run.history)) if run else ("", 0)
    if cursor.of != of:
        # A run that was continued has a history of its own, cut back to where it goes on.
        cursor.of, cursor.rows = of, None
    whole = cursor.rows is None
    tables = frame.tables(run.history if run else History(), cursor.rows)
    cursor.rows = {name: table.start + len(table.x) for name, table in tables.items()}
    cursor.seq += 1
    message = Message(
        run=of[0],
        seq=cursor.seq,
        tables=tables,
        spec=_SPEC if whole else None,
        marks=frame.marks,
        log=log_scale(),
        clip=frame.clip,
        last_step=frame.last_step,
        alt=frame.alt,
    )
    live_chart(message, key="chart", on_resync=cursor.send_whole)
