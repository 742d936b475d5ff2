"""The Train page: settings, the run that is shown, and what one does with runs."""

from pathlib import Path

STYLE_INSIDE = Path(__file__).with_name("inside.css")
