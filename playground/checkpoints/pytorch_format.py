"""PyTorch's own files (`.pt`), read without running the programs a pickle can hold."""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Mapping
from typing import Any

import torch

from playground.errors import CheckpointError, in_short

# Of a file of weights. Its pickle is read by a slow interpreter, a few MB take half a
# minute; our largest network has 18 tensors, which take 2 kB of it.
MAX_PICKLE_BYTES = 256 * 1024
MAX_ENTRIES = 10_000
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip file's table
# What the pickle of a `state_dict` calls. `weights_only` lets more through, some of which,
# as bytearray(10**11), takes memory until the server is killed.
_STATE_DICT_CALLS = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
        *(
            f"torch {kind.__name__}"
            for kind in torch._storage_classes
            if kind.__module__ == "torch"
        ),
    }
)


def serialise(state: Mapping[str, torch.Tensor]) -> bytes:
    """Return the file `torch.save` would write of a copy on the CPU."""
    buffer = io.BytesIO()
    torch.save(compact(state), buffer)
    return buffer.getvalue()


def compact(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Copies on the CPU: a view would bring all the memory it looks into."""
    return {
        name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
        for name, tensor in state.items()
    }


def deserialise(content: bytes, name: str) -> Any:
    """Return the object in a PyTorch file without running anything the file says.

    For files this program wrote: a hostile one may still ask for much memory.

    Raises:
        CheckpointError: whatever is wrong with it.
    """
    _check_container(content, name)
    return _load(content, name)


def deserialise_weights(content: bytes, name: str) -> Any:
    """Return the object in a file that may come from a stranger.

    As `deserialise`; besides, the file's pickle is looked through before it is read: it
    must be short and must call nothing but what plain tensors are made with.

    Raises:
        CheckpointError: whatever is wrong with it.
    """
    if content.count(_ENTRY) > MAX_ENTRIES:
        raise CheckpointError(
            f"{name} is a zip file of more than {MAX_ENTRIES:,} parts",
            allowed="the weights of one network",
            advice="Save only the weights: torch.save(model.state_dict(), path)",
        )
    _check_container(content, name)
    return _load(_looked_through(content, name), name)


def _load(content: bytes, name: str) -> Any:
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        # A hostile or damaged file can make the reader fail in any way at all.
        raise _more_than_weights(name, in_short(error)) from error


def _more_than_weights(name: str, reason: str) -> CheckpointError:
    return CheckpointError(
        f"{name} is damaged, or holds more than weights ({reason})",
        allowed="tensors, numbers, strings and plain containers of them",
        advice="Save only the weights: torch.save(model.state_dict(), path)",
    )


def _looked_through(content: bytes, name: str) -> bytes:
    """The same file written anew from the parts that were checked.

    Two readers of zip files can take a hostile one for different things; so PyTorch's
    never gets to see what Python's has not.
    """
    clean = io.BytesIO()
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as archive,
            zipfile.ZipFile(clean, "w", zipfile.ZIP_STORED) as copy,
        ):
            names = [entry.filename.lower() for entry in archive.infolist()]
            if len(set(names)) < len(names):
                raise _more_than_weights(name, "two of its parts have one name")
            for entry in archive.infolist():
                part = archive.read(entry)
                # PyTorch finds names in capitals too.
                if entry.filename.lower().endswith(".pkl"):
                    _check_pickle(part, name)
                copy.writestr(entry.filename, part)
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError) as error:
        raise _more_than_weights(name, in_short(error)) from error
    return clean.getvalue()


def _check_pickle(content: bytes, name: str) -> None:
    """Read what a pickle would do, without doing it."""
    if len(content) > MAX_PICKLE_BYTES:
        raise CheckpointError(
            f"{name} has a table of {len(content):,} bytes",
            allowed=f"at most {MAX_PICKLE_BYTES:,} bytes, enough for a thousand tensors",
            advice="Save only the weights: torch.save(model.state_dict(), path)",
        )
    try:
        for operation, argument, _ in pickletools.genops(content):
            calls = operation.name == "GLOBAL" and argument not in _STATE_DICT_CALLS
            # The other ways to name something to call; PyTorch writes only GLOBAL.
            if calls or operation.name in {"STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"}:
                raise _more_than_weights(name, f"it calls {short(argument)}, no plain tensor")
    except (ValueError, TypeError, KeyError, IndexError, UnicodeError, OverflowError) as error:
        raise _more_than_weights(name, in_short(error)) from error


def _check_container(content: bytes, name: str) -> None:
    """torch.save writes zip files without compression; refuse what could unfold or was altered."""
    problem = ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                problem = f"{name} is a compressed zip file, which torch.save never writes"
            elif sum(entry.file_size for entry in entries) > len(content):
                problem = f"{name} would unfold to more than its {len(content):,} bytes"
            elif not any(entry.filename.lower().endswith(".pkl") for entry in entries):
                first = short(entries[0].filename) if entries else "nothing"
                problem = f"{name} is a zip file that torch.save has not written: it holds {first}"
            elif altered := archive.testzip():  # PyTorch itself does not look at checksums
                problem = f"{name} is damaged: {short(altered)} in it has changed"
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError) as error:
        problem = f"{name} is cut short or is no file of weights ({len(content):,} bytes; {error})"
    if problem:
        raise CheckpointError(
            problem,
            allowed="a file of torch.save (PyTorch 1.6 or later) or, for weights, of safetensors",
            advice="Choose another file, or write this one again",
        )


def short(key: object) -> str:
    """A key as a message shows it, whatever a hostile file made of it."""
    if not isinstance(key, str | int):  # from a hostile file it may be of any size and depth
        return f"a key of type {type(key).__name__}"
    text = repr(key)
    return text if len(text) <= 60 else text[:57] + "…"


def is_plain_tensor(value: object) -> bool:
    """Whether a value is a tensor with all of its numbers in memory, one beside the other."""
    return (
        isinstance(value, torch.Tensor)
        and value.layout == torch.strided
        and not (value.is_quantized or value.is_nested or value.is_meta)
    )
