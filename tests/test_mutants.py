"""The list of small faults is true of the program as it is: `make mutants` can put each one in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants import ROOT, Mutant, main, mutants

AREAS = ("maths", "training", "runs", "datasets", "drawing", "ui")


@pytest.mark.parametrize("mutant", mutants(), ids=str)
def test_a_fault_can_be_put_in_and_tested(mutant: Mutant) -> None:
    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    assert text.count(mutant.was) == 1
    assert mutant.was != mutant.now
    if mutant.path.endswith(".py"):
        compile(text.replace(mutant.was, mutant.now), mutant.path, "exec")
    assert mutant.tests
    assert all((ROOT / path).exists() for path in mutant.tests)


def test_the_faults_are_spread_over_the_program() -> None:
    paths = [mutant.path for mutant in mutants()]
    assert len(paths) >= 60
    assert all(any(f"playground/{area}" in path for path in paths) for area in AREAS)
    assert any(path.endswith(".js") for path in paths)


def test_text_that_is_not_there_once_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    with pytest.raises(ValueError, match="2 times"):
        Mutant("a.py", "x = 1", "x = 2", ()).put_in(tmp_path)


def test_to_ask_for_none_of_them_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["mutants", "mths.py"])
    with pytest.raises(SystemExit, match=r"No fault's path has mths\.py in it"):
        main()
