"""Why a drawing is read as it is: what counted for an answer, and what it resembles.

Everything takes arrays and a `Reader`, and returns arrays; nothing here draws or trains.
Importing this package does not import PyTorch; what needs it imports it when it is called.
"""

from playground.explaining.maps import WINDOW, occlusion, saliency
from playground.explaining.nearest import nearest
from playground.explaining.reader import Reader, from_weights, half_weights
from playground.explaining.trace import DecisionTrace, decision_trace

__all__ = [
    "WINDOW",
    "DecisionTrace",
    "Reader",
    "decision_trace",
    "from_weights",
    "half_weights",
    "nearest",
    "occlusion",
    "saliency",
]
