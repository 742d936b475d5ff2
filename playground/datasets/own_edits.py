"""Changes to a data set that is there: each gives another one and leaves the first as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from playground.datasets.own import OwnData, build, facts
from playground.datasets.own_limits import clean_name, name_fault, quoted
from playground.datasets.own_pixels import PixelRange, Pixels, grounds
from playground.datasets.own_split import SPLIT_FROM, Labels, stratified_split
from playground.errors import InputError
from playground.validation import counted


def inverted(own: OwnData) -> OwnData:
    """Light for dark: 255 − x."""
    return _changed(own, lambda images: 255 - images, inverted=not own.summary.inverted)


def inverted_alone(own: OwnData) -> OwnData:
    """Light for dark in those images that are dark on light, and in no others."""

    def change(images: Pixels) -> Pixels:
        on_light, _ = grounds(images)
        return np.where(on_light[:, np.newaxis, np.newaxis], 255 - images, images)

    count = sum(int(grounds(part.images.numpy())[0].sum()) for part in (own.train, own.test))
    note = f"Inverted, as dark on light: {counted(count, 'image')}"
    return _changed(own, change, read=(*own.summary.read, note))


def turned(own: OwnData) -> OwnData:
    """A quarter clockwise."""
    turns = (own.summary.turns + 1) % 4
    return _changed(own, lambda images: np.rot90(images, -1, (1, 2)), turns=turns)


def mirrored(own: OwnData) -> OwnData:
    """Left for right. As the summary says that images were mirrored first, turns go the other
    way round.
    """
    summary = own.summary
    turns = -summary.turns % 4
    return _changed(
        own, lambda images: images[:, :, ::-1], mirrored=not summary.mirrored, turns=turns
    )


def stretched(own: OwnData) -> OwnData:
    """The darkest pixel of all training images becomes 0, the lightest 255.

    Raises:
        InputError: there is no difference between them.
    """
    images = own.train.images.numpy()
    low, high = int(images.min()), int(images.max())
    if low == high:
        raise InputError(
            f"All pixels are {low}, so there is no contrast to stretch",
            allowed="images with more than one grey",
            advice="Look at the file; it may hold something else than the pixels",
        )

    note = f"Stretched: {low} became 0 and {high} became 255"
    found = PixelRange(low, high, note)
    return _changed(own, found.to_uint8, read=(*own.summary.read, note))


def split_again(own: OwnData) -> OwnData:
    """A fifth of each class, chosen at random, becomes the test; the other images are learned
    from.
    """
    parts = (own.train, own.test)
    images = np.concatenate([part.images.numpy() for part in parts])
    labels = np.concatenate([part.labels.numpy() for part in parts])
    train, test = stratified_split(labels)
    read = tuple(each for each in own.summary.read if not each.startswith(SPLIT_FROM))
    return build(
        own.title,
        own.class_names,
        (images[train], labels[train]),
        (images[test], labels[test]),
        **facts(own.summary) | {"own_split": False, "read": read},
    )


def renamed(own: OwnData, names: Sequence[str]) -> OwnData:
    """Other names for the classes, in the order of the labels.

    Raises:
        InputError: as many names as classes are needed, each once.
    """
    cleaned = tuple(map(clean_name, names))
    for name in cleaned:
        if fault := name_fault(name):
            raise InputError(
                f"The name {quoted(name)} {fault}", allowed="letters, digits and signs, up to 40"
            )
    if len(set(cleaned)) != len(own.class_names) or len(cleaned) != len(own.class_names):
        raise InputError(
            f"There are {len(set(cleaned))} different names for {len(own.class_names)} classes",
            allowed="one for each, none twice",
            advice="Change the name that stands there twice",
        )
    return build(own.title, cleaned, _arrays(own.train), _arrays(own.test), **facts(own.summary))


def _changed(own: OwnData, change: Callable[[Pixels], Pixels], **changes: Any) -> OwnData:
    """The data set with all images changed in the same way."""

    def part(images: Pixels, labels: Labels) -> tuple[Pixels, Labels]:
        return np.ascontiguousarray(change(images)), labels

    return build(
        own.title,
        own.class_names,
        part(*_arrays(own.train)),
        part(*_arrays(own.test)),
        **facts(own.summary) | changes,
    )


def _arrays(part: Any) -> tuple[Pixels, Labels]:
    return part.images.numpy(), part.labels.numpy()
