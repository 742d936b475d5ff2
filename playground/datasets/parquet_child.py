"""The process that unpacks a Parquet file: `python -m playground.datasets.parquet_child BYTES`.

A page of such a file may state any size and is unpacked as a whole by pyarrow, so a stranger's
file is opened in a process that may have only so much memory. It reads the file from stdin and
writes a line of JSON to stdout, with the fault or with how the file was read, and after it a zip
of the images in a folder for each class.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

from playground.datasets.own_columns import LABEL_NAMES

MAX_OUTPUT = 400 * 2**20
_ROWS = 256  # read at a time
_LABELS = (*LABEL_NAMES, "fine_label")
_SLASH = "\N{DIVISION SLASH}"  # a class's name is a folder's, which has no other


class _FaultError(Exception):
    """What keeps the file from being read; the text continues a sentence that begins with it."""


def main() -> None:
    """Answer on stdout, whatever the file holds."""
    memory = int(sys.argv[1])
    _limit_memory(memory)
    about, packed = answer(sys.stdin.buffer.read(), memory)
    sys.stdout.buffer.write(json.dumps(about).encode() + b"\n" + packed)


def answer(content: bytes, memory: int) -> tuple[dict[str, str], bytes]:
    """How the file was read, and a zip of its images; or its fault, whatever it is, and nothing."""
    try:
        return convert(content)
    except _FaultError as error:
        fault = str(error)
    except ModuleNotFoundError:
        fault = "needs the Python package pyarrow, which is not installed"
    except ImportError as error:  # it is there, and finds no memory for its libraries
        fault = f"was not read: pyarrow could not be loaded ({error})"
    except MemoryError:
        fault = f"needs more than {memory:,} bytes to be read"
    except Exception as error:  # noqa: BLE001  pyarrow raises whatever it meets
        fault = f"is damaged ({str(error)[:200] or type(error).__name__})"
    return {"fault": fault}, b""


def convert(content: bytes) -> tuple[dict[str, str], bytes]:
    """How the file was read, and a zip of its images.

    Raises:
        _FaultError: it has no images or labels, or too much of them.
    """
    import pyarrow
    from pyarrow import parquet

    pyarrow.set_cpu_count(1)
    file = parquet.ParquetFile(pyarrow.BufferReader(content), pre_buffer=False)
    schema = file.schema_arrow
    label = next((n for each in _LABELS for n in schema.names if n.lower() == each), None)
    others = (name for name in schema.names if name != label)
    image = next((name for name in others if _holds_images(schema.field(name).type)), None)
    if image is None or label is None:
        missing = "images" if image is None else "labels"
        listed = ", ".join(f"{name[:40]!r}" for name in schema.names[:10])
        raise _FaultError(f"has no column of {missing} among {listed}")
    names = _class_names(schema.metadata, label)
    packed, size = io.BytesIO(), 0
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (text, data) in enumerate(_rows(file, image, label, names)):
            size += len(data)
            if size > MAX_OUTPUT:
                raise _FaultError(f"has more than {MAX_OUTPUT:,} bytes of images")
            archive.writestr(f"{text}/{number}.png", data)
    return {"image": image, "label": label}, packed.getvalue()


def _rows(file: Any, image: str, label: str, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """The class and the picture file of each row."""
    row = 0
    for batch in file.iter_batches(batch_size=_ROWS, columns=[image, label], use_threads=False):
        values = batch.column(label).to_pylist()
        for value, cell in zip(values, batch.column(image).to_pylist(), strict=True):
            row += 1
            data = cell.get("bytes") if isinstance(cell, dict) else cell
            is_labelled = value not in (None, "", b"")
            if not is_labelled or not data:
                missing = "image" if is_labelled else "label"
                raise _FaultError(f"has no {missing} in row {row:,}")
            yield _class_name(value, names).replace("/", _SLASH).replace("\\", _SLASH), data


def _class_name(value: Any, names: list[str]) -> str:
    """A label as text; 3.0, as columns with gaps have it, is 3."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    is_known = isinstance(number, int) and 0 <= number < len(names)
    return names[number] if is_known else str(number)


def _holds_images(kind: Any) -> bool:
    from pyarrow import types

    if types.is_struct(kind):
        inner = [kind.field(i) for i in range(kind.num_fields)]
        return any(field.name == "bytes" and _is_bytes(field.type) for field in inner)
    return _is_bytes(kind)


def _is_bytes(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _class_names(metadata: dict[bytes, bytes] | None, label: str) -> list[str]:
    """As Hugging Face's `datasets` writes them into the file; [] if there are none."""
    try:
        about = json.loads((metadata or {})[b"huggingface"])
        return [str(name) for name in about["info"]["features"][label]["names"]]
    except (ValueError, KeyError, TypeError):
        return []


def _limit_memory(memory: int) -> None:
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the others reserve more than they use
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


if __name__ == "__main__":
    main()
