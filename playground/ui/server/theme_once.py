"""The theme that a browser is told with each run of the script, made once.

Streamlit 1.67 puts the whole theme into the first message of each run, also of a part of a page
that is drawn twice a second. It goes through all options of the configuration six times for that,
which took half a millisecond, a tenth of a tick. The theme stays as it is while a server runs.
"""

from __future__ import annotations

from functools import cache

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

_streamlits_own = app_session._populate_theme_msg


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    app_session._populate_theme_msg = _copy


def _copy(msg: CustomThemeConfig, section: str = "theme") -> None:
    made = _made(section)
    if made.ByteSize():  # what is not set stays unset
        msg.MergeFrom(made)


@cache
def _made(section: str) -> CustomThemeConfig:
    message = CustomThemeConfig()
    _streamlits_own(message, section)
    return message
