"""One attempt to deliver: a POST to the endpoint, and what came of it. Nothing of the answer's body is kept."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email.utils
import enum
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, NamedTuple

import httpcore
import httpx

from payport.gateway.webhooks.addresses import (
    RESOLVERS,
    AddressNotAllowedError,
    CheckedBackend,
    NameNotFoundError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payport.gateway.settings import Network

TIMEOUT_SECONDS: Final = 15.0
"""How long an attempt may take in all; the specification recommends 15 to 30 seconds."""

MAX_ANSWER_BYTES: Final = 4 * 1024
"""How much of an answer's body is read, so that the connection can be used again; the rest ends the connection."""

BODY_SECONDS: Final = 1.0
"""How long it is read."""

CONNECTIONS: Final = 256
"""Open connections, idle ones too."""

IDLE_SECONDS: Final = 30.0
"""How long an idle connection is kept."""

_RETRY_AFTER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_OVERLOADED: Final = frozenset({*_RETRY_AFTER, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_BROKEN: Final = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
_MAX_DIGITS: Final = 9


class Failure(enum.StrEnum):
    """Why an attempt had no answer."""

    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    """The name has an address webhooks do not go to."""
    NAME_NOT_FOUND = "name_not_found"
    """The name has no address."""
    NOT_CONNECTED = "not_connected"
    """Nothing answered there, or the connection broke."""
    TLS_FAILED = "tls_failed"
    """The certificate is not valid for the name, or no common protocol was found."""
    TIMED_OUT = "timed_out"
    """No answer within the time."""
    BAD_ANSWER = "bad_answer"
    """What was answered is not HTTP."""
    SECRET_LOST = "secret_lost"  # noqa: S105 - a name, no secret
    """The port's secret was exchanged, so that nothing can be signed; rotate the endpoint's secret."""


class Result(NamedTuple):
    """What came of an attempt."""

    status: int | None
    """Status that was answered."""
    failure: Failure | None
    """Why there was none."""
    took_ms: int
    """How long it took."""
    wait_ms: int = 0
    """How long the receiver asked to wait."""

    @property
    def delivered(self) -> bool:
        """Whether the receiver took the event."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no more events."""
        return self.status == HTTPStatus.GONE

    @property
    def unreachable(self) -> bool:
        """Whether the endpoint, not this event, is what failed."""
        return self.status in _OVERLOADED if self.status is not None else True


class Sender:
    """Sends over connections that are kept for a while."""

    def __init__(self, networks: Sequence[Network], tls: ssl.SSLContext | None = None) -> None:
        """Allow ``networks`` beside public addresses; believe the certificates ``tls`` believes."""
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="webhook-names")
        self._agent = f"payport-webhooks/{version('payport')}"
        tls = tls or httpx.create_ssl_context()
        self._pools = {
            scheme: httpcore.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
                network_backend=CheckedBackend(self._resolvers, networks, public=scheme == "https"),
            )
            for scheme in ("https", "http")
        }

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def send(self, url: str, headers: Mapping[str, str], payload: bytes) -> Result:
        """Post; whatever happens is a result."""
        begun = time.monotonic()
        status, wait_ms, failure = None, 0, None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status, wait_ms = await self._post(url, headers, payload)
        except (TimeoutError, httpcore.TimeoutException):
            failure = Failure.TIMED_OUT
        except AddressNotAllowedError:
            failure = Failure.ADDRESS_NOT_ALLOWED
        except NameNotFoundError:
            failure = Failure.NAME_NOT_FOUND
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, UnicodeError, ValueError):
            failure = Failure.BAD_ANSWER
        except (httpcore.NetworkError, OSError) as error:
            failure = Failure.TLS_FAILED if _is_of_tls(error) else Failure.NOT_CONNECTED
        return Result(status, failure, int((time.monotonic() - begun) * 1_000), wait_ms)

    async def _post(self, url: str, headers: Mapping[str, str], payload: bytes) -> tuple[int, int]:
        pool = self._pools["http" if url.startswith("http:") else "https"]
        sent = {"content-type": "application/json", "user-agent": self._agent, **headers}
        seconds = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_SECONDS)
        async with pool.stream(
            "POST", url, headers=list(sent.items()), content=payload, extensions={"timeout": seconds}
        ) as answer:
            # The status counts, whatever becomes of the body after it.
            with contextlib.suppress(OSError, *_BROKEN):
                async with asyncio.timeout(BODY_SECONDS):
                    await _skip(answer)
            said = {name.lower(): value for name, value in answer.headers}
        asked = said.get(b"retry-after", b"") if answer.status in _RETRY_AFTER else b""
        return answer.status, wait_of(asked, time.time())


def _is_of_tls(error: BaseException | None) -> bool:
    """Tell whether TLS is what failed; the libraries between wrap its error."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def _skip(answer: httpcore.Response) -> None:
    """Read what is left of an answer, up to the limit."""
    read = 0
    async for part in answer.aiter_stream():
        read += len(part)
        if read > MAX_ANSWER_BYTES:
            return


def wait_of(asked: bytes, now_seconds: float) -> int:
    """Return how long a ``Retry-After`` asks to wait, in milliseconds: a number of seconds, or a date."""
    text = asked.decode("latin-1").strip()
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
        return int(text) * 1_000
    try:
        date = email.utils.parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=dt.UTC)
        return max(0, int((date.timestamp() - now_seconds) * 1_000))
    except (ValueError, TypeError, OverflowError):
        return 0
