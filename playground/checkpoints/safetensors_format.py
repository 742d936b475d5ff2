"""Files of safetensors: a length, a JSON table of the tensors, their bytes, and nothing to run.

The format (https://huggingface.co/docs/safetensors): eight bytes with the length
of the table, little-endian; the table, which starts with `{`; then all values.
There is no checksum, so an altered value is not noticed as it is in a `.pt` file.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from playground.errors import CheckpointError, in_short
from playground.validation import natural_order

# Every entry becomes a tensor before anything can be looked at: 16,000 of them, which
# fit here, take half a second. Our largest network has 18 entries, about 2 kB.
MAX_TABLE_BYTES = 2**20
_LENGTH_BYTES = 8


def is_safetensors(content: bytes) -> bool:
    """Whether content is meant as safetensors, told by its beginning and not by a name."""
    return content[_LENGTH_BYTES : _LENGTH_BYTES + 1] == b"{" and not content.startswith(b"PK")


def serialise(state: Mapping[str, torch.Tensor]) -> bytes:
    """Return the file of compact tensors on the CPU, ordered by size of type and by name.

    Raises:
        CheckpointError: a tensor of a type, or with a name, that the format does not know.
    """
    from safetensors.torch import save

    try:
        return save(dict(state))
    except Exception as error:
        # The library's own errors, and KeyError or TypeError for what it has no word for.
        raise CheckpointError(
            f"These weights cannot be written as safetensors ({in_short(error)})",
            allowed="real or whole numbers under names that are text",
            advice="Take the .pt file instead",
        ) from error


def deserialise(content: bytes, name: str) -> dict[str, torch.Tensor]:
    """Return the tensors of a file, sorted by name: the library gives them in another order each
    time.

    Args:
        content: all of the file, of a size that was checked before.
        name: what messages call the file.

    Raises:
        CheckpointError: whatever is wrong with it.
    """
    from safetensors.torch import load

    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if length > MAX_TABLE_BYTES:
        raise CheckpointError(
            f"{name} starts with a table of {length:,} bytes",
            allowed=f"at most {MAX_TABLE_BYTES:,} bytes, enough for thousands of tensors",
            advice="Choose another file, or write this one again",
        )
    try:
        tensors = load(content)
    except Exception as error:
        # A hostile or damaged file can make the reader fail in any way at all.
        raise CheckpointError(
            f"{name} is cut short or damaged, or no safetensors file "
            f"({len(content):,} bytes; {in_short(error)})",
            allowed="a file written by safetensors.torch.save_file",
            advice="Choose another file, or write this one again",
        ) from error
    return {key: tensors[key] for key in sorted(tensors, key=natural_order)}
