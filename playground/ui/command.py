"""The command `softmax-playground`: serve the app, from any folder."""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.web import cli

PACKAGE = Path(__file__).resolve().parents[1]


def app_path() -> Path:
    """Where app.py is: in the package if that is installed, beside it in a clone."""
    installed = PACKAGE / "app" / "app.py"
    return installed if installed.exists() else PACKAGE.with_name("app.py")


def main() -> None:
    """Do what `streamlit run app.py` does, with the same options.

    The settings in .streamlit beside app.py are those that hold: Streamlit reads them last.
    """
    cli.main(["run", str(app_path()), *sys.argv[1:]], prog_name="streamlit")
