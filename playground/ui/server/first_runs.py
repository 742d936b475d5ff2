"""A browser that comes back to a new session is shown its page anew.

After a restart of the server, or more than the two minutes that Streamlit keeps a session, a
browser that still shows its page gets a new session. It asks for nothing but what it would have
asked for anyway: a part that is drawn again, or the part of a message. A new session knows no
parts, and Streamlit 1.67 leaves that out, so the page would wait for ever. Here the first run of a
session is of the whole page, with the values of its widgets, which came along; and a browser that
comes back is told to ask at once (docs/decisions/0033-old-news.md).
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

_request, _connect = AppSession.request_rerun, WebsocketSessionManager.connect_session
_ASK_EVERY = 0.2  # seconds, until the whole page comes, which ends it
_begun: WeakSet[AppSession] = WeakSet()


def install() -> None:
    """Have it so in all sessions of this process, from now on."""
    AppSession.request_rerun = _whole_page_first  # type: ignore[method-assign]
    WebsocketSessionManager.connect_session = _have_it_ask  # type: ignore[method-assign]


def _whole_page_first(self: AppSession, client_state: ClientState | None) -> None:
    if client_state is not None and self not in _begun:
        client_state.fragment_id, client_state.is_auto_rerun = "", False
    _begun.add(self)
    _request(self, client_state)


def _have_it_ask(
    self: WebsocketSessionManager,
    client: Any,
    script_data: Any,
    user_info: Any,
    existing_session_id: str | None = None,
    session_id_override: str | None = None,
) -> str:
    """Connect a browser, and have it ask for its page if the session that it had is gone."""
    found = _connect(self, client, script_data, user_info, existing_session_id, session_id_override)
    info = self.get_active_session_info(found)
    if existing_session_id and info is not None and info.session not in _begun:
        message = ForwardMsg()
        message.auto_rerun.interval = _ASK_EVERY
        message.auto_rerun.fragment_id = "all"
        info.session._enqueue_forward_msg(message)
    return found
