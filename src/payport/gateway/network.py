"""The network: what it is called, how far it has come, who is a member, and what a verifier of receipts must trust."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
from litestar import get

from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.port import Port
from payport.gateway.problems import refuses
from payport.ledger.registry import verbs
from payport.ledger.state.institutions import Institution
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.proof.trust import encode_trust
from payport.values import codec
from payport.values.limits import MAX_INSTITUTIONS


class NetworkView(msgspec.Struct, frozen=True):
    """The network."""

    chain_id: str
    """Its name and the beginning of its genesis hash; part of every signed body."""
    height: int
    """Last durable block."""
    time_ms: int
    """Its block time."""
    kinds: list[str]
    """Every verb with its version."""


class InstitutionView(msgspec.Struct, frozen=True):
    """A member."""

    institution: str
    """Its id."""
    name: str
    """Its name."""
    role: str
    """``operator``, ``bank`` or ``regulator``."""
    keys: list[str]
    """Its public keys, hexadecimal: what alias answers are verified against."""
    threshold: int
    """How many of them sign for it."""


_REFUSED: Final = refuses(NODE_UNREACHABLE, NODE_FAILED)


@get("/network", **open_to(ANYBODY), responses=_REFUSED)
async def show(port: Port) -> NetworkView:
    """Show the network."""
    status = await port.node.status()
    return NetworkView(status.chain_id, status.height, status.time_ms, sorted(verbs()))


@get("/network/institutions", **open_to(ANYBODY), responses=_REFUSED)
async def list_institutions(port: Port) -> list[InstitutionView]:
    """List the members, in order of their ids."""
    records = await port.node.scan("institutions", b"", MAX_INSTITUTIONS)
    found = [(key.decode(), codec.decode(record, Institution)) for key, record in records]
    return [
        InstitutionView(
            institution=key,
            name=record.name,
            role=record.role,
            keys=[each.public_key.hex() for each in record.keys],
            threshold=record.threshold,
        )
        for key, record in found
    ]


@get("/network/trust", **open_to(ANYBODY), responses=refuses())
async def trust(port: Port) -> dict[str, Any]:
    """Show the trust file. Compare it with one you got another way before you believe receipts by it."""
    await port.blocks.renew_trust()
    found: dict[str, Any] = json.loads(encode_trust(port.trust))
    return found


ROUTES: Final = (show, list_institutions, trust)
"""Routes of this resource."""
