"""From a verified block to rows. Outcomes come from the proven leaves, never from what the node says beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from payport.history.verified import UNPROVEN_BLOCK, read_named
from payport.ledger.admission import HEAD_DECODER
from payport.ledger.block import COMMITTED
from payport.ledger.machine import GROUP_REFUSED
from payport.ledger.registry import verbs
from payport.proof import leaves
from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payport.history.verified import VerifiedBlock

Row = dict[str, Any]
"""Values by column."""

_LEAF: Final = msgspec.msgpack.Decoder(list[Any])


class Rows(NamedTuple):
    """What a run of blocks adds to the index."""

    blocks: list[Row]
    """Rows of ``blocks``."""
    transactions: list[Row]
    """Rows of ``transactions``."""
    parties: list[Row]
    """Rows of ``parties``."""
    entries: list[Row]
    """Rows of ``entries``."""
    account_keys: list[Row]
    """Rows of ``account_keys``."""

    @classmethod
    def empty(cls) -> Rows:
        """Return rows of nothing."""
        return cls([], [], [], [], [])

    @property
    def size(self) -> int:
        """Number of all rows."""
        return sum(map(len, self))


class _Executed(NamedTuple):
    """One transaction of a block with its leaves."""

    leaf_index: int
    outcome: leaves.OutcomeLeaf
    balances: list[leaves.BalanceLeaf]

    @property
    def authorised(self) -> bool:
        """Whether a key of its sender signed it."""
        return any(role for _, role in self.outcome.signers)


def _executed(block: VerifiedBlock) -> Iterator[_Executed]:
    """Yield the block's transactions by their leaves."""
    current: _Executed | None = None
    for index, encoded in enumerate(block.stored.leaves):
        kind, *fields = _LEAF.decode(encoded)
        if kind == leaves.OUTCOME_KIND:
            if current is not None:
                yield current
            current = _Executed(index, leaves.OutcomeLeaf(*fields), [])
        elif kind == leaves.BALANCE_KIND and current is not None:
            current.balances.append(leaves.BalanceLeaf(*fields))
        elif kind != leaves.EXPIRY_KIND or current is not None:
            UNPROVEN_BLOCK.refuse(f"block {block.stored.height}: leaf {index} is of no known kind")
    if current is not None:
        yield current


def add_block(rows: Rows, block: VerifiedBlock, log_leaf: bytes, next_sequence: int) -> int:
    """Add a block's rows; return the sequence number of the next transaction. Raises ``unproven_block``."""
    found = dict(read_named(block.stored))
    for executed in _executed(block):
        if executed.outcome.outcome != GROUP_REFUSED.code and not executed.authorised:
            # Its sender never authorised it, so it is not final, and whoever repeats it could fill the index.
            continue
        envelope = found.get((executed.outcome.transaction_id, executed.outcome.signatures_hash))
        if envelope is None:
            UNPROVEN_BLOCK.refuse(f"block {block.stored.height}: leaf {executed.leaf_index} has no such transaction")
        _add_transaction(rows, block, executed, envelope.body, next_sequence)
        next_sequence += 1
    rows.blocks.append(
        {
            "height": block.commitment.height,
            "time_ms": block.commitment.time_ms,
            "commitment": block.stored.commitment_bytes,
            "log_leaf": log_leaf,
            "transactions": len(found),
        }
    )
    return next_sequence


def _add_transaction(rows: Rows, block: VerifiedBlock, executed: _Executed, body: bytes, sequence: int) -> None:
    verb = verbs()[codec.decode_with(HEAD_DECODER, body).kind]
    transaction = codec.decode_with(verb.decoder, body)
    outcome = executed.outcome
    event = verb.event(transaction)
    sender = transaction.sender if isinstance(transaction.sender, bytes) else transaction.sender.encode()
    rows.transactions.append(
        {
            "sequence": sequence,
            "id": outcome.transaction_id,
            "height": block.commitment.height,
            "leaf_index": executed.leaf_index,
            "time_ms": block.commitment.time_ms,
            "kind": verb.kind,
            "sender": sender,
            "outcome": outcome.outcome,
            "asset": event.asset,
            "amount_minor": event.amount_minor,
            "valid_until_ms": transaction.valid_until_ms,
            "group_hash": transaction.group,
        }
    )
    committed = outcome.outcome == COMMITTED
    # A refusal concerns nobody but the one who asked. Who signed a member that was refused with its group was never
    # looked at, so it is known by its id and put into nobody's list: a stranger could fill it.
    asked = (transaction.sender,) if executed.authorised and isinstance(transaction.sender, bytes) else ()
    concerned = event.accounts if committed else asked
    rows.parties.extend(
        {"account": account, "sequence": sequence, "place": place}
        for place, account in enumerate(dict.fromkeys(concerned))
    )
    if committed and event.keys:
        rows.account_keys.extend(
            {"account": event.accounts[0], "public_key": key, "sequence": sequence} for key in event.keys
        )
    rows.entries.extend(
        {
            "account": entry.account,
            "asset": entry.asset,
            "entry": entry.entry,
            "sequence": sequence,
            "time_ms": block.commitment.time_ms,
            "delta_minor": entry.delta_minor,
            "balance_minor": entry.balance_minor,
            "fee_minor": entry.fee_minor,
        }
        for entry in executed.balances
    )
