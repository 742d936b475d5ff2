"""What a person takes home from one run: a script, a notebook, the numbers.

Everything here is text about a run; nothing is trained and PyTorch is not needed
to import it. Weights are in `playground.checkpoints`.
"""

from __future__ import annotations

from playground.export.history import history_csv
from playground.export.notebook import training_notebook
from playground.export.plan import OWN_IMAGES, START_WEIGHTS
from playground.export.script import training_script
from playground.export.sweep import sweep_script

__all__ = [
    "OWN_IMAGES",
    "START_WEIGHTS",
    "history_csv",
    "sweep_script",
    "training_notebook",
    "training_script",
]
