"""Which files of tests begin first: those that mostly wait for a server, a training or a script."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent
# Beside all others there is work for both cores meanwhile; at the end one of them would be idle.
BEGIN_FIRST = (
    "test_isolation.py",
    "test_train_server.py",
    "test_worker_process.py",
    "test_export.py",
    "test_export_images.py",
    "test_imports.py",
    "test_own_network.py",
    "test_package.py",
    "test_worker_ends.py",
    "test_install.py",
    "test_javascript.py",
    "faults/test_kills.py",
)


def turn_of(path: Path) -> int:
    """Of a file of tests: the smaller it is, the earlier it begins."""
    name = path.relative_to(TESTS).as_posix() if path.is_relative_to(TESTS) else ""
    return BEGIN_FIRST.index(name) if name in BEGIN_FIRST else len(BEGIN_FIRST)
