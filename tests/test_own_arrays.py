"""Arrays that people bring: npz, npy and idx, whole, packed, damaged and hostile."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_files import content_of, refused, zipped

from playground.datasets import load_own, own_arrays, own_file, own_split, read_own
from playground.datasets.own_edits import renamed
from playground.datasets.own_files import bring_in, bring_in_together
from playground.datasets.own_pairs import OTHER
from playground.datasets.own_reading import Choices
from playground.datasets.own_store import save_own
from playground.errors import DataError

MEBIBYTE = 2**20


def images_of(n: int = 40, side: int = 28, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    images = np.zeros((n, side, side), np.uint8)
    images[:, 4:-4, 4:-4] = generator.integers(0, 256, (n, side - 8, side - 8))
    images[:, 5, 5] = 255
    return images


X, Y = images_of(), np.arange(40) % 4
X_TEST, Y_TEST = images_of(12, seed=1), np.arange(12) % 4


def npz(*plain: Any, packed: bool = False, **named: Any) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, *plain, **named)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def idx(array: np.ndarray) -> bytes:
    codes = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
    header = bytes([0, 0, codes[array.dtype.str[1:]], array.ndim])
    lengths = struct.pack(f">{array.ndim}I", *array.shape)
    return header + lengths + array.astype(array.dtype.newbyteorder(">")).tobytes()


def expected(*parts: Any) -> list[tuple[str, bytes]]:
    """Label and pixels of each image of (images, labels)."""
    return sorted(
        (str(label), image.tobytes())
        for images, labels in parts
        for image, label in zip(np.asarray(images), np.asarray(labels), strict=True)
    )


# ---------------------------------------------------------------- forms


ONE_PART: dict[str, Callable[[], bytes]] = {
    "images, labels": lambda: npz(images=X, labels=Y),
    "X, y": lambda: npz(X=X, y=Y),
    "x, y, packed": lambda: npz(x=X, y=Y, packed=True),
    "as scikit-learn has them": lambda: npz(data=X.reshape(40, -1), images=X, target=Y),
    "all that scikit-learn has": lambda: npz(
        data=X.reshape(40, -1), images=X, target=Y, target_names=np.arange(4), frame=None,
        feature_names=[f"pixel_{i}" for i in range(784)], DESCR="x" * 2000),
    "arr_0, arr_1": lambda: npz(X, Y),
    "arr_0, arr_1, labels first": lambda: npz(Y, X),
    "one-hot": lambda: npz(X=X, y=np.eye(4)[Y]),
    "labels as a column": lambda: npz(X=X, y=Y[:, None]),
    "labels as floats": lambda: npz(X=X, y=Y.astype(float)),
    "labels as text": lambda: npz(X=X, y=Y.astype(str)),
    "labels as bytes": lambda: npz(X=X, y=Y.astype("S1")),
    "flat": lambda: npz(X=X.reshape(40, -1), y=Y),
    "a last axis for grey": lambda: npz(X=X[..., None], y=Y),
    "a first axis for grey": lambda: npz(X=X[:, None], y=Y),
    "three equal colours": lambda: npz(X=np.stack(3 * [X], -1), y=Y),
    "colours first": lambda: npz(X=np.stack(3 * [X], 1), y=Y),
    "Fortran's order": lambda: npz(X=np.asfortranarray(X), y=Y),
    "whole numbers of 64 bits": lambda: npz(X=X.astype(np.int64), y=Y),
    "0 to 1 in float64": lambda: npz(X=X / 255, y=Y),
    "-1 to 1 in float32": lambda: npz(X=(X / 127.5 - 1).astype(np.float32), y=Y),
    "two npy in a zip": lambda: zipped({"some/images.npy": npy(X), "some/labels.npy": npy(Y)}),
    "only a training part": lambda: npz(x_train=X, y_train=Y),
    "idx in a zip": lambda: zipped({
        "train-images-idx3-ubyte": idx(X), "train-labels-idx1-ubyte": idx(Y.astype(np.uint8))}),
    "packed idx in a zip": lambda: zipped({
        "raw/train-images-idx3-ubyte.gz": gzip.compress(idx(X)),
        "raw/train-labels-idx1-ubyte.gz": gzip.compress(idx(Y.astype(np.uint8))),
        "raw/.DS_Store": b"x", "readme.txt": b"x"}),
    "npz files in a zip": lambda: zipped({
        "kmnist-train-imgs.npz": npz(X), "kmnist-train-labels.npz": npz(Y)}),
}  # fmt: skip


@pytest.mark.parametrize("form", ONE_PART)
def test_images_and_labels_are_found_in_every_form(form: str) -> None:
    own = read_own(ONE_PART[form](), "mine.npz")
    assert content_of(own) == expected((X, Y))
    assert own.class_names == ("0", "1", "2", "3")
    assert not own.summary.own_split
    assert (own.summary.train_counts, own.summary.test_counts) == ((8,) * 4, (2,) * 4)
    assert own.summary.read[1].startswith("Images and labels from '")


SPLIT: dict[str, Callable[[], bytes]] = {
    "as Keras": lambda: npz(x_test=X_TEST, x_train=X, y_train=Y, y_test=Y_TEST),
    "packed": lambda: npz(x_test=X_TEST, x_train=X, y_train=Y, y_test=Y_TEST, packed=True),
    "other names": lambda: npz(
        train_images=X, train_labels=Y, val_images=X_TEST, val_labels=Y_TEST
    ),
    "short names": lambda: npz(X_te=X_TEST, X_tr=X, y_te=Y_TEST, y_tr=Y),
    "shorter names": lambda: npz(Xte=X_TEST, Xtr=X, yte=Y_TEST, ytr=Y),
    "shorter names in a zip": lambda: zipped({
        "Xte.npy": npy(X_TEST), "Xtr.npy": npy(X), "yte.npy": npy(Y_TEST), "ytr.npy": npy(Y)}),
    "dev": lambda: npz(dev_x=X_TEST, dev_y=Y_TEST, x=X, y=Y),
    "no name for training": lambda: npz(x_test=X_TEST, y_test=Y_TEST, x=X, y=Y),
    "folders in a zip": lambda: zipped({
        "test/X.npy": npy(X_TEST), "test/y.npy": npy(Y_TEST),
        "train/X.npy": npy(X), "train/y.npy": npy(Y)}),
    "joined names": lambda: npz(Xtrain=X, Xtest=X_TEST, Ytrain=Y, Ytest=Y_TEST),
    "arr_0 to arr_3": lambda: npz(X, Y, X_TEST, Y_TEST),
    "arr_0 to arr_3, images first": lambda: npz(X, X_TEST, Y, Y_TEST),
    "four idx in a zip": lambda: zipped({
        "t10k-images-idx3-ubyte": idx(X_TEST), "t10k-labels.idx1-ubyte": idx(Y_TEST.astype("u1")),
        "train-images-idx3-ubyte": idx(X), "train-labels-idx1-ubyte": idx(Y.astype("i4"))}),
}  # fmt: skip


@pytest.mark.parametrize("form", SPLIT)
def test_a_split_in_arrays_is_kept(form: str) -> None:
    own = read_own(SPLIT[form](), "mine.npz")
    assert own.summary.own_split
    assert expected((own.train.images, own.train.labels)) == expected((X, Y))
    assert expected((own.test.images, own.test.labels)) == expected((X_TEST, Y_TEST))


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("packed", [False, True])
def test_idx_of_all_types(dtype: str, packed: bool) -> None:
    files = {"images.idx": idx(X.astype(dtype)), "labels.idx": idx(Y.astype(dtype))}
    if packed:
        files = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    assert content_of(read_own(zipped(files), "mine.zip")) == expected((X, Y))


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))


@pytest.mark.usefixtures("home")
def test_files_that_belong_together_are_uploaded_together() -> None:
    images, labels = idx(X), gzip.compress(idx(Y.astype("u1")))
    files = [("C:\\x\\train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte.gz", labels)]
    own = load_own(bring_in_together(files))
    assert content_of(own) == expected((X, Y))
    with pytest.raises(DataError, match="no labels among 'train-images-idx3-ubyte'"):
        bring_in_together(files[:1])
    # A file that was refused stays in the uploader beside the right one.
    table = b"\n".join(b"%d,1,2,3,%d" % (i % 2, i % 5) for i in range(20))
    own = load_own(bring_in_together([("wrong.zip", b"PK\x03\x04"), ("t.csv", table)]))
    assert own.title == "t"
    assert own.summary.read[-1] == "Read alone, without 'wrong.zip'"
    many = [(f"{i}.csv", table) for i in range(8)]
    said = load_own(bring_in_together(many)).summary.read[-1]
    assert "'0.csv', '1.csv', '2.csv', '3.csv', '4.csv', …" in said


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("ending", [".bin", ".dat", "", ".gz"])
def test_arrays_are_known_by_their_content_when_they_come_together(ending: str) -> None:
    pack = gzip.compress if ending == ".gz" else bytes
    files = {"images": pack(idx(X)), "labels": pack(idx(Y.astype("u1")))}
    own = load_own(bring_in_together([(f"{name}{ending}", data) for name, data in files.items()]))
    assert content_of(own) == expected((X, Y))


@pytest.mark.usefixtures("home")
def test_two_files_of_one_name_are_uploaded_together() -> None:
    own = load_own(bring_in_together([("a.npy", npy(X)), ("a.npy", npy(Y))]))
    assert "Images and labels from 'a', '1 a'" in own.summary.read


def test_arrays_of_the_same_name_that_are_not_taken_are_counted() -> None:
    files = {"one/X.npy": npy(X), "one/y.npy": npy(Y), "two/X.npy": npy(X), "two/y.npy": npy(Y)}
    assert dict(read_own(zipped(files), "mine.zip").summary.ignored) == {OTHER: 2}


@pytest.mark.usefixtures("home")
def test_what_the_app_gives_to_download_goes_in_again() -> None:
    own = renamed(read_own(SPLIT["as Keras"](), "mine.npz"), ["a", "b", "10", "d"])
    again = load_own(bring_in(own_file(save_own(own)), "images.npz"))
    assert again.class_names == ("10", "a", "b", "d")
    assert again.summary.own_split
    assert content_of(again) == content_of(own)


@pytest.mark.parametrize("names", [("y_pred", "y_true"), ("predicted_labels", "labels")])
def test_predictions_beside_the_labels_are_no_labels(names: tuple[str, str]) -> None:
    own = read_own(npz(x=X, **{names[0]: Y % 2, names[1]: Y}), "mine.npz")
    assert own.class_names == ("0", "1", "2", "3")
    assert dict(own.summary.ignored) == {OTHER: 1}


def test_names_of_classes_in_the_file_are_taken() -> None:
    own = read_own(npz(images=X, target=Y, target_names=np.array([*"wxyz"])), "mine.npz")
    assert own.class_names == ("w", "x", "y", "z")
    assert own.summary.ignored == ()
    own = read_own(npz(seen=X, said=Y, names=np.array([*"wxyz"])), "mine.npz")
    assert own.class_names == ("w", "x", "y", "z")
    other = read_own(npz(images=X, target=Y, target_names=np.array([*"wxy"])), "mine.npz")
    assert other.class_names == ("0", "1", "2", "3")
    assert dict(other.summary.ignored) == {OTHER: 1}


def test_other_sizes_and_shapes_become_28_by_28() -> None:
    for side in (8, 64):
        own = read_own(npz(X=np.full((8, side, side), 40), y=np.arange(8) % 2), "mine.npz")
        assert (own.train.images == 40).all()
        assert own.summary.side == side
    wide = np.full((8, 20, 40), 100)
    wide[:, 8:12, 16:24] = 200
    own = read_own(npz(X=wide, y=np.arange(8) % 2), "mine.npz")
    assert own.train.images.shape[1:] == (28, 28)
    rows, columns = np.nonzero(own.train.images[0].numpy() > 150)
    assert np.ptp(columns) > np.ptp(rows)


def test_ten_of_many_classes_and_a_sample_of_many_images(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.arange(40) % 20
    own = read_own(npz(X=X, y=labels), "mine.npz", Choices(classes=("3", "17")))
    assert own.class_names == ("3", "17")
    assert len(own.summary.found_classes) == 20
    monkeypatch.setattr(own_split, "MAX_IMAGES", 20)
    own = read_own(npz(X=X, y=Y), "mine.npz")
    assert sum(own.summary.train_counts + own.summary.test_counts) == 20


def test_large_arrays_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 784, 1000, 784 * 39, 784 * 40, 784 * 41):
        monkeypatch.setattr(own_arrays, "_PIECE_BYTES", size)
        own = read_own(SPLIT["as Keras"](), "mine.npz")
        assert content_of(own) == expected((X, Y), (X_TEST, Y_TEST))


# ---------------------------------------------------------------- what is refused


class Exploit:
    """Stands for a pickle that would run a program."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


def header_npy(shape: tuple[int, ...], descr: str = "|u1", fortran: bool = False) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": descr, "fortran_order": fortran, "shape": shape}
    )
    return file.getvalue()


def idx_stating(*shape: int) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(1000)


WITH_LABELS = {"labels.npy": npy(Y)}
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "objects": (
        lambda: npz(images=np.array([Exploit()] * 40, dtype=object), labels=Y),
        "'images.npy' holds Python objects, which could run programs and are never loaded; save "
        "numbers, or text with .astype(str)",
    ),
    "records": (
        lambda: npz(images=np.zeros(40, [("a", "u1"), ("b", "f4")]), labels=Y), "is of type [('a'",
    ),
    "complex": (lambda: npz(images=X * 1j, labels=Y), "is of type complex128"),
    "long texts": (lambda: npz(images=X, labels=np.full(40, "x" * 300)), "is of type <U300"),
    "five axes": (lambda: npz(images=X[:, None, None], labels=Y), "has 5 axes"),
    "terabytes": (
        lambda: zipped({"images.npy": header_npy((499_999, 2**20)) + bytes(999), **WITH_LABELS}),
        "has 524,286,951,424 bytes of numbers, allowed: 536,870,912",
    ),
    "rows without end": (
        lambda: zipped({"images.npy": header_npy((2**40, 0)), **WITH_LABELS}),
        "has 1,099,511,627,776 rows, allowed: 500,000",
    ),
    "a lying npy": (
        lambda: zipped({"images.npy": header_npy((40, 28, 28)) + bytes(999), **WITH_LABELS}),
        "'images' ends after 999 of the 31,360 bytes that its header states",
    ),
    "an npy with more": (
        lambda: zipped({"images.npy": npy(X) + b"x", **WITH_LABELS}),
        "'images' has more than the 31,360 bytes that its header states",
    ),
    "a lying idx": (
        lambda: zipped({"images.idx": idx_stating(40, 28, 28), "labels.idx": idx(Y.astype("u1"))}),
        "'images' ends after 1,000 of the 31,360 bytes",
    ),
    "an idx of terabytes": (
        lambda: zipped({"images.idx": idx_stating(9, 2**31, 2**31), **WITH_LABELS}),
        "bytes of numbers, allowed: 536,870,912",
    ),
    "an idx that unpacks to much": (
        lambda: zipped({"images.idx.gz": gzip.compress(idx_stating(500, 256, 256)), **WITH_LABELS}),
        "'images.idx.gz' unpacks from ",
    ),
    "a bomb": (
        lambda: zipped({"images.npy": npy(np.zeros((9000, 28, 28), "u1")), **WITH_LABELS}),
        "entry 'images.npy' unpacks from ",
    ),
    "a bomb of gzip": (
        lambda: gzip.compress(bytes(99)[:2] + b"\x08\x03" + struct.pack(">3I", 9000, 28, 28)
                              + bytes(9000 * 784)), "unpacks from ",
    ),
    "too many arrays": (
        lambda: npz(*[np.zeros(2)] * 41), "it has more than 40 arrays",
    ),
    "more images than labels": (
        lambda: npz(images=X, labels=Y[:-1]),
        "it has 40 images in 'images' and 39 labels in 'labels'",
    ),
    "names of classes beside them": (
        lambda: npz(class_names=np.array([*"wxyz"]), images=X, labels=Y[:-1]),
        "it has 40 images in 'images' and 39 labels in 'labels'",
    ),
    "no labels": (lambda: npz(images=X), "no pair of images and labels: no labels among 'images'"),
    "several labels without a name": (
        lambda: npz(images=X, fine=Y, coarse=Y),
        "no names that say which belong together among 'images' (40, 28, 28), 'fine' (40,), 'co",
    ),
    "no images": (lambda: npz(labels=Y), "no images among 'labels' (40,)"),
    "nothing": (lambda: zipped({"x.npy": b""}), "'x.npy' is neither npy nor idx"),
    "a pixel that is none": (
        lambda: npz(images=np.where(np.arange(40)[:, None, None] == 7, np.nan, X), labels=Y),
        "'images' has a pixel in image 7 that is no finite number",
    ),
    "a label that is none": (
        lambda: npz(images=X, labels=np.where(Y == 3, 0.5, Y)), "it has 0.5 at place 3 of 'labels'",
    ),
    "pixels that are slips": (
        lambda: npz(images=X.astype(int) + 300 * (np.arange(784).reshape(28, 28) == 90), labels=Y),
        "it has pixels 0 … 300, of which only a few lie outside of 0 … 255",
    ),
    "no row of zeros and a one": (
        lambda: npz(images=X, labels=np.ones((40, 3))),
        "allowed: one for each image, or a row with a single 1",
    ),
    "one class": (lambda: npz(images=X, labels=Y * 0), "it has 1 class ('0')"),
    "a cut file": (lambda: npz(images=X, labels=Y)[:-100], "is no zip that can be read"),
    "a cut gz": (
        lambda: zipped({"images.idx.gz": gzip.compress(idx(X))[:500], **WITH_LABELS}),
        "'images' is damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_damaged_or_hostile_is_refused_in_words_and_little_memory(kind: str) -> None:
    make, words = HOSTILE[kind]
    content = make()
    tracemalloc.start()
    message = refused(content, "mine.zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert words in message
    assert peak < 30 * MEBIBYTE


def test_an_encrypted_or_overlapping_entry_is_refused() -> None:
    content = npz(images=X, labels=Y)
    at = content.rindex(b"images.npy") - 46
    assert "is encrypted" in refused(content[: at + 8] + b"\1\0" + content[at + 10 :])
    at = content.rindex(b"labels.npy") - 46
    assert "overlaps" in refused(content[: at + 42] + bytes(4) + content[at + 46 :])


SMALL = {
    "npz": npz(x_train=X[:8, ::4, ::4], y_train=Y[:8], x_test=X[:4, ::4, ::4], y_test=Y[:4]),
    "packed": npz(images=X[:8, ::4, ::4], labels=Y[:8], packed=True),
    "idx": zipped({"images.idx": idx(X[:8, ::4, ::4]), "labels.idx.gz": gzip.compress(idx(
        Y[:8].astype("u1")))}),
    "alone": idx(X[:8, ::4, ::4]),
    "alone, packed": gzip.compress(idx(X[:8, ::4, ::4])),
}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(SMALL)),
    st.lists(
        st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=4) | st.just(b"\xff" * 4)),
        min_size=1,
        max_size=6,
    ),
)
@pytest.mark.filterwarnings("ignore:Reading `.npy`:UserWarning")
def test_mutated_arrays_are_read_or_refused_in_words(
    kind: str, changes: list[tuple[int, bytes]]
) -> None:
    content = bytearray(SMALL[kind])
    for place, value in changes:
        at = place % len(content)
        content[at : at + len(value)] = value
    tracemalloc.start()
    try:
        own = read_own(bytes(content), "x.npz")
        assert own.train.images.dtype == torch.uint8
    except DataError as error:
        assert len(str(error)) < 4000  # noqa: PT017  every refusal is readable
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 40 * MEBIBYTE
