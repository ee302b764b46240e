"""From a verified block to rows. Outcomes come from the proven leaves, never from what the node says beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from payport.history import reservations
from payport.history.reservations import HoldState, OfferState
from payport.history.topics import EXPIRIES, HOLD_EXPIRY, invited_by, order_of, reference_of, topic_of
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
    from payport.ledger.transaction import Event

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
    holds: list[Row]
    """Rows of ``holds``."""
    offers: list[Row]
    """Rows of ``offers``."""
    orders_paid: list[Row]
    """Rows of ``orders_paid``."""
    hold_steps: list[Row]
    """What happened to holds; see :mod:`payport.history.reservations`."""
    offer_steps: list[Row]
    """What happened to offers."""
    validator_changes: list[Row]
    """Rows of ``validator_changes``."""
    validator_sets: list[Row]
    """Rows of ``validator_sets``."""
    expiries: list[Row]
    """Holds and offers that expired, whose parties are to be told: ``subject`` and ``sequence``."""

    @classmethod
    def empty(cls) -> Rows:
        """Return rows of nothing."""
        return cls(*([] for _ in cls._fields))

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


def _expiries(block: VerifiedBlock) -> Iterator[tuple[int, leaves.ExpiryLeaf]]:
    """Yield what expired when the block began, with the index of each leaf."""
    for index, encoded in enumerate(block.stored.leaves):
        kind, *fields = _LEAF.decode(encoded)
        if kind != leaves.EXPIRY_KIND:
            return
        yield index, leaves.ExpiryLeaf(*fields)


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
    first_sequence = next_sequence
    for leaf_index, leaf in _expiries(block):
        _add_expiry(rows, block, leaf_index, leaf, next_sequence)
        next_sequence += 1
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
            "first_sequence": first_sequence,
        }
    )
    return next_sequence


def _add_expiry(rows: Rows, block: VerifiedBlock, leaf_index: int, leaf: leaves.ExpiryLeaf, sequence: int) -> None:
    kind = EXPIRIES.get(leaf.family)
    if kind is None:
        UNPROVEN_BLOCK.refuse(f"block {block.stored.height}: leaf {leaf_index} is of no known family")
    time_ms = block.commitment.time_ms
    rows.transactions.append(
        {
            "sequence": sequence,
            "id": leaf.subject,
            "height": block.commitment.height,
            "leaf_index": leaf_index,
            "time_ms": time_ms,
            "kind": kind,
            "sender": b"",
            "outcome": COMMITTED,
            "asset": leaf.asset,
            "amount_minor": leaf.amount_minor,
            "valid_until_ms": time_ms,
            "group_hash": None,
            "reference": None,
            "order_id": None,
        }
    )
    rows.expiries.append({"subject": leaf.subject, "sequence": sequence})
    if kind == HOLD_EXPIRY:
        rows.hold_steps.append(reservations.step_row(leaf.subject, 0, HoldState.EXPIRED, time_ms))
    else:
        rows.offer_steps.append(reservations.step_row(leaf.subject, 0, OfferState.EXPIRED, time_ms))


class _Read(NamedTuple):
    """One transaction of a block, read."""

    sequence: int
    """Its number in the order of the ledger."""
    time_ms: int
    """Block time."""
    kind: str
    """Verb and version."""
    record: Any
    """A record of the verb."""
    event: Event
    """What the verb tells of it."""
    order_id: str | None
    """Order it embeds."""
    executed: _Executed
    """Its leaves."""

    @property
    def committed(self) -> bool:
        """Whether it had its effect."""
        return self.executed.outcome.outcome == COMMITTED


def _add_transaction(rows: Rows, block: VerifiedBlock, executed: _Executed, body: bytes, sequence: int) -> None:
    verb = verbs()[codec.decode_with(HEAD_DECODER, body).kind]
    record = codec.decode_with(verb.decoder, body)
    time_ms = block.commitment.time_ms
    read = _Read(sequence, time_ms, verb.kind, record, verb.event(record), order_of(verb.kind, record), executed)
    rows.transactions.append(
        {
            "sequence": sequence,
            "id": executed.outcome.transaction_id,
            "height": block.commitment.height,
            "leaf_index": executed.leaf_index,
            "time_ms": time_ms,
            "kind": verb.kind,
            "sender": record.sender if isinstance(record.sender, bytes) else record.sender.encode(),
            "outcome": executed.outcome.outcome,
            "asset": read.event.asset,
            "amount_minor": read.event.amount_minor,
            "valid_until_ms": record.valid_until_ms,
            "group_hash": record.group,
            "reference": reference_of(verb.kind, record),
            "order_id": read.order_id,
        }
    )
    _add_parties(rows, read)
    if read.committed:
        _add_effects(rows, read)


def _add_parties(rows: Rows, read: _Read) -> None:
    """Add whom the transaction concerns. A refusal concerns nobody but the one who asked.

    Who signed a member that was refused with its group was never looked at, so it is known by its id and put into
    nobody's list: a stranger could fill it.
    """
    parties = tuple(dict.fromkeys((*read.event.accounts, *invited_by(read.kind, read.record))))
    sender = read.record.sender
    asked = (sender,) if read.executed.authorised and isinstance(sender, bytes) else ()
    fees = {entry.account: entry.fee_minor for entry in read.executed.balances if entry.fee_minor}
    topic = int(topic_of(read.kind))
    rows.parties.extend(
        {
            "account": account,
            "topic": topic,
            "sequence": read.sequence,
            "place": place,
            "counterparty": next((each for each in parties if each != account), None),
            "fee_minor": fees.get(account, 0),
        }
        for place, account in enumerate(parties if read.committed else asked)
    )


def _add_effects(rows: Rows, read: _Read) -> None:
    """Add what a committed transaction did: keys, balances, an order, a hold or an offer."""
    kind, record, sequence = read.kind, read.record, read.sequence
    transaction_id = read.executed.outcome.transaction_id
    rows.account_keys.extend(
        {"account": read.event.accounts[0], "public_key": key, "sequence": sequence} for key in read.event.keys
    )
    if read.order_id is not None:
        rows.orders_paid.append({"merchant": record.merchant, "order_id": read.order_id, "sequence": sequence})
    if kind == "authorise/1":
        rows.holds.append(reservations.hold_row(transaction_id, record, read.order_id, sequence, read.time_ms))
    elif kind == "offer/1":
        rows.offers.append(reservations.offer_row(transaction_id, record, sequence, read.time_ms))
    elif (step := reservations.hold_step(kind, record, read.time_ms)) is not None:
        rows.hold_steps.append(step)
    elif (step := reservations.offer_step(kind, record, read.time_ms)) is not None:
        rows.offer_steps.append(step)
    rows.entries.extend(
        {
            "account": entry.account,
            "asset": entry.asset,
            "sequence": sequence,
            "entry": entry.entry,
            "delta_minor": entry.delta_minor,
            "balance_minor": entry.balance_minor,
            "fee_minor": entry.fee_minor,
        }
        for entry in read.executed.balances
    )
