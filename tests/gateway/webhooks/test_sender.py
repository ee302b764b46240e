"""One attempt, over real connections and real TLS: every way it can end is told by its name."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from payport.gateway.webhooks import sender as module
from payport.gateway.webhooks.sender import Failure, Sender, wait_of
from tests.gateway.webhooks.receiver import Answer, Receiver
from tests.gateway.webhooks.scene import LOCAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


def certificate(folder: Path, name: str) -> Path:
    """Return a file with a key and a certificate that signs itself, for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = builder.sign(key, hashes.SHA256())
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Receiver, ssl.SSLContext, list[str | None]]]:
    """Return a receiver behind TLS, what believes its certificate, and the names it was asked for."""
    path = certificate(tmp_path, "shop.example")
    server, asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    server.load_cert_chain(path)
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    receiver = Receiver(server)
    yield receiver, ssl.create_default_context(cafile=str(path)), asked
    receiver.close()


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    sender = Sender(LOCAL)
    yield sender
    await sender.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every name mean this machine."""
    honest = socket.getaddrinfo

    def resolve(host: Any, port: Any, *arguments: Any, **named: Any) -> Any:
        return honest("127.0.0.1" if host.endswith(".example") else host, port, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


async def test_tls_and_host_keep_to_the_name(
    names: None, secure: tuple[Receiver, ssl.SSLContext, list[str | None]]
) -> None:
    receiver, trusted, asked = secure
    sender = Sender(LOCAL, trusted)
    result = await sender.send(f"https://shop.example:{receiver.port}/hook", {"webhook-id": "1"}, b"{}")
    assert (result.status, result.failure) == (200, None)
    assert asked == ["shop.example"]
    assert receiver.received[0].headers["host"] == f"shop.example:{receiver.port}"
    wrong = await sender.send(f"https://other.example:{receiver.port}/hook", {}, b"{}")
    assert wrong.failure is Failure.TLS_FAILED
    await sender.close()
    stranger = Sender(LOCAL)
    assert (await stranger.send(f"https://shop.example:{receiver.port}/", {}, b"{}")).failure is Failure.TLS_FAILED
    await stranger.close()


async def test_a_connection_is_used_again(sender: Sender, receiver: Receiver) -> None:
    for _ in range(3):
        assert (await sender.send(receiver.url, {}, b"{}")).delivered
    assert len({each.peer for each in receiver.received}) == 1


async def test_names_of_failures(sender: Sender, receiver: Receiver) -> None:
    assert (await sender.send("http://10.0.0.1/", {}, b"{}")).failure is Failure.ADDRESS_NOT_ALLOWED
    assert (await sender.send("https://[::1]:1/", {}, b"{}")).failure is Failure.ADDRESS_NOT_ALLOWED
    assert (await sender.send("http://nobody.invalid/", {}, b"{}")).failure is Failure.NAME_NOT_FOUND
    assert (await sender.send("http://127.0.0.1:9/", {}, b"{}")).failure is Failure.NOT_CONNECTED
    assert (await sender.send(f"https://127.0.0.1:{receiver.port}/", {}, b"{}")).failure is Failure.TLS_FAILED


async def test_what_does_not_answer_in_time(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    ends = threading.Event()
    receiver.answer = lambda _: (ends.wait(30), Answer())[1]
    result = await sender.send(receiver.url, {}, b"{}")
    ends.set()
    assert result.failure is Failure.TIMED_OUT
    assert 150 <= result.took_ms < 10_000


@pytest.mark.parametrize(
    ("said", "status", "failure"),
    [
        (b"nonsense\r\n\r\n", None, Failure.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, None, Failure.BAD_ANSWER),
        (b"", None, Failure.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 200, None),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
    ],
)
async def test_strange_answers(sender: Sender, said: bytes, status: int | None, failure: Failure | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        result = await sender.send(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"{}")
        thread.join()
    assert (result.status, result.failure) == (status, failure)


async def test_a_body_that_does_not_end_is_left(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BODY_SECONDS", 0.1)
    ends = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
                ends.wait(30)

        thread = threading.Thread(target=serve)
        thread.start()
        result = await sender.send(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"{}")
        ends.set()
        thread.join()
    assert (result.status, result.took_ms < 10_000) == (200, True)


def test_retry_after() -> None:
    now = time.time()
    assert wait_of(b"120", now) == 120_000
    assert wait_of(formatdate(now + 60, usegmt=True).encode(), int(now)) in range(58_000, 61_000)
    assert wait_of(formatdate(now - 60, usegmt=True).encode(), now) == 0
    for nonsense in (b"", b"soon", b"-1", b"1.5", b"9" * 30, "\u0661".encode(), b"\xff", b"Mon, 99 Foo 1e9"):
        assert wait_of(nonsense, now) == 0
