"""PyTorch's optimizers without its compiler, which nobody here asks to compile anything.

The first optimizer of a process imports `torch._dynamo`, for two functions that do nothing outside
`torch.compile`: 1.5 s of processor and 150 MB, for each training process. A stand-in answers these
two. Whoever asks for anything else gets the compiler itself, from then on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import torch

_NAME = "torch._dynamo"


def leave_compiler_out() -> None:
    """Put the stand-in where the optimizers look, if the compiler is not imported already."""
    if _NAME not in sys.modules:
        sys.modules[_NAME] = torch._dynamo = _StandIn(_NAME)


class _StandIn(ModuleType):
    @staticmethod
    def graph_break(*_: Any) -> None:
        """What is computed until here is one graph: nothing to do where nothing is compiled."""

    @staticmethod
    def disable(function: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        """The function, never compiled."""
        return function

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # asked of every module by inspect
            raise AttributeError(name)
        if sys.modules.get(_NAME) is self:
            del sys.modules[_NAME], torch._dynamo
        return getattr(import_module(_NAME), name)
