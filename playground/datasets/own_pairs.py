"""Which array holds the images, which the labels, and which of them are for the test."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.datasets.own_arrays import ADVICE, ALLOWED, Array, StoredArray, read_arrays
from playground.datasets.own_images import Gathered
from playground.datasets.own_limits import (
    MAX_FOUND_CLASSES,
    MAX_NAME,
    MAX_SIDE,
    Faults,
    RefusedError,
    clean_name,
    name_fault,
    quoted,
)
from playground.datasets.own_reading import Choices, Examples
from playground.datasets.own_split import TEST, TRAIN, VALIDATION, select

_ROLES = {TEST: ("t10k", "test"), TRAIN: ("train",), VALIDATION: ("valid", "val")}
_SHORT = dict.fromkeys(("te", "tst"), TEST) | dict.fromkeys(("tr", "trn"), TRAIN)
_SHORT |= dict.fromkeys(("dev", "eval"), VALIDATION)
_JOINED = re.compile(r"(?<![a-z])([xy])(tr|trn|te|tst)(?![a-z])")  # Xtr, yte
_IMAGES = frozenset({"x", "images", "image", "imgs", "img", "data", "pixels", "features"})
_LABELS = frozenset({"y", "labels", "label", "target", "targets", "lbl", "class", "digit"})
_PREDICTED = frozenset({"pred", "preds", "prediction", "predictions", "predicted"})
_NAMES = frozenset({"classnames", "labelnames", "targetnames", "classes", "names"})
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue (ITU-R BT.601)
_ABOUT = "about"  # of our own files: JSON
_MAX_ABOUT = 2**20
OTHER = "arrays of something else"


@dataclass(frozen=True)
class _Pair:
    """Images and their labels."""

    images: StoredArray
    labels: StoredArray
    role: str


def read_pairs(content: bytes, name: str, source: str, choices: Choices) -> Examples:
    """Read arrays of images and labels: npz, npy, idx, or several of them in a zip.

    Raises:
        DataError: naming the arrays at fault.
    """
    faults = Faults(source)
    with ExitStack() as stack:
        try:
            arrays = read_arrays(content, name, faults, stack)
            faults.raise_if_any(ALLOWED, ADVICE)
            pairs = _pairs(arrays)
            names = [label for pair in pairs for label in _labels(pair)]
            names, named = _with_names(names, arrays)
            roles = [pair.role for pair in pairs for _ in range(pair.labels.shape[0])]
            kept = select(
                names, roles if any(roles) else None, choices.classes, faults, "labels", ALLOWED
            )
            gathered = _gather(pairs, kept.places)
            images, words = gathered.pixels()
        except RefusedError as error:
            text = f"it {error}" if not str(error).startswith("'") else str(error)
            faults.refuse(text, ALLOWED, ADVICE)
    taken = [array for pair in pairs for array in (pair.images, pair.labels)]
    used = [array.name for array in taken]
    others = sum(array not in [*taken, *named] and array.name != _ABOUT for array in arrays)
    height, width = _size(pairs[0].images)
    return Examples(
        images,
        kept,
        notes=(
            words,
            "Images and labels from " + ", ".join(quoted(each, MAX_NAME) for each in used),
        ),
        side=height if height == width else 0,
        ignored=Counter({OTHER: others} if others else {}),
    )


# ---------------------------------------------------------------- which is which


def _role(name: str) -> str:
    low = _lower(name)
    short = next((_SHORT[word] for word in re.findall("[a-z]+", low) if word in _SHORT), "")
    return next((r for r, words in _ROLES.items() if any(w in low for w in words)), short)


def _lower(name: str) -> str:
    return _JOINED.sub(r"\1_\2", name.lower())


def _words(name: str) -> set[str]:
    """The words of a name apart from train and test: x_train and xTrain are x."""
    low = re.sub("t10k|train(ing)?|test(ing)?|valid(ation)?|val", " ", _lower(name))
    return set(re.findall("[a-z]+", low))


def _is_named_labels(array: StoredArray) -> bool:
    words = _words(array.name)
    return bool(words & _LABELS) and not words & _PREDICTED


def _pairs(arrays: list[StoredArray]) -> list[_Pair]:
    """Find images and labels that belong together, by their names or else by their shapes.

    Raises:
        RefusedError: there are none.
    """
    found: list[_Pair] = []
    for role in (TRAIN, VALIDATION, TEST, ""):
        named = [array for array in arrays if _role(array.name) == role]
        images = [array for array in named if _words(array.name) & _IMAGES and _has_images(array)]
        labels = [array for array in named if _is_named_labels(array) and _has_labels(array)]
        if role == "" and any(pair.role == TRAIN for pair in found):
            break
        if images and labels:
            best = max(images, key=lambda array: len(array.shape))  # not the same ones, flattened
            # Beside x_test and y_test, x and y are what to learn from.
            found.append(_matched(best, labels, TRAIN if found and not role else role))
    return found or _pairs_by_shape(arrays)


def _pairs_by_shape(arrays: list[StoredArray]) -> list[_Pair]:
    """arr_0, arr_1, …: images and labels in the order of their names, training first."""
    images = [array for array in arrays if _has_images(array)]
    labels = [array for array in arrays if len(array.shape) == 1 and array.shape[0] > 1]
    if len(images) == 1:  # beside names of classes, for instance
        labels = [each for each in labels if each.shape[0] == images[0].shape[0]] or labels
    if not images or not labels or len(images) > 2 or len(images) != len(labels):
        listed = ", ".join(f"{quoted(a.name, MAX_NAME)} {a.shape}" for a in arrays[:8]) or "nothing"
        why = f"no {'labels' if images else 'images'} among"
        if images and labels:
            why = "no names that say which belong together among"
        raise RefusedError(f"has no pair of images and labels: {why} {listed}")
    if len(images) == 1:
        return [_matched(images[0], labels, "")]
    train = _matched(images[0], labels, TRAIN)
    return [train, _matched(images[1], [each for each in labels if each is not train.labels], TEST)]


def _matched(images: StoredArray, labels: list[StoredArray], role: str) -> _Pair:
    fitting = [each for each in labels if each.shape[0] == images.shape[0]]
    if not fitting:
        nearest = min(labels, key=lambda each: abs(each.shape[0] - images.shape[0]))
        raise RefusedError(
            f"has {images.shape[0]:,} images in {quoted(images.name, MAX_NAME)} and "
            f"{nearest.shape[0]:,} labels in {quoted(nearest.name, MAX_NAME)}"
        )
    return _Pair(images, fitting[0], role)


def _has_images(array: StoredArray) -> bool:
    return array.dtype.kind in "biuf" and _size(array) != (0, 0)


def _has_labels(array: StoredArray) -> bool:
    return len(array.shape) == 1 or (len(array.shape) == 2 and array.shape[1] <= MAX_FOUND_CLASSES)


def _size(array: StoredArray) -> tuple[int, int]:
    """Height and width of its images; (0, 0) if it can hold none."""
    height, width = _planes(array.shape)[1:] if len(array.shape) > 1 else (0, 0)
    fits = min(height, width) >= 2 and max(height, width) <= MAX_SIDE
    return (height, width) if fits and array.shape[0] else (0, 0)


def _planes(shape: tuple[int, ...]) -> tuple[bool, int, int]:
    """Whether colours come before height and width, and these two; zeros for other shapes."""
    match shape[1:]:
        case (height, width):
            return False, height, width
        case (height, width, 1 | 3 | 4):
            return False, height, width
        case (1 | 3, height, width):
            return True, height, width
        case (count,):
            side, third = math.isqrt(count), math.isqrt(count // 3)
            if side * side == count:
                return False, side, side
            return (True, third, third) if 3 * third * third == count else (False, 0, 0)
    return False, 0, 0


# ---------------------------------------------------------------- labels


def _labels(pair: _Pair) -> list[str]:
    """The name of each image's class.

    Raises:
        RefusedError: some labels are none.
    """
    try:
        values = pair.labels.whole()
    except RefusedError as error:
        raise RefusedError(f"{quoted(pair.labels.name, MAX_NAME)} {error}") from error
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2:
        values = _from_one_hot(values, pair.labels.name)
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind == "f":
        _require_whole(values, pair.labels.name)
    different, places = np.unique(values, return_inverse=True)
    if len(different) > MAX_FOUND_CLASSES:
        raise RefusedError(
            f"has {len(different):,} different labels in {quoted(pair.labels.name, MAX_NAME)}, "
            f"allowed: {MAX_FOUND_CLASSES:,}"
        )
    texts = [clean_name(str(v) if v.dtype.kind == "U" else str(int(v))) for v in different]
    for text in texts:
        if fault := name_fault(text):
            raise RefusedError(f"has a label in {quoted(pair.labels.name, MAX_NAME)} that {fault}")
    return [texts[place] for place in places.tolist()]


def _require_whole(values: Array, name: str) -> None:
    wrong = ~np.isfinite(values) | (values != np.floor(values))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise RefusedError(
            f"has {values[at]} at place {at} of {quoted(name, MAX_NAME)}, allowed: whole numbers"
        )


def _from_one_hot(values: Array, name: str) -> NDArray[np.int64]:
    """The place of the one 1 in each row."""
    right = values.dtype.kind in "biuf" and bool(
        ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all()
    )
    if not right:
        raise RefusedError(
            f"has labels of shape {values.shape} in {quoted(name, MAX_NAME)}, allowed: one for "
            "each image, or a row with a single 1"
        )
    places: NDArray[np.int64] = values.argmax(axis=1)
    return places


def _with_names(
    labels: list[str], arrays: list[StoredArray]
) -> tuple[list[str], list[StoredArray]]:
    """Labels 0 … K−1 by the names that the file has for them, if it has K, and their array."""
    different = set(labels)
    for array, names in _found_names(arrays):
        known = len(set(names)) == len(names) and not any(map(name_fault, names))
        if known and different <= {str(i) for i in range(len(names))}:
            return [names[int(label)] for label in labels], [array]
    return labels, []


def _found_names(arrays: list[StoredArray]) -> Iterator[tuple[StoredArray, list[str]]]:
    for array in arrays:
        if len(array.shape) != 1 or array.size > _MAX_ABOUT:
            continue
        if array.name == _ABOUT and array.dtype == np.uint8:
            try:
                names = json.loads(array.whole().tobytes())["class_names"]
                yield array, [clean_name(str(name)) for name in names]
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
        elif array.dtype.kind == "U" and re.sub("[^a-z]", "", array.name.lower()) in _NAMES:
            yield array, [clean_name(str(name)) for name in array.whole()]


# ---------------------------------------------------------------- images


def _gather(pairs: list[_Pair], places: NDArray[np.int64]) -> Gathered:
    """The images at these places of all pairs, one after the other."""
    gathered = Gathered()
    before = 0
    for pair in pairs:
        count = pair.images.shape[0]
        wanted = np.zeros(count, dtype=bool)
        wanted[places[(places >= before) & (places < before + count)] - before] = True
        try:
            _gather_one(pair.images, wanted, gathered)
        except RefusedError as error:
            raise RefusedError(f"{quoted(pair.images.name, MAX_NAME)} {error}") from error
        before += count
    return gathered


def _gather_one(array: StoredArray, wanted: NDArray[np.bool_], gathered: Gathered) -> None:
    planes_first, height, width = _planes(array.shape)
    start = 0
    for piece in array.pieces():
        taken = piece[wanted[start : start + len(piece)]].astype(np.float32)
        if not np.isfinite(taken).all():
            at = np.flatnonzero(~np.isfinite(taken).reshape(len(taken), -1).all(axis=1))[0]
            place = start + int(np.flatnonzero(wanted[start : start + len(piece)])[at])
            raise RefusedError(f"has a pixel in image {place} that is no finite number")
        start += len(piece)
        colours = max(1, taken[:1].size // (height * width)) if len(taken) else 1
        if planes_first:
            taken = np.moveaxis(taken.reshape(-1, colours, height, width), 1, -1)
        shaped = taken.reshape(len(taken), height, width, colours)
        grey = shaped[..., :3] @ _LUMA if colours >= 3 else shaped[..., 0]
        gathered.add(np.ascontiguousarray(grey))
