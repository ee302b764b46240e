"""The application of one worker: its parts, its resources, how refusals are answered and what every answer carries."""

from __future__ import annotations

import asyncio
import contextlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Tag

from payport.consensus import interpreter
from payport.gateway import (
    accounts,
    aliases,
    api_keys,
    audit_log,
    blocks,
    cards,
    codes,
    contacts,
    customers,
    events,
    health,
    holds,
    network,
    offers,
    orders,
    pay_codes,
    payments,
    receipts,
    reference,
    refunds,
    requests,
    sandbox,
    sessions,
    settings,
    shared_receipts,
    staff,
    statements,
    transactions,
    transfers,
)
from payport.gateway.access.grants import SECURITY_SCHEMES
from payport.gateway.access.secrets import load_secret
from payport.gateway.apps.folder import read_app
from payport.gateway.apps.serving import App, Apps
from payport.gateway.bodies import StrictBody
from payport.gateway.counted import counted
from payport.gateway.database import open_database
from payport.gateway.finality import ProvenBlocks
from payport.gateway.front import Front
from payport.gateway.headers import ENCODED_HEADERS
from payport.gateway.options import complete_allow
from payport.gateway.outbox import Outbox
from payport.gateway.per_address import limited
from payport.gateway.port import Port
from payport.gateway.problems import EXCEPTION_HANDLERS
from payport.gateway.rates import Rates
from payport.gateway.room import Room
from payport.gateway.shared_metrics import forget_ended_workers
from payport.gateway.stopping import end_with_parent, on_signal
from payport.gateway.ticker import Ticker
from payport.gateway.webhooks import delivery_routes as webhook_deliveries
from payport.gateway.webhooks import routes as webhooks
from payport.gateway.webhooks.documented import WEBHOOKS
from payport.gateway.webhooks.sender import Sender
from payport.gateway.webhooks.worker import Webhooks
from payport.history.database import open_reader
from payport.history.index import HistoryIndex
from payport.node import logs
from payport.node.client import NodeClient
from payport.proof.trust import decode_trust
from payport.services.database import Database as HomeDatabase
from payport.services.desk.client import DeskDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from litestar.types import Message, Scope

    from payport.gateway.settings import Settings

RESOURCES: Final = (
    network,
    accounts,
    codes,
    transactions,
    payments,
    transfers,
    refunds,
    holds,
    offers,
    orders,
    pay_codes,
    statements,
    receipts,
    shared_receipts,
    events,
    sessions,
    customers,
    cards,
    aliases,
    contacts,
    requests,
    staff,
    api_keys,
    webhooks,
    webhook_deliveries,
    audit_log,
    blocks,
    sandbox,
    health,
)
"""Modules of resources; each names its routes."""

DESCRIPTION: Final = (
    "The unified port of a Payport network: one API over every member bank. Money moves only by signed transactions; "
    "amounts are integers in minor units; times are milliseconds since the Unix epoch; every refusal is "
    "application/problem+json with a stable code."
)
"""First paragraph of the reference."""


def _tag(resource: ModuleType) -> Tag:
    """Return under what the reference lists a resource: its module's name, and what the module says it is."""
    package, _, name = resource.__name__.rpartition(".")
    name = package.rpartition(".")[2] if name == "routes" else name.removesuffix("_routes")
    said = (resource.__doc__ or "").partition("\n")[0]
    about = said.partition(": ")[2] or said
    return Tag(name=name.replace("_", " "), description=about[:1].upper() + about[1:])


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Payport port",
        version=version("payport"),
        description=DESCRIPTION,
        path="/docs",
        use_handler_docstrings=True,
        tags=[_tag(each) for each in RESOURCES],
        render_plugins=[reference.ReferencePage(), JsonRenderPlugin()],
        webhooks=WEBHOOKS,
        components=Components(security_schemes=dict(SECURITY_SCHEMES)),
    )


async def _add_headers(message: Message, _scope: Scope) -> None:
    """Add the headers that every answer carries, refusals and unknown routes included."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message.get("headers", ()), *ENCODED_HEADERS]


def _provide_port(state: State) -> Port:
    port: Port = state.port
    return port


def _cors(chosen: Settings) -> CORSConfig | None:
    """Let the wallet's own pages call this port, where they are served from elsewhere; nobody else's."""
    if chosen.wallet_origin is None:
        return None
    return CORSConfig(
        allow_origins=[chosen.wallet_origin],
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Accept-Language", "Idempotency-Key", "Last-Event-ID"],
        expose_headers=["Retry-After", "Idempotent-Replayed", "Content-Disposition"],
        max_age=600,
    )


def create_app(chosen: Settings) -> Litestar:
    """Return the application; nothing is opened before it starts."""

    @contextlib.asynccontextmanager
    async def parts(app: Litestar) -> AsyncIterator[None]:
        forget_ended_workers()
        node = NodeClient(chosen.node_path, chosen.node_timeout_seconds)
        history = open_reader(chosen.history)
        index = HistoryIndex(history)
        trust = decode_trust(Path(chosen.trust).read_bytes())  # noqa: ASYNC240 - once, before the first request
        proven = ProvenBlocks(node, trust, validator_sets=index.validator_sets)
        database = open_database(chosen.database)
        rates = Rates(database)
        secret = load_secret(Path(chosen.secret))
        outbox = Outbox(database, node, proven)
        ticker = Ticker(node, index)
        home = HomeDatabase(chosen.home)
        desks = DeskDirectory({}) if chosen.desks is None else DeskDirectory.read(Path(chosen.desks))
        telling = Webhooks(database, index, node, secret, ticker, Sender(chosen.webhook_ranges))
        parts_of = (proven, database, rates, secret, outbox, ticker, desks, home, telling)
        app.state.port = Port(chosen, node, index, *parts_of)
        outbox.start()
        ticker.start()
        telling.start()
        watch = asyncio.create_task(end_with_parent())
        on_signal(ticker.stop)
        interpreter.tune()
        try:
            yield
        finally:
            watch.cancel()
            await telling.close()
            await ticker.close()
            await outbox.close()
            await database.close()
            await desks.close()
            await home.close()
            await node.close()
            await history.dispose()

    resources = [Router("/", route_handlers=list(each.ROUTES), tags=[_tag(each).name]) for each in RESOURCES]
    return Litestar(
        [Router("/v1", route_handlers=resources, dto=StrictBody, return_dto=None), *reference.ROUTES],
        lifespan=[parts],
        dependencies={"port": Provide(_provide_port, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        before_send=[_add_headers, complete_allow],
        middleware=[counted, limited],
        cors_config=_cors(chosen),
        openapi_config=_openapi(),
        request_max_body_size=settings.MAX_REQUEST_BYTES,
        logging_config=None,
        debug=False,
    )


def from_environment() -> Front:
    """Return the application as the process's settings want it; workers begin here."""
    logs.begin("gateway")
    chosen = settings.from_environment()
    wallet = App(settings.WALLET, None if chosen.wallet is None else read_app(Path(chosen.wallet)))
    return Front(create_app(chosen), Room(chosen.under_way), Apps(wallet))
