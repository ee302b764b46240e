"""A connection that sends whatever bytes a test wants, well-formed or not."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType


def request(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a request; a ``Content-Length`` among the headers is sent as it is, right or wrong."""
    found = {"Host": "test", **(headers or {})}
    if body:
        found.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in found.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection:
    """One connection to a port."""

    def __init__(self, url: str, patience_seconds: float) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port), timeout=patience_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def finish_sending(self) -> None:
        """Say that nothing more comes."""
        self._socket.shutdown(socket.SHUT_WR)

    def has_something(self, wait_seconds: float) -> bool:
        """Tell whether something comes within so many seconds."""
        return bool(select.select([self._socket], [], [], wait_seconds)[0])

    def receive(self) -> bytes:
        """Return what comes next; nothing where the other side has closed."""
        return self._socket.recv(65_536)

    def receive_all(self) -> bytes:
        """Return everything until the other side closes."""
        found = b""
        while received := self.receive():
            found += received
        return found
