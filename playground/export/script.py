"""One run as a Python script that stands alone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from playground.datasets.catalogue import own_id
from playground.export.optimizing import WIDTH
from playground.export.phases import imports, phases, title
from playground.export.plan import Change, Plan, read_plan
from playground.export.sources import source
from playground.training import TrainConfig

_DEFINITIONS = ("def ", "class ", "@")


def training_script(config: TrainConfig, changes: Sequence[Change] = ()) -> str:
    """Return a script that trains what `train(config)` trains and gets the same losses.

    It needs PyTorch and torchvision alone, reads the data set from `data` (and downloads
    it if it is not there), prints a loss every ten batches and the test loss after every
    epoch, and writes `losses.csv` and `weights.pt`, all in the directory it is
    started in. Somebody's own images it reads from `images.npz`, as `save_own` has written
    them, and says so at its beginning. The same run always gives the same text.

    Args:
        config: the run as it was started.
        changes: settings changed while it went on, in any order; see `Change`.

    Raises:
        ConfigError: the network does not have these options, or a change is no setting.
    """
    plan = read_plan(config, changes)
    parts = phases(plan, reads_arguments=True)
    text, before = f"{_head(plan)}\n\n{imports(plan, parts)}", ""
    for number, part in enumerate(parts, start=1):
        comment = textwrap.wrap(f"{number}. {part.title}. {part.what}", WIDTH - 2)
        text += _gap(before, part.code) + "".join(f"# {line}\n" for line in comment) + part.code
        before = part.code
    return text + "\n"


def _head(plan: Plan) -> str:
    origin = source(plan)
    text = (
        f"Do `pip install {origin.packages}`, then `python train.py`. The loss of every step goes "
        "to losses.csv, or to the file named after train.py; the weights to weights.pt."
    )
    paragraphs = [text] if own_id(plan.config.dataset) is None else [origin.needs, text]
    filled = "\n\n".join(textwrap.fill(each, WIDTH - 2) for each in paragraphs)
    return f'"""{title(plan)}.\n\n{filled}\n"""'


def _gap(before: str, after: str) -> str:
    """The usual two empty lines around a function or class at the top, else one."""
    last_at_the_top = [line for line in before.splitlines() if line[:1].strip()][-1:]
    beside = any(line.startswith(_DEFINITIONS) for line in [*last_at_the_top, after])
    return "\n\n\n" if beside else "\n\n"
