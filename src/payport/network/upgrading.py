"""How the members change the rules of their ledger: they decide on a version, and all switch at the same block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger import protocol
from payport.ledger.protocol import PROTOCOL_NOT_KNOWN
from payport.ledger.state.parameters import Decided, encode_value
from payport.network.deciding import Voter, decide
from payport.network.membership import operator_here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.network.plan import NetworkFolder, Plan
    from payport.network.watching import MemberState

NAME: Final = "protocol_version"
"""Parameter that holds the version."""


async def upgrade(
    network: NetworkFolder, plan: Plan, version: int, tell: Callable[[str], None], *, blocks: int = 0, at: int = 0
) -> Decided:
    """Have the members decide that a version is in force from block ``at`` on, or so many ``blocks`` from now.

    Raises ``protocol_not_known``, and ``not_decided`` where the version is not the next one or the vote fails. With
    ``at`` it may be called again, and goes on with the same vote.
    """
    if version > protocol.PROTOCOL_VERSION:
        PROTOCOL_NOT_KNOWN.refuse(f"version {version}, known are 1 to {protocol.PROTOCOL_VERSION}")
    voter = Voter(network, plan.card(operator_here(network, plan)))
    try:
        from_height = at or await voter.height() + blocks
        setting = {"name": NAME, "value": encode_value(NAME, version), "from_height": from_height}
        await decide(network, plan, voter.institution, "set_parameter/1", tell, **setting)
        return Decided(version, from_height)
    finally:
        await voter.close()


def newest_decided(members: Sequence[MemberState]) -> Decided | None:
    """Return the newest version that members here know to be decided; ``None`` where none ever was."""
    told = [Decided(each.protocol_decided, each.protocol_from_height or 0) for each in members if each.protocol_decided]
    newest = max(told, default=None)
    return None if newest == Decided(1, 0) else newest


def too_old(members: Sequence[MemberState], decided: Decided) -> list[str]:
    """Return the members here whose node runs a program that does not know a version: it will stop before it."""
    return [each.institution for each in members if each.protocol_known and each.protocol_known < decided.version]
