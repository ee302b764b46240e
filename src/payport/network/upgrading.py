"""How the members change the rules of their ledger: they decide on a version, and all switch at the same block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.ledger import protocol
from payport.ledger.protocol import PROTOCOL_NOT_KNOWN
from payport.ledger.state import parameters
from payport.ledger.state.parameters import encode_value
from payport.network.deciding import Voter, decide
from payport.network.membership import operator_here
from payport.node.client import NodeClient
from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from payport.network.plan import NetworkFolder, Plan

NAME: Final = "protocol_version"
"""Parameter that holds the version."""


class Upgrade(NamedTuple):
    """A version that was decided on."""

    version: int
    """The version."""
    from_height: int
    """First block it is in force."""


async def upgrade(
    network: NetworkFolder, plan: Plan, version: int, blocks: int, tell: Callable[[str], None]
) -> Upgrade:
    """Have the members decide that a version is in force so many blocks from now.

    Raises ``protocol_not_known``, and ``not_decided`` where the version is not the next one or the vote fails.
    """
    if version > protocol.PROTOCOL_VERSION:
        PROTOCOL_NOT_KNOWN.refuse(f"version {version}, known are 1 to {protocol.PROTOCOL_VERSION}")
    voter = Voter(network, plan.card(operator_here(network, plan)))
    try:
        from_height = await voter.height() + blocks
        setting = {"name": NAME, "value": encode_value(NAME, version), "from_height": from_height}
        await decide(network, plan, voter.institution, "set_parameter/1", tell, **setting)
        return Upgrade(version, from_height)
    finally:
        await voter.close()


async def planned(socket: Path) -> Upgrade | None:
    """Return the newest version a node's members have decided on; ``None`` where they never did."""
    client = NodeClient(socket)
    try:
        found = await client.read(parameters.FAMILY.name, NAME.encode())
    finally:
        await client.close()
    if found is None:
        return None
    newest = codec.decode(found, parameters.Parameter).versions[-1]
    return Upgrade(codec.decode(newest.value, int), newest.from_height)
