"""Health: whether this port can take payments, and how far behind its index is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
import prometheus_client
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.port import Port
from payport.gateway.problems import refuses
from payport.values.refusals import Refusal

MAX_LAG_BLOCKS: Final = 1_000
"""Blocks the index may be behind before the port calls itself unhealthy."""


class Health(msgspec.Struct, frozen=True):
    """How the port is."""

    status: str
    """``ok``, or ``unhealthy``."""
    node_height: int | None
    """Last durable block; ``None`` where the node does not answer."""
    history_height: int | None
    """Last block in the index; ``None`` where the database does not answer."""
    outbox_items: int | None
    """Items whose outcome is not known yet; ``None`` likewise."""


@get(
    "/health",
    **open_to(ANYBODY),
    responses={
        **refuses(),
        int(HTTPStatus.SERVICE_UNAVAILABLE): ResponseSpec(
            Health, generate_examples=False, description="Node or database do not answer, or the index is far behind."
        ),
    },
)
async def show(port: Port) -> Response[Health]:
    """Tell whether the port can take payments."""
    try:
        node_height: int | None = (await port.node.status()).height
    except Refusal:
        node_height = None
    try:
        reached: int | None = (await port.index.progress()).height
        kept: int | None = await port.outbox.count()
    except Refusal:
        reached, kept = None, None
    healthy = node_height is not None and reached is not None and node_height - reached <= MAX_LAG_BLOCKS
    health = Health("ok" if healthy else "unhealthy", node_height, reached, kept)
    return Response(health, status_code=HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE)


_NODE: Final = {
    name: prometheus_client.Gauge(f"payport_node_{name}", text)
    for name, text in (
        ("height", "Last durable block of the node"),
        ("waiting_items", "Items that wait for a block at the node"),
        ("committed", "Transactions the node committed since it started"),
        ("refused_final", "Transactions the node refused in a block since it started"),
        ("refused_at_door", "Items the node refused before a block since it started"),
        ("busy", "Items the node refused as busy since it started"),
    )
}
_HISTORY: Final = prometheus_client.Gauge("payport_history_height", "Last block in the index")
_OUTBOX: Final = prometheus_client.Gauge("payport_outbox_items", "Items whose outcome is not known yet")


@get("/metrics", **open_to(ANYBODY), media_type=prometheus_client.CONTENT_TYPE_LATEST, responses=refuses())
async def metrics(port: Port) -> Response[bytes]:
    """Show counters and gauges of this port and its node in Prometheus' text format."""
    try:
        status: Any = await port.node.status()
        for name, gauge in _NODE.items():
            gauge.set(getattr(status, name))
    except Refusal:
        _NODE["height"].set(-1)
    _HISTORY.set((await port.index.progress()).height)
    _OUTBOX.set(await port.outbox.count())
    return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)


ROUTES: Final = (show, metrics)
"""Routes of this resource."""
