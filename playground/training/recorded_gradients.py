"""Forward, loss and backward that a GPU repeats from a recording.

At small batches a GPU waits for Python, which starts the operations of a step one by one. A CUDA
graph is their recording: taken once, it starts them all with one call. They are the same operations
on the same memory, so no bit of a run depends on it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

_log = logging.getLogger("playground.training")

# Steps that are taken before one is recorded: libraries make what they need in the first.
WARM = 2

Results = tuple[Tensor, ...]
# From operations to their replay and the tensors that each replay fills. Nothing is computed
# while they are recorded.
Recorder = Callable[[Callable[[], Results]], tuple[Callable[[], object], Results]]


def cuda_graph(operations: Callable[[], Results]) -> tuple[Callable[[], object], Results]:
    """Record operations as a CUDA graph.

    Raises:
        RuntimeError: there is one that cannot be recorded.
    """
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        results = operations()
    return graph.replay, results


RECORDERS: dict[str, Recorder] = {"cuda": cuda_graph}


class RecordedGradients:
    """Calls what it is given, or the recording of it where there is one.

    Args:
        parameters: where the optimizer finds the gradients.
        n: the number of examples that is recorded.
        recorder: how it is recorded on this device.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], n: int, recorder: Recorder) -> None:
        self.parameters, self.n = list(parameters), n
        self.recorder: Recorder | None = recorder
        self.taken = 0
        self.replay: Callable[[], object] | None = None

    def __call__(
        self, autograd: Callable[[Tensor, Tensor], Results], images: Tensor, targets: Tensor
    ) -> Results:
        """What `autograd` gives, which is the same function each time: loss and logits.

        The gradients are with the parameters. The next call overwrites the logits.
        """
        if len(targets) != self.n:
            return autograd(images, targets)
        if self.taken == WARM and self.recorder is not None:
            self.record(self.recorder, autograd, images, targets)
        self.taken += 1
        if self.replay is None:
            return autograd(images, targets)
        self.images.copy_(images)
        self.targets.copy_(targets)
        self.replay()
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            parameter.grad = gradient  # a smaller batch had others
        loss, logits = self.results
        return loss.clone(), logits

    def record(
        self,
        recorder: Recorder,
        autograd: Callable[[Tensor, Tensor], Results],
        images: Tensor,
        targets: Tensor,
    ) -> None:
        """Make the recording; where that fails the run goes on without."""
        self.images, self.targets = images.clone(), targets.clone()
        try:
            self.replay, self.results = recorder(lambda: autograd(self.images, self.targets))
        except RuntimeError as error:
            self.recorder = None
            _log.warning("a GPU is told each operation: %s", str(error).split("\n")[0])
        else:
            self.gradients = [parameter.grad for parameter in self.parameters]
