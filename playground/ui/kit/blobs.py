"""Large constant parts of a component's message, sent to a browser once.

Streamlit sends the whole data of a component at every rerun, and a message can be lost when one run
overtakes another. So the browser keeps what it was sent by name (_kernel/blobs.js), and asks
until it comes for what it misses: see `send_again`.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_BLOBS_KEPT = 8  # of a component; _kernel/blobs.js keeps at least as many


def blob(key: str, content: bytes) -> dict[str, str]:
    """A large constant part of a component's message: its name, and itself the first time.

    Args:
        key: of the component.
        content: any bytes.

    Returns:
        `{"id": …}`, with `"bytes"` in base64 if this session was not sent them lately.
    """
    identity = hashlib.sha256(content).hexdigest()[:16]
    sent: list[str] = st.session_state.setdefault(_sent(key), [])
    if identity in sent:
        return {"id": identity}
    sent.append(identity)
    del sent[:-_BLOBS_KEPT]
    return {"id": identity, "bytes": base64.b64encode(content).decode("ascii")}


def own_blob(content: bytes) -> dict[str, Any]:
    """The same for a message that a browser fetches: itself, each time."""
    identity = hashlib.sha256(content).hexdigest()[:16]
    return {"id": identity, "bytes": base64.b64encode(content).decode("ascii"), "isOwn": True}


def send_again(key: str) -> None:
    """Forget what the browser was sent for a component, so that the next rerun sends it."""
    st.session_state.pop(_sent(key), None)


def signed_bytes(values: NDArray[np.floating[Any]], limit: float) -> bytes:
    """One int8 a value, ±127 for ±limit and beyond: enough for a picture."""
    return bytes(np.rint(np.clip(values / limit, -1, 1) * 127).astype(np.int8).tobytes())


def _sent(key: str) -> str:
    return f"_{key}_blobs"
