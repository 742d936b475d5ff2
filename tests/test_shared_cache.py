"""What is dear is made once for all who ask, and let go where there is too much of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from playground.errors import CheckpointError
from playground.shared_cache import SharedCache


@dataclass(frozen=True, eq=False)
class Value:
    nbytes: int = 100


def make_cache(most: int = 160, most_bytes: int = 10**6) -> SharedCache[int, Value]:
    return SharedCache(most, most_bytes)


def again() -> Value:
    pytest.fail("made again")


def test_two_who_ask_at_once_share_what_is_made() -> None:
    cache, made = make_cache(), Value()
    started, go_on = threading.Event(), threading.Event()
    calls: list[int] = []
    results: list[Value] = []

    def make() -> Value:
        calls.append(1)
        started.set()
        assert go_on.wait(30)
        return made

    def ask() -> None:
        results.append(cache.get(7, make))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    threads[0].start()
    assert started.wait(30)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert calls == [1]
    assert len(results) == 3
    assert all(result is made for result in results)
    assert cache.get(7, again) is made


def test_the_one_used_longest_ago_goes_first() -> None:
    cache, one = make_cache(most=2), Value()
    cache.get(1, lambda: one)
    cache.get(2, lambda: one)
    cache.get(1, again)
    cache.get(3, lambda: one)
    cache.get(1, again)
    assert cache.peek(2) is None
    other = Value()
    assert cache.get(2, lambda: other) is other


def test_to_ask_about_one_is_no_use_of_it() -> None:
    cache, one = make_cache(most=2), Value()
    cache.get(1, lambda: one)
    cache.get(2, lambda: one)
    assert cache.peek(1) is one
    cache.get(3, lambda: one)
    assert cache.peek(1) is None


def test_bytes_are_bounded_too() -> None:
    cache = make_cache(most_bytes=201)
    for key in range(9):
        cache.get(key, Value)
    assert [key for key in range(9) if cache.peek(key)] == [7, 8]
    large = Value(202)
    assert cache.get(9, lambda: large) is large
    assert [key for key in range(10) if cache.peek(key)] == [7, 8]  # it pushes nothing out


def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    cache, made = make_cache(), Value()
    started, go_on = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def fail() -> Value:
        started.set()
        assert go_on.wait(30)
        raise CheckpointError("damaged")

    def ask() -> None:
        try:
            cache.get(1, fail)
        except CheckpointError as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    threads[0].start()
    assert started.wait(30)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert len(failures) == 2
    assert cache.get(1, lambda: made) is made
