"""What a failing test leaves behind: its pages as they were, and what its servers wrote."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devtools import serving

if TYPE_CHECKING:  # most tests need no browser
    from browser.contexts import Visitors
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
VISITORS: pytest.StashKey[Visitors] = pytest.StashKey()
"""Of the session: the pages of its browser, as long as it has one."""
_READ = pytest.StashKey[dict[Path, int]]()
_FOLDER = pytest.StashKey[Path]()
_PATIENCE_MS = 10_000


def begin(item: pytest.Item) -> None:
    """Note how much the servers have written before this test."""
    item.stash[_READ] = {log: log.stat().st_size for log in serving.logs if log.exists()}


def gather(item: pytest.Item) -> Path | None:
    """Write down what a failing test has seen, once; says where, None if it saw nothing.

    Call it while its pages are still open.
    """
    if _FOLDER not in item.stash:
        item.stash[_FOLDER] = folder = ROOT / "test-failures" / _file_name(item.nodeid)
        shutil.rmtree(folder, ignore_errors=True)
        _write_pages(item, folder)
        _write_logs(item, folder)
    return item.stash[_FOLDER] if item.stash[_FOLDER].exists() else None


def _file_name(node: str) -> str:
    return re.sub(r"[^\w.-]+", "-", node.removeprefix("tests/")).strip("-")[:150]


def _write_pages(item: pytest.Item, folder: Path) -> None:
    visitors = item.config.stash.get(VISITORS, None)
    for number, (page, said) in enumerate(visitors.open_pages() if visitors else (), start=1):
        _write(folder / f"page-{number}-console.txt", "\n".join([page.url, *said]))
        _look(page, folder / f"page-{number}")


def _write_logs(item: pytest.Item, folder: Path) -> None:
    before = item.stash.get(_READ, {})
    for number, log in enumerate(serving.logs, start=1):
        if log.exists():
            written = log.read_bytes()[before.get(log, 0) :].decode(errors="replace")
            if written:
                _write(folder / f"server-{number}.log", written)


def _look(page: Page, name: Path) -> None:
    """A page that does not answer any more must not keep the others from being looked at."""
    from playwright.sync_api import Error

    try:
        _write(name.with_suffix(".txt"), page.inner_text("body", timeout=_PATIENCE_MS))
        page.screenshot(path=name.with_suffix(".png"), timeout=_PATIENCE_MS)
    except Error as error:
        _write(name.with_suffix(".error.txt"), str(error))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
