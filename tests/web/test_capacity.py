"""Capacity: never more calls than places."""

from __future__ import annotations

import threading

import pytest

from voice_agent.web.capacity import Capacity


def test_no_more_places_than_there_are() -> None:
    capacity = Capacity(2)
    assert capacity.acquire()
    assert not capacity.full
    assert capacity.acquire()
    assert capacity.full
    assert not capacity.acquire()
    capacity.release()
    assert capacity.acquire()


def test_of_many_at_once_only_as_many_as_fit_get_in() -> None:
    capacity, got, start = Capacity(3), [], threading.Barrier(12)

    def come() -> None:
        start.wait()
        got.append(capacity.acquire())

    threads = [threading.Thread(target=come) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(True) == 3
    assert capacity.live == 3


def test_a_closed_server_takes_nobody_and_lets_everybody_leave() -> None:
    capacity = Capacity(2)
    capacity.acquire()
    capacity.close()
    assert capacity.full
    assert not capacity.acquire()
    capacity.release()
    assert capacity.live == 0


def test_a_place_is_given_back_once() -> None:
    capacity = Capacity(1)
    with pytest.raises(AssertionError, match="given back"):
        capacity.release()
