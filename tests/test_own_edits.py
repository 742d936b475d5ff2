"""Changes to one's own data set, and the file behind it that can be read otherwise."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.datasets import Choices, OwnData, load_own, own_files, own_store, save_own
from playground.datasets.own import OwnSummary, build
from playground.datasets.own_edits import (
    inverted,
    inverted_alone,
    mirrored,
    renamed,
    split_again,
    stretched,
    turned,
)
from playground.datasets.own_files import bring_in, bring_in_together, can_be_read_again, read_again
from playground.datasets.own_pixels import look_at
from playground.errors import DataError, InputError
from playground.ui.pages.train import own_changes
from playground.validation import counted

EDITS: dict[str, Callable[[OwnData], OwnData]] = {
    "invert": inverted,
    "turn": turned,
    "mirror": mirrored,
}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    own_store._load.cache_clear()
    return tmp_path


def own_data(low: int = 0, high: int = 256) -> OwnData:
    images = np.random.default_rng(0).integers(low, high, (12, 28, 28)).astype(np.uint8)
    labels = np.arange(12) % 2
    own = build("pets", ("cat", "dog"), (images[:8], labels[:8]), (images[8:], labels[8:]))
    return replace(own, summary=replace(own.summary, own_split=True, read=("Pixels",)))


def images_of(own: OwnData) -> np.ndarray:
    return torch.cat([own.train.images, own.test.images]).numpy()


@pytest.mark.parametrize("every", [2, 3, 10, 60])
def test_images_that_look_inverted_among_others_are_inverted_alone(every: int) -> None:
    images = np.zeros((60, 28, 28), np.uint8)
    images[:, 8:20, 10:16] = np.arange(180, 240)[:, np.newaxis, np.newaxis]
    mixed = images.copy()
    mixed[::every] = 255 - mixed[::every]
    labels = np.arange(60) // 3 % 2
    own = build("x", ("a", "b"), (mixed[:40], labels[:40]), (mixed[40:], labels[40:]))
    assert look_at(own.train.images.numpy()).inverted == pytest.approx(1 / every, abs=0.02)
    mended = inverted_alone(own)
    assert np.array_equal(images_of(mended), images)
    count = counted(60 // every, "image")
    assert mended.summary.read == (f"Inverted, as dark on light: {count}",)
    assert look_at(mended.train.images.numpy()).inverted == 0
    assert not mended.summary.inverted


def test_photos_and_images_that_are_all_alike_do_not_look_inverted() -> None:
    photos = np.random.default_rng(0).integers(0, 256, (60, 4, 4)).repeat(7, 1).repeat(7, 2)
    black = np.zeros((60, 28, 28), np.uint8)
    for images in (photos.astype(np.uint8), black, 255 - black):
        assert look_at(images).inverted == 0


@given(st.lists(st.sampled_from(sorted(EDITS)), max_size=8))
def test_what_is_said_of_the_images_is_what_was_done_to_them(names: list[str]) -> None:
    """Inverted, then mirrored, then turned, in whatever order the buttons were pressed."""
    before = after = own_data()
    for name in names:
        after = EDITS[name](after)
    images = images_of(before)
    images = 255 - images if after.summary.inverted else images
    images = images[:, :, ::-1] if after.summary.mirrored else images
    images = np.rot90(images, -after.summary.turns, (1, 2))
    assert np.array_equal(images_of(after), images)
    assert np.array_equal(after.train.labels, before.train.labels)
    assert (after.summary.read, after.summary.own_split) == (("Pixels",), True)


def test_pictures_on_their_side_stand_up_after_mirror_and_turn() -> None:
    """EMNIST's are transposed."""
    upright = own_data()
    lying = replace(upright, train=replace(
        upright.train, images=upright.train.images.transpose(1, 2).contiguous()))  # fmt: skip
    assert torch.equal(mirrored(turned(lying)).train.images, upright.train.images)


def test_contrast_is_stretched_over_all_greys() -> None:
    dim = own_data(20, 37)
    wide = stretched(dim)
    assert (int(wide.train.images.min()), int(wide.train.images.max())) == (0, 255)
    assert wide.summary.read == ("Pixels", "Stretched: 20 became 0 and 36 became 255")
    ordered = np.argsort(images_of(dim).reshape(-1), kind="stable")
    assert (np.diff(images_of(wide).reshape(-1)[ordered].astype(int)) >= 0).all()
    with pytest.raises(InputError, match="All pixels are 7"):
        stretched(own_data(7, 8))


def test_a_split_of_ones_own_can_be_made_at_random() -> None:
    before = own_data()
    said = ("Pixels", "The split from column 2, 'set'", "Inverted: 3 images")
    own = split_again(replace(before, summary=replace(before.summary, read=said)))
    assert not own.summary.own_split
    assert own.summary.read == ("Pixels", "Inverted: 3 images")
    assert (own.summary.train_counts, own.summary.test_counts) == ((5, 5), (1, 1))
    whole = sorted(image.tobytes() for image in images_of(own_data()))
    assert sorted(image.tobytes() for image in images_of(own)) == whole


def test_classes_get_other_names_and_keep_their_labels() -> None:
    own = renamed(own_data(), [" Katze ", "Hund"])
    assert own.class_names == own.train.class_names == ("Katze", "Hund")
    assert torch.equal(own.train.labels, own_data().train.labels)
    for names, words in (
        (["a", "a"], "1 different names for 2 classes"),
        (["a"], "1 different names"),
        (["", "b"], "is empty"),
        (["x" * 41, "b"], "41 characters"),
    ):
        with pytest.raises(InputError, match=words):
            renamed(own_data(), names)


# ---------------------------------------------------------------- kept with the data set


def test_all_that_is_said_is_kept_with_the_data_set(home: Path) -> None:
    own = own_data()
    told = OwnSummary(
        own.summary.train_counts, own.summary.test_counts, (("hidden", 3),), True, 8,
        ("Pixels 0 … 16", "Labels"), True, True, 3, ((0, "first"), (64, "last")), 64,
        ("a", "b"), "0" * 32,
    )  # fmt: skip
    data_id = save_own(replace(own, summary=told))
    own_store._load.cache_clear()
    assert load_own(data_id).summary == told


def test_a_data_set_from_before_is_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first version wrote of a data set, and no more."""
    pack = own_store._pack

    def packed_before(own: OwnData) -> bytes:
        kept = ("format", "title", "class_names", "ignored", "inverted", "side")
        monkeypatch.setattr(
            own_store.json, "dumps",  # type: ignore[attr-defined]
            lambda about: json.JSONEncoder().encode({key: about[key] for key in kept}),
        )  # fmt: skip
        return pack(own)

    monkeypatch.setattr(own_store, "_pack", packed_before)
    own = own_data()
    loaded = load_own(save_own(own))
    assert loaded.summary == OwnSummary(own.summary.train_counts, own.summary.test_counts)
    assert torch.equal(inverted(loaded).train.images, 255 - own.train.images)


def test_a_data_set_that_was_changed_is_the_first_to_go(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = save_own(own_data()), save_own(inverted(own_data()))
    own_store.supersede(second)
    own_store.supersede("../../etc/passwd")
    monkeypatch.setattr(own_store, "MAX_SAVED", 2)
    third = save_own(turned(own_data()))
    assert sorted(os.listdir(home / "own-data")) == sorted([first, third])


def test_what_no_undo_leads_to_any_more_goes_first_and_no_upload(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone: list[str] = []
    monkeypatch.setattr(streamlit, "session_state", {})
    monkeypatch.setattr(own_changes, "supersede", gone.append)
    monkeypatch.setattr(own_changes, "_MOST_BACK", 2)
    own_changes.remember(None, "upload")
    for before, now in itertools.pairwise(["upload", *"abcd"]):
        own_changes.remember(before, now)
    assert gone == ["a"]


# ---------------------------------------------------------------- the file behind it


def table(classes: int = 3, rows: int = 60) -> bytes:
    """Labels in the first column, others in the last."""
    generator = np.random.default_rng(0)
    return "\n".join(
        ",".join(map(str, [i % classes, 0, *generator.integers(0, 255, 7), 100 * (i % 2)]))
        for i in range(rows)
    ).encode()


def test_a_file_is_read_again_with_another_column(home: Path) -> None:
    data_id = bring_in(table(), "my table.csv")
    own = load_own(data_id)
    assert (own.class_names, own.summary.label_column) == (("0", "1", "2"), 0)
    assert can_be_read_again(own)
    other = load_own(read_again(data_id, Choices(label_column=9)))
    assert (other.class_names, other.summary.label_column) == (("0", "100"), 9)
    assert other.title == own.title == "my table"
    assert read_again(save_own(other), Choices(label_column=0)) == data_id
    assert len(os.listdir(home / "own-files")) == 1


def test_of_tables_uploaded_together_those_for_training_and_test_are_one(home: Path) -> None:
    files = [("my_train.csv", table()), ("my_test.csv", table(rows=15))]
    own = load_own(bring_in_together(files))
    assert (own.summary.train_counts, own.summary.test_counts) == ((20, 20, 20), (5, 5, 5))
    assert own.summary.own_split
    other = load_own(read_again(save_own(own), Choices(label_column=9)))
    assert (other.class_names, other.summary.own_split) == (("0", "100"), True)
    # One that was refused stays in the uploader beside the right one, which is the last.
    files = [("wrong.csv", b"1,2,3"), ("right.csv", table())]
    assert load_own(bring_in_together(files)).title == "right"


def test_other_classes_are_taken_of_many(home: Path) -> None:
    data_id = bring_in(table(12), "t.csv")
    assert load_own(data_id).class_names == tuple(map(str, range(10)))
    other = load_own(read_again(data_id, Choices(classes=("11", "4"))))
    assert other.class_names == ("4", "11")
    with pytest.raises(DataError, match=r"it has 1 class \('4'\)"):
        read_again(data_id, Choices(classes=("4",)))


@pytest.mark.parametrize("damage", ["gone", "cut", "other", "no head"])
def test_a_file_that_is_not_here_any_more_is_asked_for_again(home: Path, damage: str) -> None:
    data_id = bring_in(table(), "t.csv")
    [path] = (home / "own-files").iterdir()
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[:-10])
    elif damage == "other":
        path.write_bytes(json.dumps({"name": "x", "packed": False}).encode() + b"\nother")
    else:
        path.write_bytes(content[40:])
    assert can_be_read_again(load_own(data_id)) == (damage != "gone")
    with pytest.raises(DataError, match=r"not kept here any more.* Upload it again"):
        read_again(data_id, Choices(label_column=9))


@pytest.mark.parametrize("source", ["", "..", "../own-data", "0" * 31, "x" * 32])
def test_what_is_no_key_touches_no_file(home: Path, source: str) -> None:
    own = replace(own_data(), summary=replace(own_data().summary, source=source))
    assert not can_be_read_again(own)
    with pytest.raises(DataError, match="not kept here"):
        read_again(save_own(own), Choices())


def test_files_used_longest_ago_go_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = [bring_in(table(rows=60 + 3 * i), "t.csv") for i in range(3)]
    folder = home / "own-files"
    for age, data_id in enumerate(sets):
        os.utime(folder / load_own(data_id).summary.source, (1000 + age, 1000 + age))
    read_again(sets[0], Choices(label_column=9))  # now the youngest
    size = max(path.stat().st_size for path in folder.iterdir())
    monkeypatch.setattr(own_files, "MAX_KEPT_BYTES", 2 * size + 10)
    newest = bring_in(table(rows=57), "t.csv")
    kept = {data_id for data_id in [*sets, newest] if can_be_read_again(load_own(data_id))}
    assert kept == {sets[0], newest}


def test_a_full_disk_costs_the_choice_and_not_the_data(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own_files, "write_atomically", full)
    assert not can_be_read_again(load_own(bring_in(table(), "t.csv")))
