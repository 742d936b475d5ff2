"""The files of the network that ships with the app. No PyTorch: a browser reads with them, too.

A browser has them, and reads, before the server has imported what it reads with.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

WEIGHTS = Path(__file__).resolve().parents[1] / "assets" / "networks" / "reader.safetensors"
CALIBRATION = WEIGHTS.with_name("evidence.safetensors")
MAX_BYTES = 2_000_000  # of each; more is not even read: nothing of this program writes as much


@lru_cache(maxsize=1)
def shipped_files() -> tuple[bytes, bytes | None]:
    """The weights and, if it was made for these, their calibration (`evidence`).

    Raises:
        OSError: there are no weights, or more than ours.
    """
    weights = content_of(WEIGHTS)
    try:
        calibration = content_of(CALIBRATION)
        is_theirs = _made_for(calibration) == hashlib.sha256(weights).digest()
    except Exception:  # noqa: BLE001 - `load_evidence` says in the log what is wrong with it
        return weights, None
    return weights, calibration if is_theirs else None


def content_of(path: Path) -> bytes:
    """What is in one of these files.

    Raises:
        OSError: it is not there, or larger than ours.
    """
    if path.stat().st_size > MAX_BYTES:
        raise OSError(f"{path} has more than {MAX_BYTES:,} bytes")
    return path.read_bytes()


def _made_for(calibration: bytes) -> bytes:
    from safetensors.numpy import load

    return load(calibration)["made_for"].tobytes()
