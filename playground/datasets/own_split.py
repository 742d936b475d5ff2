"""Which images are for training and which for the test: the reader's own division, or a new one.

Also which of many classes and images are taken, as both are decided before anything is decoded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_limits import (
    MAX_CLASSES,
    MAX_FOUND_CLASSES,
    MAX_IMAGES,
    MIN_CLASSES,
    MIN_IMAGES_A_CLASS,
    Faults,
    class_faults,
    class_order,
    quoted,
)

Labels = NDArray[np.int64]

TRAIN, TEST, VALIDATION = "train", "test", "validation"
SPLIT_FROM = "The split from "  # begins the sentence that says who made the split that is kept
TEST_FRACTION = 0.2
SPLIT_SEED = 0
LEFT_OUT_CLASS = "of a class that was not chosen"
LEFT_OUT_VALIDATION = "for validation: the test images are what a run is tested on"
LEFT_OUT_SAMPLE = "beyond the sample"

_ROLES = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("test", "testing", "t10k"), TEST),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval"), VALIDATION),
}
_MISSING = frozenset({"nan", "null", "n/a", "<na>", "#n/a", "?"})
_BESIDE = frozenset({"", "set", "data", "dataset", "images", "imgs", "split", "seg", "mnist"})


def split_role(word: str) -> str | None:
    """What a folder's or a cell's word says of the images: train, test, validation or nothing.

    Words such as "set" beside it change nothing: training_set, TestData, images-val.
    """
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word)
    words = [
        re.sub("(?<=.)(set|data)$", "", each) for each in re.findall("[a-z0-9]+", split.lower())
    ]
    roles = {_ROLES[each] for each in words if each in _ROLES}
    is_alone = all(each in _ROLES or each in _BESIDE for each in words)
    return roles.pop() if len(roles) == 1 and is_alone else None


def file_role(name: str) -> str | None:
    """The same of a file's name, whatever other words it has (mnist_train.csv), or else of the
    nearest folder above it that says so.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    roles = set(map(split_role, re.findall("[A-Za-z0-9]+", path.name))) - {None}
    if not roles:
        return next(filter(None, map(split_role, reversed(path.parts[:-1]))), None)
    return roles.pop() if len(roles) == 1 else None


@dataclass(frozen=True)
class Selection:
    """What is taken of a file.

    Attributes:
        places: (n,) positions of the images that are taken, ascending.
        labels: (n,) class indices.
        class_names: 2 to 10, in the order of the labels.
        train, test: positions within `places`, in random order.
        found: the names of all classes, if there are more than are taken.
        own_split: whether the reader's own division was kept.
        left_out: why images were, and how many.
        notes: what is to be said of the split, as sentences without a full stop.
    """

    places: Labels
    labels: Labels
    class_names: tuple[str, ...]
    train: Labels
    test: Labels
    found: tuple[str, ...]
    own_split: bool
    left_out: Counter[str]
    notes: tuple[str, ...]


def select(
    names: Sequence[str],
    roles: Sequence[str] | None,
    chosen: tuple[str, ...],
    faults: Faults,
    kind: str,
    allowed: str,
) -> Selection:
    """Decide which images are taken, and for what.

    Args:
        names: of the class of each image.
        roles: `TRAIN`, `TEST` or `VALIDATION` of each; None if the reader made no division.
        chosen: the classes to take, if there are more than ten.
        faults: what is wrong with the file so far.
        kind: where a class comes from, in the plural.
        allowed: for the message.

    Raises:
        DataError: too few or far too many classes, or too few images of one.
    """
    counts = Counter(names)
    class_names = _classes(counts, chosen, faults, kind, allowed)
    index = {name: i for i, name in enumerate(class_names)}
    all_labels = np.array([index.get(name, -1) for name in names], dtype=np.int64)
    left_out: Counter[str] = Counter()
    notes: list[str] = []
    kept = all_labels >= 0
    if not kept.all():
        left_out[LEFT_OUT_CLASS] = int((~kept).sum())
        first = sorted(counts, key=class_order)[: len(class_names)]
        which = "The first " if [*class_names] == first else ""
        notes.append(f"{which}{len(class_names)} of {len(counts):,} classes")
    notes += _doubtful(class_names)
    tests, aside = _own_roles(roles, all_labels, class_names, notes)
    if (kept & aside).any():
        left_out[LEFT_OUT_VALIDATION] = int((kept & aside).sum())
    places = np.flatnonzero(kept & ~aside)
    if len(places) > MAX_IMAGES:
        before = len(places)
        places = _sample(places, all_labels, tests)
        left_out[LEFT_OUT_SAMPLE] = before - len(places)
        notes.append(
            f"A sample of {len(places):,} of {before:,} images, the same part of each class"
        )
    train, test = _divided(all_labels[places], tests, places)
    found = () if len(counts) == len(class_names) else tuple(sorted(counts, key=class_order))
    return Selection(
        places,
        all_labels[places],
        class_names,
        train,
        test,
        found,
        tests is not None,
        left_out,
        tuple(notes),
    )


def _doubtful(names: Sequence[str]) -> list[str]:
    """What is said of classes whose names differ only in upper and lower case, and of those that
    are called as a missing label is.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.casefold(), []).append(name)
    alike = [
        f"{' and '.join(quoted(name) for name in group)} are different classes: if they are one, "
        "write its name alike everywhere"
        for group in groups.values()
        if len(group) > 1
    ]
    missing = [
        f"{quoted(name)} is a class: if it says that a label is missing, leave its images out"
        for name in names
        if name.casefold() in _MISSING
    ]
    return alike + missing


def _divided(
    labels: Labels, tests: NDArray[np.bool_] | None, places: Labels
) -> tuple[Labels, Labels]:
    if tests is None:
        return stratified_split(labels)
    generator = np.random.default_rng(SPLIT_SEED)
    is_test = tests[places]
    return (
        generator.permutation(np.flatnonzero(~is_test)),
        generator.permutation(np.flatnonzero(is_test)),
    )


def stratified_split(labels: Labels) -> tuple[Labels, Labels]:
    """Divide examples into training and test, each class by itself.

    A class of n gets max(1, round(0.2 n)) test examples. Both parts are in random
    order, so that the first so many of them (`TrainConfig.train_size`) hold every class.

    Args:
        labels: (n,) class indices, at least two of each.

    Returns:
        Positions of the training and of the test examples.
    """
    generator = np.random.default_rng(SPLIT_SEED)
    train, test = [], []
    for label in np.unique(labels):
        where = generator.permutation(np.flatnonzero(labels == label))
        tests = max(1, round(TEST_FRACTION * len(where)))
        test.append(where[:tests])
        train.append(where[tests:])
    return generator.permutation(np.concatenate(train)), generator.permutation(np.concatenate(test))


def _classes(
    counts: Counter[str], chosen: tuple[str, ...], faults: Faults, kind: str, allowed: str
) -> tuple[str, ...]:
    """The names of the classes that are taken, in the order of their labels."""
    names = sorted(counts, key=class_order)
    if len(names) > MAX_FOUND_CLASSES:
        faults.add(f"it has {len(names):,} {kind}, allowed: at most {MAX_FOUND_CLASSES:,}")
    elif len(names) > MAX_CLASSES:
        unknown = [name for name in chosen if name not in counts]
        if unknown:
            faults.add(f"it has no class {quoted(unknown[0])}")
        enough = [name for name in names if counts[name] >= MIN_IMAGES_A_CLASS]
        likely = enough if len(enough) >= MIN_CLASSES else names
        names = [name for name in names if name in chosen] if chosen else likely[:MAX_CLASSES]
    class_faults({name: counts[name] for name in names}, faults, kind)
    faults.raise_if_any(allowed)
    return tuple(names)


def _own_roles(
    roles: Sequence[str] | None, labels: Labels, class_names: tuple[str, ...], notes: list[str]
) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_]]:
    """Whether each image is for the test, or None without a division that can be kept; and
    whether it is for neither.

    Images for validation are the test if there are no others, else they are for neither.
    """
    nobody = np.zeros(len(labels), dtype=bool)
    if roles is None or len(found := set(roles)) == 1:
        return None, nobody
    given = np.array(roles)
    test = TEST if TEST in found else VALIDATION
    train = TRAIN if TRAIN in found else VALIDATION
    for part in (train, test):
        missing = set(range(len(class_names))) - set(labels[given == part].tolist())
        if missing:
            notes.append(
                f"Your own split is not kept, as class {quoted(class_names[min(missing)])} has no "
                f"{part} images in it: a fifth of each class is the test"
            )
            return None, nobody
    return given == test, (given != train) & (given != test)


def _sample(places: Labels, labels: Labels, tests: NDArray[np.bool_] | None) -> Labels:
    """At most `MAX_IMAGES` of the places: of each class, and part of it, the same fraction."""
    groups = labels[places] * 2 + (0 if tests is None else tests[places])
    fraction = MAX_IMAGES / len(places)
    generator = np.random.default_rng(SPLIT_SEED)
    taken = []
    for group in np.unique(groups):
        where = places[groups == group]
        # At least as many as a class needs, which a thousandth of a small one is not.
        count = min(len(where), max(MIN_IMAGES_A_CLASS, int(fraction * len(where))))
        taken.append(generator.permutation(where)[:count])
    return np.sort(np.concatenate(taken))
