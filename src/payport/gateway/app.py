"""The application of one worker: its parts, its resources, how refusals are answered and what every answer carries."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from payport.gateway import accounts, codes, events, health, network, receipts, reference, settings, transactions
from payport.gateway.counted import counted
from payport.gateway.database import open_database
from payport.gateway.finality import ProvenBlocks
from payport.gateway.outbox import Outbox
from payport.gateway.port import Port
from payport.gateway.problems import EXCEPTION_HANDLERS
from payport.gateway.stopping import end_with_parent, on_signal
from payport.gateway.ticker import Ticker
from payport.history.database import open_reader
from payport.history.index import HistoryIndex
from payport.node.client import NodeClient
from payport.proof.trust import decode_trust

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from litestar.types import Message, Scope

    from payport.gateway.settings import Settings

RESOURCES: Final = (network, accounts, codes, transactions, receipts, events, health)
"""Modules of resources; each names its routes."""

DESCRIPTION: Final = (
    "The unified port of a Payport network: one API over every member bank. Money moves only by signed transactions; "
    "amounts are integers in minor units; times are milliseconds since the Unix epoch; every refusal is "
    "application/problem+json with a stable code."
)
"""First paragraph of the reference."""

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", reference.POLICY.encode()),
    (b"x-frame-options", b"DENY"),
)


def _openapi() -> OpenAPIConfig:
    token = SecurityScheme(
        type="http",
        scheme="bearer",
        description="A token the holder makes from the account's view key; it reads for at most 15 minutes.",
    )
    return OpenAPIConfig(
        title="Payport port",
        version=version("payport"),
        description=DESCRIPTION,
        path="/docs",
        use_handler_docstrings=True,
        render_plugins=[reference.ReferencePage(), JsonRenderPlugin()],
        components=Components(security_schemes={"access token": token}),
    )


async def _add_headers(message: Message, _scope: Scope) -> None:
    """Add the headers that every answer carries, refusals and unknown routes included."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message.get("headers", ()), *_HEADERS]


def _provide_port(state: State) -> Port:
    port: Port = state.port
    return port


def create_app(chosen: Settings) -> Litestar:
    """Return the application; nothing is opened before it starts."""

    @contextlib.asynccontextmanager
    async def parts(app: Litestar) -> AsyncIterator[None]:
        node = NodeClient(chosen.node_path, chosen.node_timeout_seconds)
        history = open_reader(chosen.history)
        index = HistoryIndex(history)
        trust = decode_trust(Path(chosen.trust).read_bytes())  # noqa: ASYNC240 - once, before the first request
        blocks = ProvenBlocks(node, trust)
        outbox = Outbox(open_database(chosen.database), node, blocks)
        ticker = Ticker(node, index)
        app.state.port = Port(node, index, trust, blocks, outbox, ticker)
        outbox.start()
        ticker.start()
        watch = asyncio.create_task(end_with_parent())
        on_signal(ticker.stop)
        try:
            yield
        finally:
            watch.cancel()
            await ticker.close()
            await outbox.close()
            await node.close()
            await history.dispose()

    resources = Router("/v1", route_handlers=[route for resource in RESOURCES for route in resource.ROUTES])
    return Litestar(
        [resources, *reference.ROUTES],
        lifespan=[parts],
        dependencies={"port": Provide(_provide_port, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        before_send=[_add_headers],
        middleware=[counted],
        openapi_config=_openapi(),
        request_max_body_size=settings.MAX_REQUEST_BYTES,
        logging_config=None,
        debug=False,
    )


def from_environment() -> Litestar:
    """Return the application as the process's settings want it; workers begin here."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    return create_app(settings.from_environment())
