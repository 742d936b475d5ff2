"""One run as a Python script that stands alone.

The text is in `templates/train.py.jinja`, and only what the one run needs is written: no choice of
optimizer or schedule is left for the reader to follow. `templates/networks/` has the networks as a
person would write them. Their attributes have the names of `playground.networks.classes`, so that
weights go both ways, and are made in the same order, so that one seed gives the same first weights.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from playground.code_templates import LINE, render
from playground.export.plan import read_plan
from playground.training import Change, TrainConfig

PHASE = re.compile(r"^# %% (\d)\. (.+)\n# (.+)\n# (.+)\n", re.MULTILINE)
"""A phase's beginning in `phases.py.jinja`: number, title, what happens, and a reason for it."""


def training_script(
    config: TrainConfig,
    changes: Sequence[Change] = (),
    *,
    from_weights: bool = False,
    threads: int = 0,
) -> str:
    """Return a script that trains what `train(config)` trains and gets the same losses.

    It needs PyTorch and torchvision alone, reads the data set from `data` (and downloads
    it if it is not there), prints a loss every ten batches and the test loss after every
    epoch, and writes `losses.csv` and `weights.pt`, all in the directory it is
    started in. Somebody's own images it reads from `images.npz`, as `save_own` has written
    them, and says so at its beginning. The same run always gives the same text.

    Args:
        config: the run as it was started.
        changes: settings changed while it went on, in any order; see `Change`.
        from_weights: the run did not begin with new weights but with those in `START_WEIGHTS`.
        threads: how many computed; the last digits depend on it. 0 leaves it to the machine.

    Raises:
        ConfigError: the network does not have these options, or a change is no setting.
    """
    plan = read_plan(config, changes, threads)
    text = render("export/train.py.jinja", run=plan, notebook=False, from_weights=from_weights)
    return PHASE.sub(_comment, text)


def _comment(phase: re.Match[str]) -> str:
    number, title, what, _ = phase.groups()
    lines = textwrap.wrap(f"{number}. {title}. {what}", LINE - 2)
    return "".join(f"# {line}\n" for line in lines)
