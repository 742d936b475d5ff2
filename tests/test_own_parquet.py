"""Parquet files with pictures in them, as Hugging Face offers MNIST."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pyarrow as pa
import pytest
from own_files import content_of, refused, zipped
from pyarrow import parquet

from playground.datasets import load_own, own_parquet, parquet_child, read_own
from playground.datasets.own_files import bring_in_together
from playground.errors import DataError
from playground.png import grey_png

IMAGES = np.random.default_rng(0).integers(0, 120, (40, 28, 28)).astype(np.uint8)
IMAGES[:, 14, 14] = 255
STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
NAMES = ["T - shirt / top", "Dress", "Bag", "Boot"]


def parquet_of(
    labels: list[Any], images: np.ndarray = IMAGES, *, names: list[str] | None = None,
    plain: bool = False, label: str = "label", **how: Any,
) -> bytes:  # fmt: skip
    cells = [grey_png(image) for image in images]
    column = pa.array(cells) if plain else pa.array([{"bytes": c, "path": None} for c in cells],
                                                    STRUCT)  # fmt: skip
    table = pa.table({"image": column, label: pa.array(labels)})
    if names:
        features = {"info": {"features": {label: {"names": names, "_type": "ClassLabel"}}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(features)})
    file = io.BytesIO()
    parquet.write_table(table, file, **how)
    return file.getvalue()


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in the test's own process: one of its own takes half a second to begin."""
    monkeypatch.setattr(
        own_parquet, "_unpacked", lambda content, _seconds: parquet_child.answer(content, 1000)
    )


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize(
    ("plain", "how"),
    [
        (False, {"row_group_size": 7}),
        (True, {"compression": "gzip"}),
        (False, {"compression": "zstd"}),
        (True, {"compression": "none"}),
    ],
)
def test_pictures_and_labels_of_a_parquet_file(plain: bool, how: dict[str, Any]) -> None:
    labels = [i % 4 for i in range(40)]
    own = read_own(parquet_of(labels, plain=plain, **how), "train.parquet")
    assert content_of(own) == sorted(
        (str(label), image.tobytes()) for label, image in zip(labels, IMAGES, strict=True)
    )
    assert own.summary.read == ("Labels from column 'label', images from column 'image'",)
    assert own.summary.train_counts == (8,) * 4


@pytest.mark.usefixtures("read_here")
def test_names_of_classes_are_those_in_the_file() -> None:
    own = read_own(parquet_of([i % 4 for i in range(40)], names=NAMES), "x.parquet")
    assert own.class_names == ("Bag", "Boot", "Dress", "T - shirt \N{DIVISION SLASH} top")
    own = read_own(parquet_of([f"c{i % 2}" for i in range(40)], label="class"), "x.parquet")
    assert own.class_names == ("c0", "c1")
    own = read_own(parquet_of([f"c{i % 2}" for i in range(40)], label="y_true"), "x.parquet")
    assert own.class_names == ("c0", "c1")


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("kind", [float, lambda i: b"0123"[i : i + 1]])
def test_labels_may_be_bytes_or_floating_numbers(kind: Any) -> None:
    labels = [kind(i % 4) for i in range(40)]
    table = parquet.read_table(io.BytesIO(parquet_of(labels, plain=True)))
    file = io.BytesIO()
    parquet.write_table(table.select(["label", "image"]), file)
    own = read_own(file.getvalue(), "train.parquet")
    assert own.class_names == ("0", "1", "2", "3")
    assert own.summary.read == ("Labels from column 'label', images from column 'image'",)


def test_files_for_training_and_test_are_uploaded_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    labels = [i % 4 for i in range(40)]
    files = [
        ("train-00000-of-00002.parquet", parquet_of(labels[:16], IMAGES[:16])),
        ("train-00001-of-00002.parquet", parquet_of(labels[:16], IMAGES[16:32])),
        ("test-00000-of-00001.parquet", parquet_of(labels[:8], IMAGES[32:])),
    ]
    own = load_own(bring_in_together(files))
    assert own.summary.own_split
    assert (own.summary.train_counts, own.summary.test_counts) == ((8,) * 4, (2,) * 4)
    assert content_of(own) == sorted(
        (str(label), image.tobytes()) for label, image in zip(labels, IMAGES, strict=True)
    )


@pytest.mark.usefixtures("read_here")
def test_files_in_folders_for_training_and_test_keep_that_split() -> None:
    """As Hugging Face converts a data set."""
    parts = {"train": slice(32), "test": slice(32, 40)}
    labels = [i % 4 for i in range(40)]
    files = {
        f"mnist/{part}/0000.parquet": parquet_of(labels[rows], IMAGES[rows])
        for part, rows in parts.items()
    }
    own = read_own(zipped(files), "mnist.zip")
    assert own.summary.own_split
    assert (own.summary.train_counts, own.summary.test_counts) == ((8,) * 4, (2,) * 4)


@pytest.mark.usefixtures("read_here")
def test_what_is_no_such_file_is_refused_in_words() -> None:
    file = io.BytesIO()
    parquet.write_table(pa.table({"a": [1, 2], "b": [0.5, 1]}), file)
    assert "it has no column of images among 'a', 'b'" in refused(file.getvalue())
    assert "no column of labels among 'image', 'x'" in refused(parquet_of([0] * 40, label="x"))
    for gap in (None, ""):
        labels = ["a", "b", gap, *["a"] * 37]
        assert "has no label in row 3" in refused(parquet_of(labels))
    assert "it is damaged" in refused(parquet_of([0, 1] * 20)[:-50])
    assert "it is damaged" in refused(b"PAR1" + bytes(100))


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process")
def test_a_file_that_unpacks_to_more_than_there_is_takes_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process that reads it may have only so much memory, whatever a page states."""
    memory = 2**27
    monkeypatch.setattr(own_parquet, "MEMORY", memory)
    schema = pa.schema([("image", pa.binary()), ("label", pa.int64())])
    file = io.BytesIO()
    with parquet.ParquetWriter(file, schema, compression="zstd", use_dictionary=False) as writer:
        writer.write_batch(pa.record_batch([pa.array([bytes(memory)]), pa.array([0])], schema))
    assert len(file.getvalue()) < 2**20
    message = refused(file.getvalue())
    assert f"it needs more than {memory:,} bytes" in message


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("No module named 'pyarrow'"), "pyarrow, which is not installed"),
        (ImportError("failed to map segment"), "could not be loaded (failed to map segment)"),
        (MemoryError(), "needs more than 1,000 bytes to be read"),
        (OSError("Couldn't deserialize thrift"), "is damaged (Couldn't deserialize thrift)"),
    ],
)
def test_the_process_says_why_it_cannot_read(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_child, "convert", Mock(side_effect=error))
    assert said in refused(parquet_of([0, 1] * 20))


def test_a_process_that_does_not_answer_is_ended_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_parquet, "_PATIENCE", 0.0)
    assert "could not be unpacked (TimeoutExpired)" in refused(parquet_of([0, 1] * 20))


@pytest.mark.usefixtures("read_here")
def test_several_files_may_not_unpack_to_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    file = parquet_of([0, 1] * 20)
    once = len(own_parquet.as_zip([("train.parquet", file)], "x")[0])
    monkeypatch.setattr(own_parquet, "MAX_OUTPUT", 2 * once)
    two = [("train.parquet", file), ("test.parquet", file)]
    own_parquet.as_zip(two, "x")
    with pytest.raises(DataError, match="unpacks to more than"):
        own_parquet.as_zip([*two, ("val.parquet", file)], "x")
    with pytest.raises(DataError, match="41 Parquet files, allowed: 40"):
        own_parquet.as_zip([("train.parquet", b"")] * 41, "x")


def test_too_many_bytes_of_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_child, "MAX_OUTPUT", 1000)
    with pytest.raises(parquet_child._FaultError, match="more than 1,000 bytes of images"):
        parquet_child.convert(parquet_of([0, 1] * 20))
