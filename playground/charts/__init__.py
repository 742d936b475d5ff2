"""The figures of the lessons: from numbers to plain dictionaries that Plotly draws.

Nothing here knows Streamlit or the plotly package. `playground.ui.components.figure` shows a
`Chart`.
"""

from playground.charts.base import Chart, Live
from playground.charts.batch import sorted_losses
from playground.charts.loss import loss_curve
from playground.charts.simplex import simplex
from playground.charts.softmax import jacobian, shift, temperature_curve
from playground.charts.twice import softmax_twice
from playground.charts.two_classes import binary_loss, sigmoid_curve

__all__ = [
    "Chart",
    "Live",
    "binary_loss",
    "jacobian",
    "loss_curve",
    "shift",
    "sigmoid_curve",
    "simplex",
    "softmax_twice",
    "sorted_losses",
    "temperature_curve",
]
