"""Colours, as plain data: one colour-blind-safe palette for every chart.

Each colour has two values, one to draw on a white page and one to draw on a
dark page. Every value has a contrast of at least 3 : 1 against its page, which
is what WCAG 2.2 (1.4.11) asks of graphical objects.

Training is blue and test is orange wherever they meet, in every panel: the two
differ for all common kinds of colour blindness, and in lightness as well.
"""

from __future__ import annotations

from typing import NamedTuple

LIGHT_PAGE = "#ffffff"
DARK_PAGES = ("#10151d", "#171614")  # of our theme, and Streamlit's own


class Colour(NamedTuple):
    """The same colour for the light page and for the dark page (`#rrggbb`)."""

    light: str
    dark: str


ROLES: dict[str, Colour] = {
    "batch_loss": Colour("#5a96c8", "#4a7fa8"),  # noisy and many points: paler than its mean
    "smoothed_loss": Colour("#005a9c", "#8fd0ff"),
    "test_loss": Colour("#c14f00", "#ff9d3c"),
    "train_accuracy": Colour("#005a9c", "#8fd0ff"),
    "test_accuracy": Colour("#c14f00", "#ff9d3c"),
    "mark": Colour("#6b7280", "#9ca3af"),
}
"""What a line in a chart stands for, and its colour."""

CLASSES: tuple[Colour, ...] = (
    Colour("#3694ff", "#52ffb4"),
    Colour("#ea6622", "#e1fa32"),
    Colour("#683864", "#f5aef3"),
    Colour("#9d0000", "#90d11a"),
    Colour("#9e908e", "#507543"),
    Colour("#ad4ba6", "#d102a3"),
    Colour("#1a00c0", "#27a714"),
    Colour("#4f001c", "#ac9296"),
    Colour("#3a4ff6", "#ad1af4"),
    Colour("#2c0761", "#f464f0"),
)
"""The ten digits 0–9. Found by a search that maximises the smallest distance
(OKLab) between any two of them, for full colour vision and for simulated
protanopia, deuteranopia and tritanopia (Machado et al. 2009) at once. Ten
colours are never quite enough: write the digit beside the colour as well."""

COLUMN_COLOURS: dict[str, Colour] = {
    "logit": Colour("#005a9c", "#8fd0ff"),
    "scaled": Colour("#0b6b75", "#4fd6e0"),
    "shifted": Colour("#5d6300", "#d3d94a"),
    "exponential": Colour("#a84300", "#ffab5e"),
    "probability": Colour("#1a7335", "#74dd90"),
    "loss": Colour("#b81d57", "#ff94b3"),
    "gradient": Colour("#6a3fc4", "#c8adff"),
}
"""Colour of each column of the bench, for its head, its bar, and the same term in a formula.
As text it has a contrast of at least 4.5 : 1 against its page (WCAG 2.2, 1.4.3)."""
