"""How much a worker has under way: who finds no room is told to come again, before anything of his request is read."""

from __future__ import annotations

from typing import Final

from payport.gateway import settings

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Bytes of their bodies, by what each announces: what bounds a worker's memory under large requests."""


class Room:
    """Counts what is under way. Lives on the event loop."""

    __slots__ = ("_max_bytes", "_max_requests", "bytes", "requests")

    def __init__(self, max_requests: int = settings.MAX_UNDER_WAY, max_bytes: int = MAX_BODY_BYTES) -> None:
        """Start empty."""
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self.requests = 0
        self.bytes = 0

    def take(self, body_bytes: int) -> bool:
        """Let a request in whose body has so many bytes; tell whether there was room."""
        if self.requests >= self._max_requests or self.bytes + body_bytes > self._max_bytes:
            return False
        self.requests += 1
        self.bytes += body_bytes
        return True

    def leave(self, body_bytes: int) -> None:
        """Give back what was taken."""
        self.requests -= 1
        self.bytes -= body_bytes


def announced_bytes(length: int | None) -> int:
    """Return how many bytes of a body of some length may be read; one that comes in chunks does not say (``None``)."""
    return settings.LARGEST_REQUEST_BYTES if length is None else min(length, settings.LARGEST_REQUEST_BYTES)
