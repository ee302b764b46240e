"""The two sides an institution stands between: its core and the ledger, with the journal in the middle."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.institutions.contract import Core
from payport.institutions.journal.journal import Journal
from payport.institutions.ledger_book import LedgerBook
from payport.institutions.ledger_view import LedgerView, Node
from payport.institutions.own_institution import OwnInstitution
from payport.ledger import admission, verification
from payport.ledger.state import accounts, keys
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.values.refusals import Refusal

NOT_FUNDABLE: Final = RefusalCode(
    "not_fundable",
    RefusalClass.MALFORMED,
    "This kind of transaction is not taken here, or it belongs to a group already.",
    "此处不受理该类交易，或该交易已属于某个交易组。",
)
"""Purchases and transfers are funded, redemptions are credited; their group field is nil."""

REFUSALS: Final = (NOT_FUNDABLE,)
"""Refusals of this module."""


def clock_ms() -> int:
    """Return milliseconds since the Unix epoch by this machine's clock."""
    return time.time_ns() // 1_000_000


def is_passing(refusal: Refusal) -> bool:
    """Tell whether a refusal says only that nobody answered: the same call is made again later."""
    return refusal.reason.refusal_class is RefusalClass.UNAVAILABLE


class Bridge(NamedTuple):
    """What funding, redemption and reconciliation work with."""

    own: OwnInstitution
    """The institution."""
    core: Core
    """Its core."""
    journal: Journal
    """Its journal."""
    view: LedgerView
    """The ledger, through a node."""
    book: LedgerBook
    """The ledger's side of the books."""
    clock: Callable[[], int]
    """Milliseconds since the Unix epoch."""

    async def read_signed(self, envelope: bytes, kinds: frozenset[str]) -> admission.Member:
        """Read what a customer of this institution signed.

        Raises `x`, what admission and signatures refuse, ``unknown_account``, ``not_your_customer`` and
        ``unbound_key``: nobody gets another's deposit held by signing in his name.
        """
        item = admission.read_item(self.own.trust.chain_id, (envelope,))
        (member,) = item.members
        if member.verb.kind not in kinds:
            NOT_FUNDABLE.refuse(member.verb.kind)
        refused = verification.verify_items([item], self.own.trust.webauthn)[0]
        if refused is not None:
            raise refused
        account = await self.view.account(member.transaction.sender)
        if account is None:
            accounts.UNKNOWN_ACCOUNT.refuse()
        if account.institution != self.own.id:
            accounts.NOT_YOUR_CUSTOMER.refuse()
        for signature in member.envelope.signatures:
            key = await self.view.key(signature.public_key)
            if account.kind is accounts.AccountKind.CUSTOMER and (
                key is None or key.holder != member.transaction.sender or key.revoked
            ):
                keys.UNBOUND_KEY.refuse()
        return member


async def open_bridge(
    own: OwnInstitution, core: Core, journal: Journal, node: Node, clock: Callable[[], int] = clock_ms
) -> Bridge:
    """Connect a core with the ledger; raises ``journal_of_another``."""
    await journal.claim(own.id, own.trust.chain_id)
    view = LedgerView(node, own.trust)
    return Bridge(own, core, journal, view, LedgerBook(own.id, view, journal, clock), clock)
