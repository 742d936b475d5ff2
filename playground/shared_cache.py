"""What was made and is dear, for all threads of a process: each is made once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What says how many bytes its arrays have."""

    @property
    def nbytes(self) -> int: ...


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Sized)


class SharedCache(Generic[K, V]):
    """The values used last, bounded by their number and by their bytes; thread-safe.

    Args:
        most: values kept.
        most_bytes: bytes of all together; a larger value is handed out, not kept.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes = most, most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._under_way: dict[K, Future[V]] = {}
        self._bytes = 0

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key; `make` it if it is not here.

        Who asks while another thread makes it waits for that one, and gets the same
        exception if it fails. A failure is not kept: the next call tries again.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            future = self._under_way.get(key)
            mine = future is None
            if future is None:
                future = self._under_way[key] = Future()
        if mine:
            self._make(key, make, future)
        return future.result()

    def peek(self, key: K) -> V | None:
        """What `get` would return at once, or None where it would have to be made.

        It does not count as used: what is only asked about may be let go before the rest.
        """
        with self._lock:
            return self._kept.get(key)

    def _make(self, key: K, make: Callable[[], V], future: Future[V]) -> None:
        try:
            made = make()
        except BaseException as error:  # noqa: BLE001 (whoever waits must be told, whatever it is)
            with self._lock:
                del self._under_way[key]
            future.set_exception(error)
            return
        with self._lock:
            del self._under_way[key]
            if made.nbytes <= self.most_bytes:
                self._kept[key] = made
                self._bytes += made.nbytes
            while len(self._kept) > self.most or self._bytes > self.most_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.nbytes
        future.set_result(made)
