"""Networks for programs outside: build one by its name, or load the one that reads drawings.

The networks themselves are in `playground.networks`. Importing this imports PyTorch.
"""

from playground.networks.build import build_model
from playground.networks.default import load_default

__all__ = ["build_model", "load_default"]
