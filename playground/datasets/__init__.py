"""Data sets besides the embedded MNIST: two to download, and the reader's own.

Importing this package imports neither PyTorch nor Pillow; what needs them
imports them when it is called.
"""

from playground.datasets.catalogue import (
    CATALOGUE,
    DATASET_NAMES,
    DatasetInfo,
    class_count,
    is_dataset_name,
)
from playground.datasets.download import Download, DownloadProgress, latest_download, start_download
from playground.datasets.loading import (
    is_available,
    is_known_to_be_damaged,
    load_dataset,
    require_usable,
)
from playground.datasets.own import OwnData, read_own
from playground.datasets.own_reading import Choices
from playground.datasets.own_store import load_own, own_file, save_own

__all__ = [
    "CATALOGUE",
    "DATASET_NAMES",
    "Choices",
    "DatasetInfo",
    "Download",
    "DownloadProgress",
    "OwnData",
    "class_count",
    "is_available",
    "is_dataset_name",
    "is_known_to_be_damaged",
    "latest_download",
    "load_dataset",
    "load_own",
    "own_file",
    "read_own",
    "require_usable",
    "save_own",
    "start_download",
]
