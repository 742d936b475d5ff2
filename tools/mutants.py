"""Whether the tests notice small faults: each of tools/mutants.toml is put in alone, and tested.

    python -m tools.mutants            # all of them, two at a time
    python -m tools.mutants maths.py   # those whose path has this text in it

A fault is killed when a test fails. Each is put into a copy of the working tree, never into the
tree itself. The exit status is 1 when fewer than `WANTED` of them are killed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
FAULTS = Path(__file__).with_suffix(".toml")
WANTED = 0.9
COPIED: tuple[str, ...] = ("app.py", "pages", "playground", "devtools", "tests", "tools")
COPIED += ("benchmarks", "docs", ".streamlit", "deploy", "pyproject.toml", "setup.py")
COPIED += ("package.json", "README.md", "Makefile", "Dockerfile", "compose.yaml", "CHANGELOG.md")
COPIED += ("CONTRIBUTING.md", "requirements.txt", "requirements-dev.txt")
LINKED = (".venv", "node_modules")
AT_ONCE = 2
PATIENCE = 900  # seconds for the tests of one fault; one that hangs them is noticed, too


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        path: of the file, below the repository.
        was: text that stands in it exactly once.
        now: what stands there instead.
        tests: what pytest runs.
    """

    path: str
    was: str
    now: str
    tests: tuple[str, ...]

    def put_in(self, root: Path) -> None:
        """Change the file below this folder.

        Raises:
            ValueError: the text does not stand there exactly once.
        """
        file = root / self.path
        text = file.read_text(encoding="utf-8")
        if text.count(self.was) != 1:
            raise ValueError(f"{self.path} holds {self.was!r} {text.count(self.was)} times, not 1")
        file.write_text(text.replace(self.was, self.now), encoding="utf-8")

    def __str__(self) -> str:
        return f"{self.path}: {self.was} -> {self.now}"


def mutants() -> list[Mutant]:
    """All of them, in the order of the file."""
    content = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
    places: dict[str, list[str]] = content["tests"]

    def tests_of(path: str) -> tuple[str, ...]:
        fitting = [place for place in places if path.startswith(place)]
        return tuple(places[max(fitting, key=len)])

    faults: dict[str, dict[str, str]] = content["faults"]
    return [
        Mutant(path, was, now, tests_of(path))
        for path, changes in faults.items()
        for was, now in changes.items()
    ]


def main() -> None:
    words = sys.argv[1:]
    chosen = [each for each in mutants() if not words or any(word in each.path for word in words)]
    if not chosen:
        sys.exit(f"No fault's path has {' or '.join(words)} in it")
    with _copies() as copies, ThreadPoolExecutor(AT_ONCE) as pool:
        survivors = 0
        for mutant, killed, seconds in pool.map(lambda each: _judge(each, copies), chosen):
            survivors += not killed
            print(f"{'killed  ' if killed else 'SURVIVED'} {seconds:5.0f} s  {mutant}", flush=True)
    killed_in_all = len(chosen) - survivors
    print(f"\n{killed_in_all} of {len(chosen)} killed ({killed_in_all / len(chosen):.0%})")
    sys.exit(killed_in_all < WANTED * len(chosen))


@contextmanager
def _copies() -> Iterator[SimpleQueue[Path]]:
    """Folders with copies of the working tree, for one fault at a time each."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(AT_ONCE):
            copy = Path(folder) / str(number)
            copy.mkdir()
            for name in COPIED:
                source = ROOT / name
                if source.is_dir():
                    ignored = shutil.ignore_patterns("__pycache__")
                    shutil.copytree(source, copy / name, ignore=ignored)
                else:
                    shutil.copy(source, copy / name)
            for name in LINKED:
                (copy / name).symlink_to(ROOT / name)
            free.put(copy)
        yield free


def _judge(mutant: Mutant, copies: SimpleQueue[Path]) -> tuple[Mutant, bool, float]:
    copy = copies.get()
    file = copy / mutant.path
    before, began = file.read_bytes(), time.monotonic()
    try:
        mutant.put_in(copy)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *mutant.tests],
            cwd=copy,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "GOMP_SPINCOUNT": "2000"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode not in (0, 1):  # 1: tests failed; the others: they could not run
            raise RuntimeError(f"{mutant}\n{done.stdout.decode()}{done.stderr.decode()}")
        killed = done.returncode == 1
    except subprocess.TimeoutExpired:
        killed = True
    finally:
        file.write_bytes(before)
        copies.put(copy)
    return mutant, killed, time.monotonic() - began


if __name__ == "__main__":
    main()
