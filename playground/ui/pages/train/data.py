"""Which images are learned from: the choice, a download where one is needed, one's own."""

from __future__ import annotations

import streamlit as st

from playground.datasets import (
    CATALOGUE,
    DatasetInfo,
    Download,
    DownloadProgress,
    is_available,
    is_known_to_be_damaged,
    latest_download,
    start_download,
)
from playground.datasets.catalogue import OWN_PREFIX, own_id
from playground.datasets.loading import PACKED_FILES
from playground.errors import ConfigError
from playground.ui.kit.buttons import button
from playground.ui.kit.link_warnings import check_absent
from playground.ui.kit.links import goes_back
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.own_data import own_data

KEY = "data"
OWN = "own"
TITLES = {name: info.title for name, info in CATALOGUE.items()} | {OWN: "Your own images"}
# The id in the address, for a reload, and in the session, for a visit to another page.
_OWN_PARAMETER, _OWN_ID = "own", "_own_data_id"
DATA_KEYS = frozenset({KEY, _OWN_PARAMETER, _OWN_ID})
DEFAULT = "mnist"
_TICK = 0.5  # seconds between looks at a download
_MEGABYTE = 1e6


def chosen_dataset() -> str:
    """The name of the chosen data set, as in `TrainConfig.dataset`.

    Raises:
        ConfigError: one's own images are chosen and there are none yet.
    """
    chosen = st.session_state.get(KEY, DEFAULT)
    if chosen != OWN:
        return chosen if chosen in CATALOGUE else DEFAULT
    data_id = st.session_state.get(_OWN_ID)
    if data_id is None:
        raise ConfigError(
            "Your own images are chosen as data, but there are none yet",
            allowed=", ".join(TITLES[name] for name in CATALOGUE) + ", or images you upload",
            advice="Upload a zip or a CSV below the settings, or choose other data",
        )
    return f"{OWN_PREFIX}{data_id}"


def has_chosen_data() -> bool:
    """Whether the chosen data set is on this computer; one's own is, or the page asks for it."""
    chosen = st.session_state.get(KEY, DEFAULT)
    return chosen not in CATALOGUE or _is_here(chosen)


def _is_here(name: str) -> bool:
    return is_available(name) and not is_known_to_be_damaged(name)


def class_labels_matter() -> bool:
    """Whether the classes of the chosen data are something else than digits."""
    return bool(st.session_state.get(KEY, DEFAULT) != "mnist")


def state_of(dataset: str) -> dict[str, str]:
    """What the session holds when a data set is chosen. For callbacks.

    Args:
        dataset: as in `TrainConfig.dataset`.
    """
    data_id = own_id(dataset)
    return {KEY: dataset} if data_id is None else {KEY: OWN, _OWN_ID: data_id}


def read_own_link() -> None:
    """Take `?data=own:<id>` and `?own=<id>` in, before the choice is drawn."""
    named = own_id(st.query_params.get(KEY, ""))
    kept = own_id(OWN_PREFIX + st.query_params.get(_OWN_PARAMETER, ""))
    goes_to_own = goes_back() and st.query_params.get(KEY) == OWN
    before = None if goes_to_own else st.session_state.get(_OWN_ID)
    # The first is in no address but one that somebody follows just now.
    st.session_state[_OWN_ID] = named or before or kept


def own_link() -> dict[str, str]:
    """What `?data=` says besides the names if it names images of one's own: they are chosen."""
    data = st.query_params.get(KEY, "")
    return {} if own_id(data) is None else {data: OWN}


def data_panel(*, opened: bool) -> None:
    """Below the settings: what the chosen data are, or how to get them.

    Args:
        opened: whether one's own images are shown in full at first.
    """
    chosen = st.session_state.get(KEY, DEFAULT)
    if chosen == OWN:
        before = st.session_state.get(_OWN_ID)
        data_id = own_data(before, _choose_own, opened=opened)
        st.session_state[_OWN_ID] = data_id
        named = st.query_params.get(_OWN_PARAMETER, "")
        _keep_in_address(data_id)
        if own_id(OWN_PREFIX + named) is None:
            check_absent("Own images", _OWN_PARAMETER, "no such images")
        if data_id is not None and data_id != before:
            st.rerun()  # the settings above have to do with it, too
        return
    _keep_in_address(None)
    info = CATALOGUE.get(chosen, CATALOGUE[DEFAULT])
    if info.name == DEFAULT:
        return
    if not _is_here(info.name):
        _download_panel(info)
        return
    names = " · ".join(f"{label} {name}" for label, name in enumerate(info.class_names))
    st.caption(f"{_credit(info)} Classes: {names}")


def _choose_own(data_id: str | None) -> None:
    """Take another data set of one's own, or none. For callbacks."""
    st.session_state[_OWN_ID] = data_id
    _keep_in_address(data_id)  # where the next run of the page would find the one before


def _keep_in_address(data_id: str | None) -> None:
    now = st.query_params.get(_OWN_PARAMETER)
    if data_id is None and now is not None:
        del st.query_params[_OWN_PARAMETER]
    elif data_id is not None and now != data_id:
        st.query_params[_OWN_PARAMETER] = data_id


# ---------------------------------------------------------------- downloading


def _download_panel(info: DatasetInfo) -> None:
    download = latest_download(info.name)
    progress = download.progress if download is not None else None
    if download is not None and progress is not None and progress.state == "running":
        _running(info, download)
        return
    if progress is not None and progress.state == "failed":
        st.error(escape_markdown(str(progress.error)), icon=":material/cloud_off:")
        _by_hand(info)
    state = "damaged on this computer" if is_available(info.name) else "not on this computer yet"
    st.caption(
        f"{_credit(info)} It is {state}; it is downloaded once and then works without a network."
    )
    label = f"Download {info.title} ({info.download_megabytes} MB)"
    button(label, start_download, info.name, icon="download", key="download_data")


def _by_hand(info: DatasetInfo) -> None:
    """Where the files belong if they come here in another way."""
    try:
        folder = str(info.raw_folder)
    except OSError:  # no place can be written: that is what was just said
        return
    files = ", ".join(f"`{file}`" for pair in PACKED_FILES.values() for file in pair)
    st.markdown(
        f"By hand: get {files} from {info.source}, put them as they are into this folder of the "
        "computer on which the app runs, and load this page again. Or upload the four of them as "
        "your own images."
    )
    st.code(folder, language=None)


def _credit(info: DatasetInfo) -> str:
    return f"**{info.title}** by {info.authors}. Licence: {info.licence}."


def _running(info: DatasetInfo, download: Download) -> None:
    def show() -> None:
        now = download.progress
        if now.state != "running":
            st.rerun()  # what stands here now is decided by the page
        st.progress(_fraction(now), text=f"Downloading {info.title}: {_amount(now)}")

    live_fragment(show, run_every=_TICK)
    button("Cancel", download.cancel, icon="close", key="cancel_download")


def _fraction(progress: DownloadProgress) -> float:
    return min(1.0, progress.done / progress.total) if progress.total else 0.0


def _amount(progress: DownloadProgress) -> str:
    done = f"{progress.done / _MEGABYTE:.1f}"
    if progress.total is None:
        return f"{done} MB" if progress.done else "asking for the files …"
    return f"{done} of {progress.total / _MEGABYTE:.1f} MB"
