"""One's own images: an uploader that says what it takes, and a look at what was found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.datasets import OwnData, class_count, is_available, load_own, own_file
from playground.datasets.catalogue import OWN_PREFIX
from playground.datasets.own_files import bring_in_together
from playground.datasets.own_pixels import look_at
from playground.errors import PlaygroundError
from playground.ui.kit.downloads import download
from playground.ui.kit.pictures import picture
from playground.ui.kit.tables import number_table
from playground.ui.kit.text import escape_markdown
from playground.ui.kit.uploads import UploadedFiles, require_upload, take_upload, upload_limit
from playground.ui.kit.with_torch import with_torch
from playground.ui.pages.train.own_changes import (
    changes,
    remember,
    say_changes,
    say_warnings,
)

_TAKES = (
    "Upload a zip with a folder for each class and the images of that class in it (PNG, JPEG, "
    "WebP, GIF or BMP); a CSV with a row for each image, its class and its pixels; arrays of "
    "images and labels, as npz or as idx files, which go in together; or Parquet with pictures. "
    "Every image becomes 28 × 28 and grey. A split into train and test that the files have is "
    "kept, else a fifth of each class is the test."
)
_EXAMPLE = (
    "zip:  cats/1.jpg   cats/2.jpg   dogs/1.jpg   dogs/2.jpg\n"
    "CSV:  cat,0,0,18,255,…\n"
    "npz:  x_train   y_train   x_test   y_test"
)
_MAX_MB = 200  # as `MAX_BYTES` of playground.datasets.own_limits
# The uploader gets a new key after each success, so that its file leaves the memory.
_ROUND, _READ = "_own_round", "_own_read"
_SAMPLES = 6  # pictures shown of each class; more would be wider than a phone
_CELL = 30  # pixels of a picture and the gap beside it
_SHOWN = 1.5  # times larger on the page


def own_data(
    data_id: str | None, choose: Callable[[str | None], None], *, opened: bool
) -> str | None:
    """Show the data set of this id, or ask for one.

    Args:
        data_id: of the chosen data set; None: there is none yet.
        choose: takes another one, or None; for callbacks.
        opened: whether it is shown in full at first.

    Returns:
        The id of what is chosen now, None if there is nothing.
    """
    say_changes()
    if data_id is not None and not is_available(OWN_PREFIX + data_id):
        st.warning("The images you uploaded are not here any more. Upload the file again.")
        data_id = None
    if data_id is None:
        return _uploaded(None)
    count = class_count(OWN_PREFIX + data_id)
    warnings = st.container()
    with st.expander(
        f"Your own images: {count} classes", expanded=opened, icon=":material/photo_library:"
    ):
        with_torch(partial(_show, data_id, choose, warnings))
        # After each success another one, which is closed: it would stay open over "Start".
        key = f"own_other_{st.session_state.get(_ROUND, 0)}"
        with st.popover("Upload other images", icon=":material/upload:", key=key):
            return _uploaded(data_id)


def _uploaded(before: str | None) -> str | None:
    """The uploader; returns the id of what was just read from it, else the one before."""
    data_id = _upload()
    if data_id is None:
        return before
    remember(before, data_id)
    return data_id


def _upload() -> str | None:
    """The uploader; returns the id of what was just read from it and saved."""
    number = st.session_state.setdefault(_ROUND, 0)
    st.caption(_TAKES)
    st.code(_EXAMPLE, language=None)
    files = st.file_uploader(
        "Zip, CSV, npz or idx",
        key=f"own_upload_{number}",
        accept_multiple_files=True,
        max_upload_size=upload_limit(_MAX_MB),
    )
    if not files:
        return None
    busy = partial(st.spinner, "Reading your images …", show_time=True)
    taken = take_upload(_READ, UploadedFiles(files), _read, "images", busy=busy)
    if taken.value is None:
        st.error(escape_markdown(taken.problem), icon=":material/error:")
    else:
        st.session_state[_ROUND] = number + 1
    return taken.value


def _read(uploaded: UploadedFiles) -> str:
    require_upload("The file", uploaded.size, _MAX_MB)
    return bring_in_together([(file.name, file.getvalue()) for file in uploaded.files])


def _show(data_id: str, choose: Callable[[str | None], None], warnings: Any) -> None:
    try:
        own = load_own(data_id)
    except PlaygroundError as error:
        st.error(escape_markdown(str(error)))
        return
    look = look_at(own.train.images.numpy())
    with warnings:
        say_warnings(data_id, look, choose)
    st.markdown(f"**{escape_markdown(own.title)}**: {in_words(own)}")
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.container(width="content"):
            number_table(
                ["Label and class", "Training", "Test"],
                [
                    [f"{label} {name}", str(train), str(test)]
                    for label, (name, train, test) in enumerate(
                        zip(
                            own.class_names,
                            own.summary.train_counts,
                            own.summary.test_counts,
                            strict=True,
                        )
                    )
                ],
                label="Images of each class",
            )
        pictures = samples(own)
        picture(
            pictures,
            caption="Some training images, a row for each class",
            alt=f"The first {_SAMPLES} training images of each class in a row: "
            + ", ".join(own.class_names),
            width=round(_SHOWN * pictures.shape[1]),
        )
    changes(data_id, own, look, choose)
    tip = "What the PyTorch script of a run on these images reads."
    make = partial(own_file, data_id)
    download("Download as images.npz", make, "images.npz", tip=tip, part="own_")


def in_words(own: OwnData) -> str:
    """How the file was read, and what has been changed since, as Markdown."""
    summary = own.summary
    train, test = sum(summary.train_counts), sum(summary.test_counts)
    if summary.own_split:
        parts = [f"your own split: {train:,} to learn from, {test:,} to test"]
    else:
        parts = [f"{train:,} images to learn from and {test:,} to test on"]
    if summary.inverted:
        parts.append("turned to light on dark")
    if summary.mirrored:
        parts.append("mirrored")
    if summary.turns:
        parts.append(f"turned {90 * summary.turns}° clockwise")
    if summary.side and summary.side != 28:
        parts.append(f"resized from {summary.side} × {summary.side}")
    sentences = [", ".join(parts), *map(escape_markdown, summary.read)]
    if summary.ignored:
        ignored = (f"{count:,} ({escape_markdown(why)})" for why, count in summary.ignored)
        sentences.append(f"Left out: {', '.join(ignored)}")
    return " ".join(f"{sentence}." for sentence in sentences)


def samples(own: OwnData) -> NDArray[np.uint8]:
    """The first training images of each class in one picture, a row for each class.

    Returns:
        uint8, (30 K, 180), with a gap of 2 pixels around each image.
    """
    images, labels = own.train.images.numpy(), own.train.labels.numpy()
    sheet = np.zeros((_CELL * len(own.class_names), _CELL * _SAMPLES), np.uint8)
    for row in range(len(own.class_names)):
        for column, at in enumerate(np.flatnonzero(labels == row)[:_SAMPLES]):
            y, x = row * _CELL + 1, column * _CELL + 1
            sheet[y : y + 28, x : x + 28] = images[at]
    return sheet
