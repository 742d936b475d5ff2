"""PyTorch in the server: imported behind the first page, never in its way.

The import takes seconds. What needs it waits for it (`kit/with_torch.py`), while the rest of the
page can be used.
"""

from __future__ import annotations

import logging
import threading

from playground.errors import PlaygroundError

_log = logging.getLogger(__name__)


class _Import:
    """Imports torch and reads MNIST in a thread, once; a failure is kept and told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.done = threading.Event()
        self.error = ""

    def begin(self) -> None:
        with self._lock:
            if self._thread is None:
                # No daemon: Python would cut it off inside of PyTorch, which aborts the process.
                self._thread = threading.Thread(target=self._run, name="playground-torch")
                self._thread.start()

    def _run(self) -> None:
        try:
            from playground.data import load_mnist

            load_mnist("test")
        except Exception as error:  # noqa: BLE001 (pages wait until one or the other is said)
            _log.exception("PyTorch or MNIST could not be loaded")
            self.error = type(error).__name__
        self.done.set()
        if not self.error:
            _warm_reader()


def _warm_reader() -> None:
    """Read one drawing with the app's own network: the first stroke is not to wait for anything."""
    from playground.drawing import render, sample_digits
    from playground.recognition.catalogue import load_default_reader
    from playground.recognition.reading import read

    try:
        read(render(sample_digits()[0].drawing), [load_default_reader()])
    except PlaygroundError:
        _log.exception("the network of this app could not be loaded; the drawing page will say so")


_import = _Import()


def begin() -> None:
    """Start the import if it has not been started. Returns at once."""
    _import.begin()


def wait(seconds: float) -> bool:
    """Wait until PyTorch is there and say whether it is."""
    return _import.done.wait(seconds) and not _import.error


def has_failed() -> bool:
    """Whether PyTorch or its data could not be loaded; the log says why."""
    return bool(_import.error)
