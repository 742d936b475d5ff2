"""The exception tree: what every message says, and what may catch it."""

from __future__ import annotations

import pytest

from playground import errors
from playground.validation import with_article

TREE = {
    errors.InputError: ValueError,
    errors.NotFiniteError: errors.InputError,
    errors.ShapeError: errors.InputError,
    errors.ClassRangeError: errors.InputError,
    errors.EmptyBatchError: errors.InputError,
    errors.ConfigError: ValueError,
    errors.DataError: errors.PlaygroundError,
    errors.CheckpointError: errors.PlaygroundError,
    errors.RunError: errors.PlaygroundError,
    errors.RunNotFoundError: LookupError,
    errors.NotOwnerError: PermissionError,
    errors.RunLimitError: errors.RunError,
    errors.RunStateError: errors.RunError,
    errors.WorkerError: errors.RunError,
}


@pytest.mark.parametrize(("error", "parent"), TREE.items(), ids=lambda kind: kind.__name__)
def test_every_error_can_be_caught_as_its_parent_and_says_three_things(
    error: type[errors.PlaygroundError], parent: type[Exception]
) -> None:
    with pytest.raises(parent) as caught:
        raise error("The rate is 7", allowed="0 to 1", advice="Lower it")
    assert isinstance(caught.value, errors.PlaygroundError)
    assert str(caught.value) == "The rate is 7. Allowed: 0 to 1. Lower it."


def test_parts_are_kept_and_may_be_left_out() -> None:
    error = errors.DataError("The file is gone.", advice="Fetch it again.")
    assert (error.problem, error.allowed, error.advice) == (
        "The file is gone.",
        "",
        "Fetch it again.",
    )
    assert str(error) == "The file is gone. Fetch it again."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no file\nat all", "OSError: no file"),
        ("\n  no file\nat all", "OSError: no file"),  # it begins below, as where code is quoted
        ("", "OSError"),
        (" \n", "OSError"),
        ("x" * 999, f"OSError: {'x' * 191}"),
    ],
)
def test_of_what_a_library_says_the_first_line_is_told_if_there_is_one(
    said: str, told: str
) -> None:
    assert errors.in_short(OSError(said)) == told


def test_a_class_has_the_article_that_is_spoken() -> None:
    names = (0, 8, "1", 11, 18, 80, 110, "owl", "Ant", "cat")
    assert ", ".join(map(with_article, names)) == (
        "a 0, an 8, a 1, an 11, an 18, an 80, a 110, an owl, an Ant, a cat"
    )
