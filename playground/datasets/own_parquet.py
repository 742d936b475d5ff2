"""Parquet files with pictures in them, as Hugging Face offers MNIST: made a zip of folders first.

pyarrow, which unpacks them, is there because Streamlit needs it.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from playground.datasets.own_limits import MAX_ARRAYS, Faults, quoted
from playground.datasets.own_split import file_role
from playground.datasets.parquet_child import MAX_OUTPUT
from playground.errors import DataError

MAGIC = b"PAR1"
ALLOWED = (
    "Parquet with a column of picture files (PNG or JPEG, as bytes) and a column label, class, "
    "target or y"
)
_PATIENCE = 120.0  # seconds for all files of an upload
_ROOT = str(Path(__file__).resolve().parents[2])
MEMORY = 2**30  # bytes of data that the process may have


def as_zip(files: Sequence[tuple[str, bytes]], source: str) -> tuple[bytes, str]:
    """Unpack Parquet files into one zip with a folder for each class, and say how they were read.

    Above the classes lie train and test if the files' names say so.

    Raises:
        DataError: naming what is wrong.
    """
    faults = Faults(source)
    if len(files) > MAX_ARRAYS:
        faults.refuse(f"it has {len(files):,} Parquet files, allowed: {MAX_ARRAYS}", ALLOWED)
    together = io.BytesIO()
    words, total, deadline = "", 0, time.monotonic() + _PATIENCE
    with zipfile.ZipFile(together, "w") as archive:
        for number, (name, content) in enumerate(files):
            about, packed = _unpacked(content, deadline - time.monotonic())
            if fault := about.get("fault", ""):
                faults.add(f"{quoted(name)} {fault}" if len(files) > 1 else f"it {fault}")
                if faults.full:
                    break
                continue
            total += len(packed)
            if total > MAX_OUTPUT:
                faults.add(f"it unpacks to more than {MAX_OUTPUT:,} bytes of images")
                break
            words = f"Labels from column {quoted(about['label'])}, images from "
            words += f"column {quoted(about['image'])}"
            if len(files) == 1:
                return packed, words
            folder = file_role(name) or "all"
            with zipfile.ZipFile(io.BytesIO(packed)) as part:
                for info in part.infolist():
                    archive.writestr(
                        f"{folder}/{info.filename.replace('/', f'/{number}-')}", part.read(info)
                    )
    faults.raise_if_any(ALLOWED)
    return together.getvalue(), words


def _unpacked(content: bytes, seconds: float) -> tuple[dict[str, str], bytes]:
    """What the process says of a file, and the zip it has made."""
    command = [sys.executable, "-m", "playground.datasets.parquet_child", str(MEMORY)]
    path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": path}
    try:
        done = subprocess.run(  # noqa: S603 (our own module)
            command, input=content, capture_output=True, timeout=seconds, check=True, env=env
        )
        head, _, packed = done.stdout.partition(b"\n")
        return json.loads(head), packed
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise DataError(
            f"The Parquet file could not be unpacked ({type(error).__name__})",
            allowed=ALLOWED,
            advice="Take a smaller file, or save the images as a zip with a folder for each class",
        ) from error
