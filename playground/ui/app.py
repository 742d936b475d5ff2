"""What the server does besides running pages: start-up, shut-down, routes, errors."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit.runtime.pages_manager import PagesManager

from playground import settings
from playground.errors import WorkerError
from playground.event_log import LineFormatter, log_to_stderr, report
from playground.ui.server import (
    files_to_take_home,
    first_runs,
    lazy_torch,
    no_delay,
    page_changes,
    theme_once,
    untold_values,
    whole_callbacks,
    whole_numbers,
    whole_runs,
)
from playground.ui.server.assets import asset_routes
from playground.ui.server.kept_files import file_routes
from playground.ui.server.metrics import MetricsGuard, metrics_routes
from playground.ui.server.moment_files import moment_routes
from playground.ui.server.operator_page import operator_routes
from playground.ui.server.page_style import PageStyle
from playground.ui.server.paths import BelowPages
from playground.ui.server.preloads import Preloads
from playground.ui.server.security import SameOrigin, SecurityHeaders, VisitorCookie
from playground.ui.server.session import manager
from playground.ui.server.short_links import share_routes

_log = logging.getLogger(__name__)
_NO_RAY = "PLAYGROUND_CLUSTER needs Ray: pip install -r requirements-cluster.txt"
# Seconds after the start. Both import PyTorch, which keeps a core busy for seconds, and the
# first page comes first; who presses Start earlier gets a training process at once.
_WORKER_AFTER, _TORCH_AFTER = 4.0, 8.0
_SHEETS = tuple(f"pages/{each}.css" for each in ("home/home", "lesson", "train/train", "draw/draw"))
_SCRIPTS = ("_kernel/page/address.js", "_kernel/page/double_click.js")


def server_options() -> dict[str, Any]:
    """The arguments of `st.App` beside the script's path, once the settings are read.

    Raises:
        SystemExit: the environment has settings that cannot be used; it is said on stderr.
    """
    _read_settings()
    whole_callbacks.install()
    page_changes.install()
    whole_runs.install()
    first_runs.install()
    untold_values.install()
    whole_numbers.install()
    theme_once.install()
    no_delay.install()
    files_to_take_home.install()
    return {
        "routes": [
            *asset_routes(),
            *file_routes(),
            *metrics_routes(),
            *moment_routes(),
            *operator_routes(),
            *share_routes(),
        ],
        "middleware": [
            Middleware(SecurityHeaders),
            Middleware(SameOrigin),
            Middleware(MetricsGuard),
            Middleware(VisitorCookie),
            Middleware(BelowPages),
            Middleware(Preloads),
            Middleware(PageStyle, sheets=_SHEETS, scripts=_SCRIPTS, begins=_large_type),
        ],
        "lifespan": _lifespan,
        "on_script_error": _on_script_error,
    }


def _large_type(page: str, query: Mapping[str, str]) -> str:
    # Imported when a link may ask for it: a start has no need of it.
    if not query.keys() & {"projection", "lesson"}:
        return ""
    from playground.ui.projection.mode import first_sheet

    return first_sheet(page, query)


def _read_settings() -> None:
    # Where nobody can set the environment, as on Streamlit's own cloud, secrets.toml can:
    # its plain values become variables.
    st.secrets.load_if_toml_exists()
    log_to_stderr()  # first: a variable that nobody knows is worth a line too
    chosen = settings.read_or_exit()
    _tell_unknown(os.environ)
    if chosen.cluster:
        _join_or_exit()
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("streamlit."):  # each has a handler of its own
            for handler in logging.getLogger(name).handlers:
                handler.setFormatter(LineFormatter())
    config.set_option("server.maxUploadSize", chosen.upload_mb, "PLAYGROUND_UPLOAD_MB")


def _tell_unknown(names: Iterable[str]) -> None:
    """Log what is named as an option of Streamlit and is none: it has no effect."""
    known = {option.env_var for option in config.get_config_options().values()}
    for name in sorted(name for name in names if name.startswith("STREAMLIT_")):
        if name not in known:
            report("setting_unknown", level=logging.WARNING, name=name)


def _join_or_exit() -> None:
    """Join the cluster before anything is served.

    Raises:
        SystemExit: with status 2 and words on stderr, when that is not possible.
    """
    try:
        manager()
    except (ImportError, WorkerError) as error:
        words = _NO_RAY if isinstance(error, ImportError) else str(error)
        print(f"The playground does not start. {words}", file=sys.stderr, flush=True)  # noqa: T201
        raise SystemExit(2) from None


def _servers_log_in_lines() -> None:
    """What uvicorn, websockets and Streamlit log of the connections, in lines as all else.

    Only once uvicorn has begun: what it does to the log then undoes what was done before.
    """
    # The last resort takes what no handler does: uvicorn's errors, as Streamlit runs it.
    handlers = [logging.lastResort]
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets"):
        handlers += logging.getLogger(name).handlers
    for handler in handlers:
        if handler is not None:
            handler.setFormatter(LineFormatter())


@asynccontextmanager
async def _lifespan(_app: object) -> AsyncIterator[None]:
    """Warm a training process while the first page is being looked at; end all at the end."""
    _servers_log_in_lines()
    manager()  # before any request: two that come first together would each make one
    # Streamlit takes a folder named pages/ for its own older kind of navigation until
    # the first st.navigation call of the process. A deep link as the very first
    # request would then run that page without app.py.
    PagesManager.uses_pages_directory = False
    threading.Thread(target=_import_first_page, name="playground-first-page", daemon=True).start()
    behind = [
        threading.Timer(_WORKER_AFTER, _warm),
        threading.Timer(_TORCH_AFTER, lazy_torch.begin),
    ]
    for timer in behind if settings.current().warm_up else ():
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in behind:
            timer.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(manager().close)


def _import_first_page() -> None:
    """Import what `app.py` and the first page need, while the browser fetches Streamlit's files."""
    for name in ("kit.link_warnings", "pages.home.cards", "projection.mode", "projection.notes"):
        importlib.import_module(f"playground.ui.{name}")


def _warm() -> None:
    try:
        manager().warm()
    except WorkerError:
        _log.exception("no training process yet; Start will try again")


def _on_script_error(error: Exception) -> bool:
    """Say on the page that something went wrong, without the details."""
    report("page_failed", level=logging.ERROR, error=type(error).__name__)
    st.error(
        "Something went wrong on this page, and the details are in the server's log. "
        "Reload the page; a run that is going on is not affected.",
        icon=":material/error:",
    )
    return True
