"""Room for requests and for the bytes of their bodies."""

from __future__ import annotations

import pytest

from payport.gateway.room import Room, announced_bytes
from payport.gateway.settings import LARGEST_REQUEST_BYTES


def test_room_is_bounded_by_requests_and_by_bytes() -> None:
    room = Room(max_requests=2, max_bytes=100)
    assert room.take(60)
    assert not room.take(41), "bytes"
    assert room.take(40)
    assert not room.take(0), "requests"
    room.leave(60)
    assert room.take(60)
    assert (room.requests, room.bytes) == (2, 100)


@pytest.mark.parametrize(
    ("length", "expected"), [(0, 0), (300, 300), (99_999_999_999, LARGEST_REQUEST_BYTES), (None, LARGEST_REQUEST_BYTES)]
)
def test_what_a_request_announces(length: int | None, expected: int) -> None:
    assert announced_bytes(length) == expected
