"""How large a file may be, and words for what is in it."""

from __future__ import annotations

from collections.abc import Sequence

from playground.errors import CheckpointError

_MOST_FAULTS = 50  # of each kind in a message; a hostile file can hold a million keys


def require_size(content: bytes, name: str, max_bytes: int) -> None:
    """Refuse a file of more than `max_bytes`.

    Args:
        name: what a message calls it.

    Raises:
        CheckpointError: it has more.
    """
    if len(content) > max_bytes:
        raise CheckpointError(
            f"{name} is too large",
            allowed=f"at most {max_bytes:,} bytes",
            advice="Save only the weights: torch.save(model.state_dict(), path)",
        )


def short(key: object) -> str:
    """A key as a message shows it, whatever a hostile file made of it."""
    if not isinstance(key, str | int):  # from a hostile file it may be of any size and depth
        return f"a key of type {type(key).__name__}"
    text = repr(key)
    return text if len(text) <= 60 else text[:57] + "…"


def listed(items: Sequence[str]) -> str:
    """The items of a list in a message, the first of very many."""
    rest = len(items) - _MOST_FAULTS
    return ", ".join(items[:_MOST_FAULTS]) + (f" and {rest:,} more" if rest > 0 else "")
