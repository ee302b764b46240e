"""The part of one worker that sends webhooks: it takes the lease, keeps what happened, sends what is due.

Every turn writes what came of attempts, keeps deliveries for what happened, and claims what is due, each in a
transaction of its own; whatever ends between two of them is done again by whoever holds the lease next. Where there are
no endpoints, a turn is one look at an empty table every few seconds.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import prometheus_client
import structlog

from payport.gateway.port import clock_ms
from payport.gateway.webhooks import deliveries, signing
from payport.gateway.webhooks.deliveries import Tried
from payport.gateway.webhooks.dispatcher import Dispatcher
from payport.gateway.webhooks.endpoints import DisabledReason, disable
from payport.gateway.webhooks.lease import RENEW_MS, Lease
from payport.gateway.webhooks.sender import Failure, Result
from payport.gateway.webhooks.tables import WEBHOOKS
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row

    from payport.gateway.access.secrets import PortSecret
    from payport.gateway.database import Database
    from payport.gateway.ticker import Ticker
    from payport.gateway.webhooks.deliveries import Live
    from payport.gateway.webhooks.sender import Sender
    from payport.history.index import HistoryIndex
    from payport.node.client import NodeClient

MAX_AT_ONCE: Final = 128
"""Attempts under way at once: what one event loop serves beside its callers."""

MAX_PER_ENDPOINT: Final = 8
"""Attempts under way at once to one endpoint, fewer where many endpoints want to be served. One that could not be
reached gets one at a time until it answers, so endpoints that hang do not take every place."""

IDLE_SECONDS: Final = 2.0
"""Pause where nothing is to be done here: there are no endpoints, or another worker holds the lease."""

ROUND_SECONDS: Final = 0.05
"""Pause between two turns at least, so that many small blocks cost as little as a large one."""

PAUSE_SECONDS: Final = 1.0
"""Pause after a turn that failed."""

DRAIN_SECONDS: Final = 5.0
"""How long attempts under way may take at the end; those cut off are made again by another worker."""

CLEAN_MS: Final = 60_000
"""How often old deliveries are removed."""

_ATTEMPTS: Final = prometheus_client.Counter(
    "payport_webhook_attempts_total", "Attempts to deliver, by class of status or kind of failure", ("outcome",)
)
_SECONDS: Final = prometheus_client.Histogram("payport_webhook_attempt_seconds", "Seconds an attempt took")
_UNDER_WAY: Final = prometheus_client.Gauge(
    "payport_webhook_attempts_in_progress", "Attempts under way", multiprocess_mode="livesum"
)
_DISABLED: Final = prometheus_client.Counter("payport_webhooks_disabled_total", "Endpoints disabled", ("reason",))
_ENDPOINTS: Final = prometheus_client.Gauge(
    "payport_webhooks_enabled", "Endpoints that are served", multiprocess_mode="livesum"
)

_RANDOM: Final = random.SystemRandom()
_log = structlog.get_logger(__name__)


class Webhooks:
    """Sends, while it holds the lease."""

    def __init__(
        self,
        database: Database,
        index: HistoryIndex,
        node: NodeClient,
        secret: PortSecret,
        ticker: Ticker,
        sender: Sender,
        clock: Callable[[], int] = clock_ms,
        chance: Callable[[], float] = _RANDOM.random,
    ) -> None:
        """Work over the parts of a port; ``clock`` and ``chance`` are chosen by tests."""
        self._database = database
        self._secret = secret
        self._ticker = ticker
        self._sender = sender
        self._clock_ms = clock
        self._chance = chance
        self._dispatcher = Dispatcher(database, index, node, clock)
        self._lease = Lease(database, clock)
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._attempts: dict[bytes, asyncio.Task[None]] = {}
        self._per_endpoint: Counter[bytes] = Counter()
        self._tried: list[Tried] = []
        self._cleaned_at_ms = 0
        self._height = 0
        self._stopping = False

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Look at once: somebody made an endpoint, or wants something sent."""
        self._wanted.set()

    async def close(self) -> None:
        """Stop: attempts under way end or are given back, and another worker may take the lease."""
        self._stopping = True
        self._wanted.set()
        if self._task is not None:
            await self._task
        await self._sender.close()

    async def _run(self) -> None:
        while not self._stopping and not self._ticker.stopping:
            self._wanted.clear()
            try:
                pause_seconds, follow = await self.turn()
            except Refusal as refusal:
                _log.warning("webhooks wait", code=refusal.code)
                pause_seconds, follow = PAUSE_SECONDS, False
            except Exception as error:  # noqa: BLE001 - whatever it is, what is kept must be sent
                _log.error("webhooks failed", exc_info=error)
                pause_seconds, follow = PAUSE_SECONDS, False
            await asyncio.sleep(min(ROUND_SECONDS, pause_seconds))
            await self._wait(pause_seconds, follow=follow)
        try:
            await self.drain()
        except Exception as error:  # noqa: BLE001 - claims and lease end by themselves
            _log.error("webhooks did not drain", exc_info=error)

    async def _wait(self, seconds: float, *, follow: bool) -> None:
        """Return when there is something to do: somebody woke us, the index has grown, or it is time."""
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._wanted.wait())]
        if follow:
            waits.append(asyncio.create_task(self._ticker.wait(self._height, seconds)))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def turn(self) -> tuple[float, bool]:
        """Do what is to be done; return after how many seconds to look again, and whether to follow the index."""
        await self._record()
        endpoints = await self._live()
        _ENDPOINTS.set(0)
        if not endpoints or not await self._lease.hold():
            return IDLE_SECONDS, False
        _ENDPOINTS.set(len(endpoints))
        self._height = self._ticker.height
        told, more = set[bytes](), False
        try:
            told, more = await self._dispatcher.dispatch(endpoints)
        except Refusal as refusal:  # the node is away: what is kept already is sent all the same
            _log.warning("webhooks learn nothing new", code=refusal.code)
        now_ms = self._clock_ms()
        await self._send(endpoints, told, now_ms)
        await self._clean(now_ms)
        return (0.0 if more else _pause_seconds(endpoints, now_ms)), True

    async def _record(self) -> None:
        """Write what came of attempts; what cannot be written now is written at the next turn."""
        tried = self._tried[:]
        if not tried:
            return
        now_ms = self._clock_ms()
        async with self._database.writing() as connection:
            reasons = [await deliveries.record(connection, each, now_ms, self._chance) for each in tried]
        del self._tried[: len(tried)]
        for reason in filter(None, reasons):
            _DISABLED.labels(reason.value).inc()

    async def _live(self) -> Sequence[Live]:
        """Return the endpoints to serve; those whose API key ended are disabled first."""
        now_ms = self._clock_ms()
        async with self._database.reading() as connection:
            found = await deliveries.live(connection, now_ms)
        ended = [each.row.id for each in found if each.ended]
        if ended:
            async with self._database.writing() as connection:
                which = WEBHOOKS.c.id.in_(ended) & WEBHOOKS.c.disabled_reason.is_(None)
                await disable(connection, which, DisabledReason.KEY_ENDED, now_ms)
            _DISABLED.labels(DisabledReason.KEY_ENDED.value).inc(len(ended))
        return [each for each in found if not each.ended]

    async def _send(self, endpoints: Sequence[Live], told: set[bytes], now_ms: int) -> None:
        """Claim what is due and has a place, and begin to send it."""
        ready = [each for each in endpoints if _is_ready(each, told, now_ms)]
        wanted = self._places(ready)
        if not wanted:
            return
        async with self._database.writing() as connection:
            claimed = await deliveries.claim(connection, wanted, now_ms)
        rows = {each.row.id: each.row for each in ready}
        for row in claimed:
            self._per_endpoint[row.webhook] += 1
            self._attempts[row.id] = asyncio.create_task(self._attempt(rows[row.webhook], row))

    def _places(self, ready: list[Live]) -> dict[bytes, int]:
        """Return how many attempts each endpoint may begin now, those with the fewest under way first."""
        free = MAX_AT_ONCE - len(self._attempts)
        busy = {each.row.id for each in ready} | self._per_endpoint.keys()
        share = max(1, min(MAX_PER_ENDPOINT, MAX_AT_ONCE // max(1, len(busy))))
        wanted = {}
        for each in sorted(ready, key=lambda each: (self._per_endpoint[each.row.id], each.due_at_ms or 0)):
            most = 1 if each.row.unreachable else share
            places = min(most - self._per_endpoint[each.row.id], free)
            if places > 0:
                wanted[each.row.id] = places
                free -= places
        return wanted

    async def _attempt(self, endpoint: Row[Any], delivery: Row[Any]) -> None:
        """Make one attempt, and leave what came of it to the next turn."""
        begun_at_ms = self._clock_ms()
        try:
            with _UNDER_WAY.track_inprogress():
                result = await self._sign_and_send(endpoint, delivery, begun_at_ms)
            _ATTEMPTS.labels(result.failure or f"{(result.status or 0) // 100}xx").inc()
            _SECONDS.observe(result.took_ms / 1_000)
            self._tried.append(Tried(delivery.id, endpoint.id, delivery.tries + 1, begun_at_ms, result))
        except Exception as error:  # noqa: BLE001 - its claim ends by itself, and the others go on
            _log.error("an attempt failed", exc_info=error)
        finally:
            self._attempts.pop(delivery.id, None)
            self._per_endpoint[endpoint.id] -= 1
            self._per_endpoint += Counter()  # drops what is zero
            self._wanted.set()

    async def _sign_and_send(self, endpoint: Row[Any], delivery: Row[Any], now_ms: int) -> Result:
        sealed = [endpoint.secret]
        if endpoint.previous_until_ms is not None and endpoint.previous_until_ms >= now_ms:
            sealed.append(endpoint.previous_secret)
        unsealed = [self._secret.unseal(signing.SECRET_PURPOSE, each) for each in sealed]
        secrets = [each for each in unsealed if each is not None]
        if not secrets:
            return Result(None, Failure.SECRET_LOST, 0)
        headers = signing.headers(secrets, delivery.id, now_ms, delivery.payload)
        return await self._sender.send(endpoint.url, headers, delivery.payload)

    async def _clean(self, now_ms: int) -> None:
        if now_ms - self._cleaned_at_ms < CLEAN_MS:
            return
        async with self._database.writing() as connection:
            removed = await deliveries.clean(connection, now_ms)
        self._cleaned_at_ms = 0 if removed == deliveries.CLEANED_AT_ONCE else now_ms

    async def drain(self) -> None:
        """Let attempts under way end, give back the others, and leave the lease to another worker."""
        under_way = dict(self._attempts)
        if under_way:
            await asyncio.wait(under_way.values(), timeout=DRAIN_SECONDS)
        cut = [delivery for delivery, task in under_way.items() if not task.done()]
        for delivery in cut:
            under_way[delivery].cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)
        await self._record()
        if cut:
            async with self._database.writing() as connection:
                for delivery in cut:
                    await deliveries.release(connection, delivery, self._clock_ms())
        await self._lease.release()


def _is_ready(each: Live, told: set[bytes], now_ms: int) -> bool:
    """Tell whether an endpoint has something due and may be sent something."""
    due = each.row.id in told or (each.due_at_ms is not None and each.due_at_ms <= now_ms)
    return due and each.row.paused_until_ms <= now_ms


def _pause_seconds(endpoints: Sequence[Live], now_ms: int) -> float:
    """Return until when nothing is due that is not due already; then the lease is renewed at the latest."""
    times = [max(each.due_at_ms, each.row.paused_until_ms) for each in endpoints if each.due_at_ms is not None]
    pause_ms: int = min([RENEW_MS, *(each - now_ms for each in times if each > now_ms)])
    return pause_ms / 1_000
