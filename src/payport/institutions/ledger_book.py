"""The ledger's side of the books: every issue, redemption and void of one institution, read from verified blocks.

It is the last authority on what became of a transaction: the node remembers an id until its valid-until, blocks stay.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.institutions.journal.records import LedgerLine, LineKind, Progress
from payport.institutions.ledger_view import proven_outcomes
from payport.institutions.limits import BLOCKS_AT_ONCE
from payport.ledger.admission import HEAD_DECODER
from payport.ledger.block import COMMITTED
from payport.ledger.registry import verbs
from payport.values import codec, envelopes
from payport.values.identifiers import is_currency

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.history.verified import VerifiedBlock
    from payport.institutions.journal.journal import Journal
    from payport.institutions.ledger_view import LedgerView

ISSUE: Final = "issue/1"
"""Kind that brings the institution's money into being."""

REDEEM: Final = "redeem/1"
"""Kind that ends it."""

VOID: Final = "void/1"
"""Kind that keeps a transaction from ever executing."""

_ENVELOPE: Final = msgspec.msgpack.Decoder(envelopes.Envelope)


class LedgerBook:
    """Follows the ledger for one institution."""

    def __init__(self, institution: str, view: LedgerView, journal: Journal, clock: Callable[[], int]) -> None:
        """Read through ``view`` into ``journal``; ``clock`` gives milliseconds since the Unix epoch."""
        self._institution = institution
        self._view = view
        self._journal = journal
        self._clock = clock

    async def catch_up(self, height: int | None = None) -> Progress:
        """Read every block up to ``height``, or up to the newest; return how far the journal has come.

        Raises ``unproven_block`` where the node shows something its proof does not cover.
        """
        newest = (await self._view.node.status()).height if height is None else height
        progress = await self._journal.progress()
        while progress.height < newest:
            last = min(newest, progress.height + BLOCKS_AT_ONCE)
            heights = range(progress.height + 1, last + 1)
            blocks = await asyncio.gather(*(self._view.block(each) for each in heights))
            lines = [line for block in blocks for line in await self._lines(block)]
            read = Progress(last, blocks[-1].stored.block.time_ms)
            absorbed = await self._journal.absorb(progress, read, lines, self._clock())
            progress = read if absorbed else await self._journal.progress()
        return progress

    async def _lines(self, block: VerifiedBlock) -> list[LedgerLine]:
        """Return what a block did to the institution's supply."""
        committed = {each.transaction_id for each in proven_outcomes(block).values() if each.code == COMMITTED}
        found: dict[bytes, LedgerLine] = {}
        for encoded in (envelope for item in block.stored.block.items for envelope in item):
            body = _ENVELOPE.decode(encoded).body
            kind = HEAD_DECODER.decode(body).kind
            if kind not in (ISSUE, REDEEM, VOID):
                continue
            transaction_id = envelopes.transaction_id(body)
            if transaction_id not in committed:
                continue
            transaction = codec.decode_with(verbs()[kind].decoder, body)
            line = await self._line(kind, transaction_id, transaction, block.stored.height)
            if line is not None:
                found[line.transaction_id] = line
        return list(found.values())

    async def _line(self, kind: str, transaction_id: bytes, transaction: Any, height: int) -> LedgerLine | None:  # noqa: ANN401 - a record of the verb
        """Return what one committed transaction did to the institution's money, or ``None``.

        Points, vouchers and fund units stand for no deposit: what their issuer does with them is not in these books.
        """
        if kind != VOID and not is_currency(transaction.asset):
            return None
        if kind == REDEEM:
            account = await self._view.account(transaction.sender)
            assert account is not None, "accounts are never removed"
            if account.institution != self._institution:
                return None
            details = (transaction.sender, transaction.asset, transaction.amount_minor)
            return LedgerLine(transaction_id, LineKind.REDEEMED, *details, height)
        if transaction.sender != self._institution:
            return None
        if kind == VOID:
            voided = envelopes.transaction_id(transaction.body)
            return LedgerLine(voided, LineKind.VOIDED, None, None, 0, height)
        details = (transaction.account, transaction.asset, transaction.amount_minor)
        return LedgerLine(transaction_id, LineKind.ISSUED, *details, height)
