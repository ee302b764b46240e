"""The page that tells how a phone comes to trust this machine's authority: over plain HTTP, which needs no trust.

Whoever sits in the same network could change it on its way, so it asks to compare the certificate's fingerprint with
the one on the terminal.
"""

from __future__ import annotations

import contextlib
import html
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payport.cli.lan.addresses import Place
    from payport.cli.lan.authority import Authority

CERTIFICATE_PATH: Final = "/payport-demo.crt"
"""Where the authority's certificate is; phones know by its ending and media type what it is."""

CERTIFICATE_TYPE: Final = "application/x-x509-ca-cert"
"""Media type of the certificate of an authority."""

MAX_CONNECTIONS: Final = 16
"""Connections at once: a few phones; more are closed."""

CONNECTION_SECONDS: Final = 10.0
"""How long a connection may take."""

HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
"""Headers of every answer."""


class Links(NamedTuple):
    """Where the wallet is."""

    by_address: str
    """By this machine's address."""
    by_name: str | None
    """By its name, where it has one."""


def make_page(links: Links, fingerprint: str) -> bytes:
    """Return the page, in both languages."""
    text = files("payport.cli.lan").joinpath("page.html").read_text(encoding="utf-8")
    if links.by_name is None:
        text = "".join(line for line in text.splitlines(keepends=True) if "$by_name" not in line)
    named = {"by_address": links.by_address, "by_name": links.by_name or "", "fingerprint": fingerprint}
    told = {name: html.escape(value) for name, value in {**named, "certificate": CERTIFICATE_PATH}.items()}
    return Template(text).substitute(told).encode()


class _Server(ThreadingHTTPServer):
    """Few connections at once, each for a while."""

    daemon_threads = True

    def __init__(self, place: Place, port: int, answers: dict[str, tuple[str, bytes]]) -> None:
        self.address_family = socket.AF_INET6 if ":" in str(place.address) else socket.AF_INET
        self.answers = answers
        self._room = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((str(place.address), port), _Handler)

    def verify_request(self, _request: object, _client: object) -> bool:
        return self._room.acquire(blocking=False)

    # The base class serves datagrams too, whose requests are no sockets; this one serves streams alone.
    def process_request_thread(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        timer = threading.Timer(CONNECTION_SECONDS, _cut, [request])
        timer.daemon = True
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self._room.release()

    def handle_error(self, _request: object, _client: object) -> None:
        """Say nothing of who went away in the middle."""


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """Answers with one of two things."""

    server: _Server
    server_version = "payport"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def _answer(self, *, has_body: bool) -> None:
        found = self.server.answers.get(self.path.partition("?")[0])
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        media_type, body = found
        self.send_response(HTTPStatus.OK)
        for name, value in (("Content-Type", media_type), ("Content-Length", str(len(body))), *HEADERS):
            self.send_header(name, value)
        self.end_headers()
        if has_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing of who asks."""


@contextlib.contextmanager
def serving(place: Place, port: int, links: Links, authority: Authority) -> Iterator[str]:
    """Serve page and certificate until the end, on ``port`` or a free one for 0; yield the page's address.

    Raises ``port_taken``.
    """
    page = make_page(links, authority.fingerprint)
    answers = {"/": ("text/html; charset=utf-8", page), CERTIFICATE_PATH: (CERTIFICATE_TYPE, authority.pem)}
    try:
        server = _Server(place, port, answers)
    except OSError as error:
        from payport.gateway.process import PORT_TAKEN

        PORT_TAKEN.refuse(f"{place.host}:{port}: {error.strerror}")
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://{place.host}:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
