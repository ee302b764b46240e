"""Traffic that no client should send, drawn from a seed: what a port must outlive."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from payport.values import codec
from tests.gateway.raw import request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

AT_ONCE: Final = 32
"""Connections open at once."""

ANSWER_SECONDS: Final = 5.0
"""How long a whole request may wait for its answer."""

ABANDON_SECONDS: Final = 0.05
"""How long a connection is kept on which the other side has to wait for more."""

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@dataclass(frozen=True)
class Case:
    """One connection's worth of bytes."""

    kind: str
    """Which part of this module made it."""
    pieces: tuple[bytes, ...]
    """Sent one after the other."""
    whole: bool
    """Whether an answer must come; otherwise the port may wait for more, and the connection is abandoned."""
    half_close: bool = False
    """Whether sending ends before an answer is awaited."""


class Malformed:
    """Draws cases against the routes of one port."""

    def __init__(self, random: Random, routes: Sequence[tuple[str, str]], envelope: bytes, token: str) -> None:
        """Draw from ``random`` against ``routes`` (method, path), spoiling a good envelope and token."""
        self._random = random
        self._routes = routes
        self._envelope = envelope
        self._token = token
        self._kinds: list[Callable[[], Case]] = [
            self.noise,
            self.half_http,
            self.framing,
            self.headers,
            self.slow_body,
            self.media_type,
            self.json_body,
            self.msgpack_body,
            self.envelope,
            self.path,
            self.authorization,
            self.pipelined,
        ]

    def draw(self) -> Case:
        """Return the next case."""
        return self._random.choice(self._kinds)()

    def noise(self) -> Case:
        """Bytes without any form."""
        return Case("noise", (self._bytes(2_000),), whole=False, half_close=self._coin())

    def half_http(self) -> Case:
        """A good request that ends, or goes wrong, somewhere."""
        good = request(
            "POST", "/v1/transactions", self._submission(self._envelope), {"Content-Type": "application/json"}
        )
        cut = self._random.randrange(len(good))
        spoiled = good[:cut] + self._bytes(8) + good[cut + 8 :]
        return Case("half_http", (spoiled if self._coin() else good[:cut],), whole=False, half_close=self._coin())

    def framing(self) -> Case:
        """Lengths and chunks that contradict each other or the body."""
        headers = self._random.choice(
            [
                {"Content-Length": "-1"},
                {"Content-Length": "99999999999999999999"},
                {"Content-Length": "5, 6"},
                {"Content-Length": "3", "Transfer-Encoding": "chunked"},
                {"Transfer-Encoding": "chunked, chunked"},
                {"Transfer-Encoding": "gzip"},
                {"Transfer-Encoding": "chunked"},
                {"Content-Length": "4000000000"},
                {"Content-Length": "0x10"},
            ]
        )
        head = request("POST", "/v1/transactions", headers={"Content-Type": "application/json", **headers})
        chunks = self._random.choice([b"zz\r\nabc\r\n", b"ffffffffffffffffff\r\n", b"5\r\nabc", b"0\r\n\r\n", b"{}"])
        return Case("framing", (head, chunks), whole=False, half_close=self._coin())

    def headers(self) -> Case:
        """Headers that are too many, too long, or no headers."""
        headers = self._random.choice(
            [
                {"X-Long": "x" * self._random.choice([10_000, 100_000, 1_000_000])},
                {f"X-{number}": "y" for number in range(self._random.choice([50, 500, 5_000]))},
                {"Cookie": "a=b; " * 5_000},
                {"Accept-Language": ",".join(["zh;q=0.1"] * 500)},
                {"Accept-Language": "\xff\xfe;q=9"},
                {"Last-Event-ID": "9" * 400},
                {"Idempotency-Key": "k" * 5_000},
                {"X bad name": "z"},
                {"Expect": "100-continue"},
                {"Upgrade": "websocket", "Connection": "Upgrade"},
            ]
        )
        method, path = self._route()
        return Case("headers", (request(method, path, headers=headers),), whole=False)

    def slow_body(self) -> Case:
        """A body that comes in drops and then not at all."""
        drops = tuple(self._bytes(3) for _ in range(3))
        head = request("POST", "/v1/transactions", headers={"Content-Type": "application/json", "Content-Length": "99"})
        return Case("slow_body", (head, *drops), whole=False, half_close=self._coin())

    def media_type(self) -> Case:
        """A body that is called something else."""
        kinds = [
            "text/plain",
            "application/xml",
            "multipart/form-data",
            "application/msgpack",
            "a" * 500,
            "",
            "\x80/json",
        ]
        method, path = self._route("POST")
        body = self._random.choice([self._submission(self._envelope), self._bytes(200)])
        return Case(
            "media_type", (request(method, path, body, {"Content-Type": self._random.choice(kinds)}),), whole=True
        )

    def json_body(self) -> Case:
        """JSON of the wrong form."""
        body = self._random.choice(
            [
                b"[" * 40_000,
                b'{"envelopes":' * 20_000,
                b'{"envelopes":[' + b"1," * 30_000 + b"1]}",
                b'{"envelopes":["' + b"A" * 100_000 + b'"]}',
                b'{"a":1e999999}',
                b'{"a":' + b"9" * 10_000 + b"}",
                b'{"a":NaN}',
                b'"\\ud800"',
                b'{"envelopes":["\xff\xfe"]}',
                b"\xef\xbb\xbf{}",
                json.dumps({self._word(): self._value(3) for _ in range(5)}).encode(),
            ]
        )
        method, path = self._route("POST")
        return Case("json_body", (request(method, path, body, {"Content-Type": "application/json"}),), whole=True)

    def msgpack_body(self) -> Case:
        """MessagePack of the wrong form, some of it claiming to be very large."""
        body = self._random.choice(
            [
                b"\x91" * 30_000,
                b"\xdd\xff\xff\xff\xff",
                b"\xdf\xff\xff\xff\xff",
                b"\xc6\xff\xff\xff\xff" + self._bytes(100),
                b"\xc1",
                codec.encode([[self._envelope] * 17]),
                codec.encode([[self._bytes(100)] for _ in range(50)]),
                codec.encode([]),
                codec.encode([[self._spoiled()]] * 20),
                self._bytes(500),
            ]
        )
        return Case(
            "msgpack_body",
            (request("POST", "/v1/transactions/bulk", body, {"Content-Type": "application/msgpack"}),),
            whole=True,
        )

    def envelope(self) -> Case:
        """An envelope with a few wrong bytes, or a good one among wrong ones."""
        envelopes = [self._spoiled() for _ in range(self._random.randrange(1, 4))]
        if self._coin():
            envelopes.append(self._envelope)
        body = self._submission(*envelopes)
        return Case(
            "envelope",
            (request("POST", "/v1/transactions", body, {"Content-Type": "application/json"}),),
            whole=True,
        )

    def path(self) -> Case:
        """Paths and queries of odd form."""
        odd = self._random.choice(
            [
                "/" + "a" * 20_000,
                "/v1/" + "../" * 50,
                "/v1/accounts/%00%ff/statement",
                "/v1/accounts/" + "0" * 32 + "/statement?limit=-1&before=9e99&asset=%F0%9F%92%A9",
                "/v1/transactions/" + "f" * 64 + "?valid_until_ms=99999999999999999999",
                "/v1/receipts/" + self._word() + "?" + "&".join(f"a{number}=1" for number in range(2_000)),
                "/v1//transactions/",
                "*",
                "http://elsewhere/v1/health",
                "/docs/" + self._word(),
            ]
        )
        method = self._random.choice(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH", "BREW"])
        return Case("path", (request(method, odd),), whole=False)

    def authorization(self) -> Case:
        """Tokens that are nearly right."""
        at = self._random.randrange(len(self._token))
        header = self._random.choice(
            [
                "Bearer " + self._token[:at] + self._word() + self._token[at + 1 :],
                "Bearer",
                "bearer  " + self._token,
                "Basic " + self._token,
                "Bearer " + "A" * 10_000,
                "Bearer \xe9\xff",
                "Bearer pps_" + self._word(),
            ]
        )
        method, path = self._route("GET")
        return Case("authorization", (request(method, path, headers={"Authorization": header}),), whole=False)

    def pipelined(self) -> Case:
        """Requests sent without waiting, the last one cut off."""
        good = request("GET", "/v1/network/trust")
        return Case(
            "pipelined", (good * self._random.randrange(2, 20) + good[: self._random.randrange(30)],), whole=False
        )

    def _route(self, method: str | None = None) -> tuple[str, str]:
        routes = [route for route in self._routes if method is None or route[0] == method]
        found, path = self._random.choice(routes)
        return found, re.sub(r"\{[^}]*\}", lambda _: self._random.choice(["0" * 32, "f" * 64, "x", self._word()]), path)

    def _submission(self, *envelopes: bytes) -> bytes:
        return json.dumps({"envelopes": [base64.b64encode(each).decode() for each in envelopes]}).encode()

    def _spoiled(self) -> bytes:
        spoiled = bytearray(self._envelope)
        for _ in range(self._random.randrange(1, 5)):
            spoiled[self._random.randrange(len(spoiled))] = self._random.randrange(256)
        return bytes(spoiled[: self._random.randrange(1, len(spoiled))] if self._coin() else spoiled)

    def _value(self, depth: int) -> Any:
        kinds: list[Callable[[], Any]] = [
            lambda: None,
            self._coin,
            lambda: self._random.uniform(-1e300, 1e300),
            self._word,
        ]
        if depth:
            kinds.append(lambda: [self._value(depth - 1) for _ in range(3)])
            kinds.append(lambda: {self._word(): self._value(depth - 1)})
        return self._random.choice(kinds)()

    def _word(self) -> str:
        return "".join(self._random.choices("envlopstac09-_.~", k=self._random.randrange(1, 12)))

    def _bytes(self, most: int) -> bytes:
        return self._random.randbytes(self._random.randrange(1, most + 1))

    def _coin(self) -> bool:
        return self._random.random() < 0.5


async def send(url: str, case: Case) -> bytes:
    """Send a case on a connection of its own and return what comes back."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    answer = b""
    try:
        for piece in case.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if case.half_close:
            writer.write_eof()
        async with asyncio.timeout(ANSWER_SECONDS if case.whole else ABANDON_SECONDS):
            while received := await reader.read(65_536):
                answer += received
                if case.whole:
                    break
    except (OSError, TimeoutError):  # the other side may close whenever it has had enough
        pass
    finally:
        writer.transport.abort()
    return answer


async def check_all(url: str, cases: Sequence[Case]) -> dict[str, int]:
    """Send cases, many at once, and insist on a proper answer to each; return how many had which status."""
    room = asyncio.Semaphore(AT_ONCE)
    found: dict[str, int] = {}

    async def check(case: Case) -> None:
        async with room:
            answer = await send(url, case)
        statuses = [int(status) for status in _STATUS.findall(answer)]
        assert all(status < 500 for status in statuses), (case, answer)
        assert statuses or not case.whole, ("no answer", case)
        for status in statuses:
            found[str(status)] = found.get(str(status), 0) + 1

    await asyncio.gather(*map(check, cases))
    return dict(sorted(found.items()))
