"""The figures: from numbers to what `playground.ui.components.figure` shows.

A `Chart` is a plain dictionary that Plotly draws. A `MovingChart` is a few numbers from which the
browser draws the figure. Nothing here knows Streamlit or the plotly package.
"""

from playground.charts.base import Chart, MovingChart
from playground.charts.batch import sorted_losses
from playground.charts.loss import loss_curve, loss_curve_of_logits
from playground.charts.simplex import simplex
from playground.charts.softmax import jacobian, shift, temperature_curve
from playground.charts.twice import softmax_twice
from playground.charts.two_classes import binary_loss, sigmoid_curve

__all__ = [
    "Chart",
    "MovingChart",
    "binary_loss",
    "jacobian",
    "loss_curve",
    "loss_curve_of_logits",
    "shift",
    "sigmoid_curve",
    "simplex",
    "softmax_twice",
    "sorted_losses",
    "temperature_curve",
]
