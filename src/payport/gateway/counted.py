"""Counts requests and how long each took until its answer began, by route; never by the path that was asked for."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from litestar.enums import ScopeType
from prometheus_client import Counter, Gauge, Histogram

from payport.node import logs

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

_LABELS: Final = ("method", "path", "status_code")
_REQUESTS: Final = Counter("payport_requests_total", "Requests answered", _LABELS)
_SECONDS: Final = Histogram("payport_request_duration_seconds", "Seconds until the answer began", _LABELS)
UNDER_WAY: Final = Gauge(
    "payport_requests_in_progress", "Requests under way, followers of events included", multiprocess_mode="livesum"
)
"""Requests under way."""

_log = structlog.get_logger(__name__)


class _Counters(NamedTuple):
    """The counters of one route and status."""

    requests: Counter
    seconds: Histogram


@cache
def _counters(method: str, path: str, status: int) -> _Counters:
    """Return the counters of a route and status; looking them up by labels each time costs more than counting."""
    return _Counters(_REQUESTS.labels(method, path, status), _SECONDS.labels(method, path, status))


def count(method: str, path: str, status: int, begun: float) -> None:
    """Count the answer to a request of the route ``path`` that began at ``begun`` (``time.perf_counter``)."""
    counters = _counters(method, path, status)
    counters.requests.inc()
    seconds = time.perf_counter() - begun
    counters.seconds.observe(seconds)
    if logs.is_debugging():
        _log.debug("answered", method=method, route=path, status=status, seconds=round(seconds, 6))


def counted(app: ASGIApp) -> ASGIApp:
    """Return the application with its requests counted. Requests of no route do not come here."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        begun = time.perf_counter()
        method = str(scope["method"])

        async def count_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(method, scope["path_template"], message["status"], begun)
            await send(message)

        with UNDER_WAY.track_inprogress():
            await app(scope, receive, count_and_send)

    return call
