"""What members decide together: one proposes, the others approve, and then the proposer's transaction counts.

Members whose keys are on this machine approve at once; the others are waited for, while whoever runs them approves with
`payport network approve`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from payport.institutions.own_institution import OwnInstitution
from payport.ledger.block import COMMITTED
from payport.ledger.machine import NOT_YET_VALID
from payport.ledger.state.proposals import TOO_FEW_APPROVALS, digest_of
from payport.ledger.transactions.institutions.approve import ALREADY_APPROVED
from payport.ledger.transactions.institutions.propose import PROPOSAL_EXISTS
from payport.node.client import NODE_UNREACHABLE, NodeClient
from payport.proof.trust import decode_trust
from payport.signers.opening import open_signer
from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.network.plan import Card, NetworkFolder, Plan

NOT_DECIDED: Final = RefusalCode(
    "not_decided",
    RefusalClass.CONFLICT,
    "The members did not decide this.",
    "成员未就此作出决定。",
)
"""The ledger refused it, or too few members approved in time; the detail has its code."""

REFUSALS: Final = (NOT_DECIDED,)
"""Refusals of this module."""

OPEN_MS: Final = 24 * 3_600_000
"""How long a proposal stays open for the others."""

WAIT_SECONDS: Final = 600.0
"""How long the others' approvals are waited for."""

VALID_MS: Final = 60_000
"""How long each transaction counts once it is signed."""

_RETRY_SECONDS: Final = 1.0
_AGAIN: Final = frozenset({NOT_YET_VALID.code, NODE_UNREACHABLE.code})


class Voter:
    """A member whose institution's key is on this machine."""

    def __init__(self, network: NetworkFolder, card: Card, through: str | None = None) -> None:
        """Read its key, and speak to its own node, or to that of a member whose batches count.

        Raises what a key file is refused for.
        """
        folder = network.member(card.institution)
        signer = open_signer(folder.read_settings().signer or str(folder.institution_key))
        self.institution = card.institution
        self.chain_id = decode_trust(network.trust.read_bytes()).chain_id
        self._own = OwnInstitution(card.institution, decode_trust(network.trust.read_bytes()), (signer,))
        self._node = NodeClient(network.member(through or card.institution).socket)

    async def close(self) -> None:
        """End the connection to its node."""
        await self._node.close()

    def build(self, kind: str, **fields: Any) -> Any:  # noqa: ANN401 - a record of the verb
        """Build a transaction of the member."""
        now_ms = time.time_ns() // 1_000_000
        return self._own.build(kind, now_ms, now_ms + VALID_MS, **fields)

    async def send(self, kind: str, **fields: object) -> str:
        """Send a transaction until there is an outcome; return its code."""
        transaction = self.build(kind, **fields)
        envelope = self._own.seal(transaction)
        deadline = time.monotonic() + VALID_MS / 1_000
        while True:
            try:
                (outcome,) = await self._node.submit((envelope,))
            except Refusal as refusal:
                if refusal.code not in _AGAIN or time.monotonic() > deadline:
                    return refusal.code
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return outcome.code

    async def height(self) -> int:
        """Return the last block that its node knows."""
        return (await self._node.status()).height


async def decide(
    network: NetworkFolder,
    plan: Plan,
    proposer: str,
    kind: str,
    tell: Callable[[str], None],
    **fields: object,
) -> None:
    """Have the members decide a transaction of the proposer's; raises ``not_decided``.

    Members here approve; for the others the digest to approve is told, and they are waited for.
    """
    # Who has no vote on blocks yet has one here; its own node is not heard.
    here = {card.institution: Voter(network, card, proposer) for card in network.local(plan)}
    try:
        voter = here[proposer]
        digest = digest_of(codec.encode(voter.build(kind, **fields)))
        expires_at_ms = time.time_ns() // 1_000_000 + OPEN_MS
        code = await voter.send("propose/1", proposed=digest, expires_at_ms=expires_at_ms)
        if code not in (COMMITTED, PROPOSAL_EXISTS.code):
            NOT_DECIDED.refuse(f"propose: {code}")
        for institution, other in here.items():
            if institution != proposer:
                await other.send("approve/1", proposed=digest)
        waiting, deadline = False, time.monotonic() + WAIT_SECONDS
        while (code := await voter.send(kind, **fields)) == TOO_FEW_APPROVALS.code and time.monotonic() < deadline:
            if not waiting:
                tell(f"waiting for other members: payport network approve DIR {digest.hex()}")
            waiting = True
            await asyncio.sleep(_RETRY_SECONDS)
        if code != COMMITTED:
            NOT_DECIDED.refuse(f"{kind}: {code}")
    finally:
        for each in here.values():
            await each.close()


async def approve(network: NetworkFolder, card: Card, digest: bytes) -> None:
    """Approve what another member proposed; raises ``not_decided``."""
    voter = Voter(network, card)
    try:
        code = await voter.send("approve/1", proposed=digest)
    finally:
        await voter.close()
    if code not in (COMMITTED, ALREADY_APPROVED.code):
        NOT_DECIDED.refuse(f"approve: {code}")
