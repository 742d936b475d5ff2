"""What is made ahead: in which order, for whom, and when it stops."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest

from playground.errors import CheckpointError
from playground.inspection.prefetch import Prefetcher, Request

SECONDS = 20  # to wait for a thread on a busy machine


class Moments:
    """Moments of a run that are made one by one; `release` lets the next one be finished."""

    def __init__(self, *, waits: bool = False) -> None:
        self.made: list[int] = []
        self.begun = threading.Semaphore(0)
        self.release = threading.Semaphore(0 if waits else 1000)

    def make(self, step: int) -> None:
        self.begun.release()
        assert self.release.acquire(timeout=SECONDS)
        if step < 0:
            raise CheckpointError(f"No snapshot is kept of step {step}")
        if step > 1000:
            raise ZeroDivisionError(step)
        self.made.append(step)

    def request(self, *steps: int, run: str = "run") -> Request:
        return Request(run, steps, self.make, missing=lambda step: step not in self.made)


def test_moments_are_made_in_the_order_of_the_request_and_once() -> None:
    ahead, moments = Prefetcher(), Moments()
    ahead.want("a", moments.request(5, 3, 8, 1))
    assert ahead.join(SECONDS)
    assert moments.made == [5, 3, 8, 1]


def test_a_newer_request_of_the_same_viewer_takes_the_place_of_the_older() -> None:
    ahead, moments = Prefetcher(), Moments(waits=True)
    ahead.want("a", moments.request(1, 2, 3))
    assert moments.begun.acquire(timeout=SECONDS)
    ahead.want("a", moments.request(9, 8))
    for _ in range(3):
        moments.release.release()
    assert ahead.join(SECONDS)
    assert moments.made == [1, 9, 8]


def test_the_newest_viewer_comes_first_and_the_others_after() -> None:
    ahead, moments = Prefetcher(), Moments(waits=True)
    ahead.want("a", moments.request(1, 2))
    assert moments.begun.acquire(timeout=SECONDS)
    ahead.want("b", moments.request(9))
    assert ahead.viewers == 2
    for _ in range(3):
        moments.release.release()
    assert ahead.join(SECONDS)
    assert moments.made == [1, 9, 2]


def test_what_nobody_renews_is_made_no_further() -> None:
    now = [100.0]
    ahead, moments = Prefetcher(lease=8, clock=lambda: now[0]), Moments(waits=True)
    ahead.want("a", moments.request(1, 2, 3))
    assert moments.begun.acquire(timeout=SECONDS)
    now[0] += 7.9
    assert ahead.viewers == 1
    now[0] += 0.1  # the part was closed
    assert ahead.viewers == 0
    moments.release.release()
    assert ahead.join(SECONDS)
    assert moments.made == [1]


def test_a_moment_that_cannot_be_made_does_not_stop_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ahead, moments = Prefetcher(), Moments()
    ahead.want("a", moments.request(-1, 2000, 4))
    assert ahead.join(SECONDS)
    assert moments.made == [4]
    assert "could not prepare step 2000" in caplog.text


def test_it_begins_again_after_it_has_ended() -> None:
    ahead, moments = Prefetcher(), Moments()
    for step in (1, 2):
        ahead.want("a", moments.request(step))
        assert ahead.join(SECONDS)
    assert moments.made == [1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities on Linux")
def test_only_its_own_thread_has_the_lowest_priority() -> None:
    import os

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    ahead, found, before = Prefetcher(), [], priority()

    def make(read: Callable[[], int], _: int) -> None:
        found.append(read())

    ahead.want("a", Request("run", (1,), partial(make, priority), missing=lambda _: not found))
    assert ahead.join(SECONDS)
    assert found == [19]
    assert priority() == before
