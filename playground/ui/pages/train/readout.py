"""The numbers of a run at one moment, in words: for the back row, a screen reader, a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from playground import golden_values
from playground.lessons.describe import fixed
from playground.runs import History, RunStatus
from playground.training import Evaluation, TrainConfig
from playground.validation import Floats, percent

_TABLE_ROWS = 9


def headline(history: History, status: RunStatus) -> str:
    """The numbers of the moment for the back row, as HTML; each has its own fixed place."""
    test = history.evaluations[-1] if history.evaluations else None
    loss = _in_large(_last_row(history)["smoothed_loss"][-1]) if history.steps else "–"
    numbers = (
        ("Epoch", f"{max(status.epoch, 1)}" if status.total_steps else "–"),
        ("Training loss", loss),
        ("Test loss", _in_large(test.loss) if test else "–"),
        ("Test accuracy", escape(percent(test.accuracy)) if test else "–"),
    )
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in numbers)
    return f'<dl class="sp-headline">{cells}</dl>'


def _in_large(loss: float) -> str:
    """A loss of any size in seven letters, for which a beamer of 1024 px has room."""
    if loss < 999.9995:
        return fixed(loss, 3)
    return f"{loss:.0f}" if loss < 1e6 else f"{loss:.1e}"


def numbers_text(history: History) -> str:
    """Smoothed loss and the last test accuracy, as far as there are any."""
    loss = f"loss {fixed(_last_row(history)['smoothed_loss'][-1], 3)}" if history.steps else ""
    tests = history.evaluations[-1:]
    return " · ".join(filter(None, [loss, *(f"test {percent(last.accuracy)}" for last in tests)]))


def alt_text(history: History, status: RunStatus) -> str:
    """The chart in words."""
    if not history.steps:
        return "No step has been taken yet."
    row = _last_row(history)
    text = (
        f"At step {status.step:,}: smoothed training loss {fixed(row['smoothed_loss'][-1], 4)}, "
        f"accuracy {percent(row['smoothed_accuracy'][-1])}, learning rate {row['rate'][-1]:.4g}."
    )
    if history.evaluations:
        last = history.evaluations[-1]
        text += f" After epoch {last.epoch}: test loss {fixed(last.loss, 4)}, "
        text += f"accuracy {percent(last.accuracy, 2)}."
    return text


def _last_row(history: History) -> dict[str, Floats]:
    total = history.training_rows(start=10**9).total
    return history.training_rows(start=total - 1).columns


def epoch_table(
    evaluations: Sequence[Evaluation], config: TrainConfig | None
) -> list[tuple[str, ...]]:
    """A run's latest evaluations, row by row; a column for each epoch that it may have.

    Args:
        config: of the run, or what Start would take; None: it cannot be trained. Beside notebook
            A's network on all of MNIST stand the accuracies that the notebook prints.
    """
    printed = golden_values.ACCURACY_BY_EPOCH
    by_epoch = {each.epoch: each for each in evaluations}  # those of a branch do not begin with 1
    earliest, latest = min(by_epoch, default=1), max(by_epoch, default=0)
    first = max(earliest, latest - _TABLE_ROWS + 1)
    end = first + _TABLE_ROWS
    if config is not None:
        end = min(end, max(config.epochs, latest) + 1)
    cells: list[tuple[str, ...]] = []
    for epoch in range(first, end):
        done = by_epoch.get(epoch)
        cells.append(
            (
                str(epoch),
                fixed(done.loss, 4) if done else "–",
                f"**{percent(done.accuracy, 2)}**" if done else "–",
                f"{printed[epoch - 1]:.2f}%" if epoch <= len(printed) else "–",
            )
        )
    heads = ("Epoch", "Test loss", "Test accuracy", "Notebook A printed")
    table = [(head, *column) for head, column in zip(heads, zip(*cells, strict=True), strict=True)]
    return table if _is_of_notebook(config) else table[:-1]


def _is_of_notebook(config: TrainConfig | None) -> bool:
    """Whether it is notebook A's network on all of MNIST, however it is trained."""
    usual = TrainConfig()
    return config is not None and all(
        getattr(config, name) == getattr(usual, name)
        for name in ("model", "model_options", "dataset", "classes", "train_size")
    )
