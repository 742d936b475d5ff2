"""A training process has PyTorch's optimizers without its compiler, which is there on demand."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys

import torch

from playground.runs import worker
from playground.training import TrainConfig, train

worker._warm_up()
for optimizer in ("sgd", "adam", "adamw"):
    for _ in train(TrainConfig(optimizer=optimizer, train_size=64, epochs=1)):
        pass
print([name for name in sys.modules if name.startswith(("torch._dynamo.", "sympy."))])

import torch._dynamo.config

print(torch._dynamo.config.disable, "torch._dynamo.eval_frame" in sys.modules)
print(torch._dynamo is sys.modules["torch._dynamo"], hasattr(torch._dynamo, "optimize"))
for _ in train(TrainConfig(train_size=64, epochs=1)):
    pass
"""


def test_the_compiler_is_imported_by_who_asks_for_it_and_not_by_a_training() -> None:
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["[]", "False True", "True True"]
