"""The networks. Each is a class and its spec, and the rest of the program asks the spec.

`classes` has the networks as PyTorch modules, whose `forward` methods are the lesson, and
`catalogue` one `NetworkSpec` for each. `build` makes a network from its name, `default` the
one that ships with its weights. Importing this package does not import PyTorch.
"""

from playground.networks.catalogue import NETWORKS
from playground.networks.spec import PIXELS, Layer, NetworkSpec, Option

__all__ = ["NETWORKS", "PIXELS", "Layer", "NetworkSpec", "Option"]
