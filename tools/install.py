"""Install a requirements file, with PyTorch for the CPU where there is no NVIDIA GPU.

    python tools/install.py .venv/bin/python requirements.txt

On Linux, PyPI's PyTorch brings CUDA: gigabytes, of no use without such a GPU. PyTorch's own index
has builds for the CPU alone (200 MB). They are taken if that index answers within `PATIENCE`, else
PyPI's; a line says which and why. `TORCH_INDEX` decides otherwise: `pypi`, or the URL of an index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

VARIABLE = "TORCH_INDEX"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PYPI = "pypi"
PATIENCE = 5.0  # seconds
PACKAGES = ("torch", "torchvision")


def has_nvidia_gpu(root: Path = Path("/")) -> bool:
    """Whether NVIDIA's driver is loaded, on Linux or in Linux under Windows."""
    places = ("proc/driver/nvidia/version", "dev/nvidiactl", "usr/lib/wsl/lib/nvidia-smi")
    return any((root / place).exists() for place in places) or bool(shutil.which("nvidia-smi"))


def answers(index: str, seconds: float = PATIENCE) -> bool:
    """Whether an index lists PyTorch, said within that time."""
    listed = threading.Event()

    def ask() -> None:
        with urllib.request.urlopen(f"{index.rstrip('/')}/torch/", timeout=seconds) as answer:
            if answer.status == 200:
                listed.set()

    def ask_quietly() -> None:
        try:
            ask()
        except (OSError, ValueError, HTTPException):  # not there, no URL, no index
            pass
        finally:
            ended.set()

    ended = threading.Event()
    threading.Thread(target=ask_quietly, daemon=True).start()  # a name may take long to look up
    ended.wait(seconds)
    return listed.is_set()


def chosen_index(environ: Mapping[str, str], platform: str, gpu: bool) -> tuple[str | None, str]:
    """Where PyTorch comes from.

    Args:
        environ: environment variables.
        platform: as in `sys.platform`.
        gpu: whether there is an NVIDIA GPU.

    Returns:
        The index, or None for PyPI; and the reason.
    """
    asked = environ.get(VARIABLE, "").strip()
    if asked.lower() == PYPI:
        return None, f"{VARIABLE} says so"
    if not asked and platform != "linux":
        return None, "its builds for this system bring no CUDA"
    if not asked and gpu:
        return None, "there is an NVIDIA GPU"
    index = asked or CPU_INDEX
    if not answers(index):
        return None, f"{index} did not answer within {PATIENCE:g} seconds"
    return index, f"{VARIABLE} says so" if asked else "there is no NVIDIA GPU"


def torch_requirements(requirements: Path) -> list[str]:
    """The lines about PyTorch of a requirements file and of those that it names with `-r`."""
    lines = []
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if included := re.fullmatch(r"-r\s+(\S+)\s*", line):
            lines += torch_requirements(requirements.parent / included[1])
        elif re.match(r"[\w.-]*", line)[0].lower() in PACKAGES:  # type: ignore[index]
            lines.append(line.strip())
    return lines


def install(python: str, requirements: Path) -> int:
    """Install them for that interpreter; pip's exit status."""
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    # Python compiles what it imports; all of PyTorch beforehand would take a third of the time.
    pip += ["install", "--quiet", "--no-compile"]
    if torch := torch_requirements(requirements):  # also if it is here: it may be too old
        index, reason = chosen_index(os.environ, sys.platform, has_nvidia_gpu())
        print(f"PyTorch comes from {index or 'PyPI'}: {reason}. {VARIABLE}=… decides.", flush=True)
        # Without what it needs, which comes from PyPI with all the others.
        if index and subprocess.call([*pip, "--no-deps", "--index-url", index, *torch]):
            print(f"{index} has no fitting PyTorch; it comes from PyPI.", flush=True)
    return subprocess.call([*pip, "--requirement", str(requirements)])


if __name__ == "__main__":
    sys.exit(install(sys.argv[1], Path(sys.argv[2])))
