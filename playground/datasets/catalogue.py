"""Which data sets there are, by name: facts only, no files and no network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playground.data_home import home
from playground.errors import InputError, did_you_mean
from playground.validation import short_repr

OWN_PREFIX = "own:"
# The number of classes is a part of the name, so that a configuration can be
# checked without reading a file; `load_own` checks that it is true.
_OWN_ID = re.compile(r"(?P<classes>[2-9]|10)-[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a published data set before it is loaded.

    All three have 60,000 training and 10,000 test images of 28 × 28 pixels, 0 =
    background, 255 = full ink.

    Attributes:
        name: as in `TrainConfig.dataset`.
        title: as its authors write it.
        class_names: one a class, in the order of the labels.
        authors: who made it.
        licence: under which it may be used.
        source: address of the authors' page.
        download_megabytes: about how much is downloaded; 0 if it comes with the program.
        torchvision_name: the class in `torchvision.datasets` that lists its files, and
            the folder those lie in.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    authors: str
    licence: str
    source: str
    download_megabytes: int
    torchvision_name: str

    @property
    def raw_folder(self) -> Path:
        """Where torchvision looks for the files, too; it need not exist.

        Raises:
            OSError: no place at all can be written.
        """
        return home() / "data" / self.torchvision_name / "raw"


_ALL = (
    DatasetInfo(
        name="mnist",
        title="MNIST",
        class_names=tuple("0123456789"),
        authors="Yann LeCun, Corinna Cortes, Christopher Burges",
        licence="CC BY-SA 3.0",
        source="http://yann.lecun.com/exdb/mnist/",
        download_megabytes=0,
        torchvision_name="MNIST",
    ),
    DatasetInfo(
        name="fashion-mnist",
        title="Fashion-MNIST",
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        authors="Han Xiao, Kashif Rasul, Roland Vollgraf (Zalando Research)",
        licence="MIT",
        source="https://github.com/zalandoresearch/fashion-mnist",
        download_megabytes=31,
        torchvision_name="FashionMNIST",
    ),
    DatasetInfo(
        name="kmnist",
        title="Kuzushiji-MNIST",
        class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        authors="Tarin Clanuwat and others (ROIS-DS Center for Open Data in the Humanities)",
        licence="CC BY-SA 4.0",
        source="http://codh.rois.ac.jp/kmnist/",
        download_megabytes=21,
        torchvision_name="KMNIST",
    ),
)

CATALOGUE = {info.name: info for info in _ALL}
DATASET_NAMES = tuple(CATALOGUE)


def is_dataset_name(name: object) -> bool:
    """Whether this can be a data set's name: one of `DATASET_NAMES`, or "own:<id>".

    Nothing is looked up: whether an own data set still exists shows when it is loaded.
    """
    return isinstance(name, str) and (name in CATALOGUE or own_id(name) is not None)


def class_count(name: str) -> int:
    """Return the number of classes K of a data set, from its name alone.

    Returns:
        10 for the published ones, 2 to 10 for an own one.

    Raises:
        InputError: not a data set's name.
    """
    data_id = own_id(require_dataset_name(name))
    return int(data_id.partition("-")[0]) if data_id else len(CATALOGUE[name].class_names)


def own_id(name: str) -> str | None:
    """Return the id in "own:<id>"; None if the name is of another form."""
    data_id = name.removeprefix(OWN_PREFIX)
    return data_id if name.startswith(OWN_PREFIX) and is_own_id(data_id) else None


def is_own_id(data_id: object) -> bool:
    """Whether this has the form of an own data set's id, safe to be a folder's name."""
    return isinstance(data_id, str) and _OWN_ID.fullmatch(data_id) is not None


def require_dataset_name(name: object) -> str:
    """Return the name if it can be a data set's.

    Raises:
        InputError: it cannot.
    """
    if isinstance(name, str) and is_dataset_name(name):
        return name
    hint = did_you_mean(name, DATASET_NAMES)
    raise InputError(
        f"There is no data set {short_repr(name)}{hint}",
        allowed=", ".join(map(repr, DATASET_NAMES)) + ", or 'own:' and the id of one you uploaded",
        advice="Choose one of these",
    )
