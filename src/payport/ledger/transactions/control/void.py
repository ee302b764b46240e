"""Void a transaction that has not executed: use its id up, so that it never can.

Effect: the id of the embedded body is remembered as ``voided`` until its valid-until.
Signed by the sender of that body: an account's key of any role, or the institution.
Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from payport.ledger.state import ids, long_ids
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, INSTITUTION_ONLY, AnyTransaction, Context, Event
from payport.values import codec, envelopes
from payport.values.limits import MAX_BODY_BYTES, MAX_VALIDITY_LONG_MS
from payport.values.refusals import RefusalClass, RefusalCode


class Void(AnyTransaction, frozen=True):
    """The sender voids a transaction of its own."""

    body: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_BODY_BYTES // 2)]
    """Exact body of the transaction to void."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES | INSTITUTION_ONLY
POWERS: Final = frozenset[object]()

VOIDED: Final = RefusalCode("voided", RefusalClass.CONFLICT, "The transaction was voided.", "该交易已作废。")
"""The outcome a voided transaction has from then on."""

NOT_YOURS_TO_VOID: Final = RefusalCode(
    "not_yours_to_void",
    RefusalClass.UNAUTHORISED,
    "Only the sender of a transaction may void it.",
    "只有交易的发起方可以作废该交易。",
)
"""The embedded body has another sender or network."""

VOID_TOO_LATE: Final = RefusalCode(
    "void_too_late",
    RefusalClass.CONFLICT,
    "The transaction is final already.",
    "该交易已有最终结果。",
)
"""It executed before, or its time is over."""

VOID_TOO_EARLY: Final = RefusalCode(
    "void_too_early",
    RefusalClass.EXPIRED,
    "The transaction begins to be valid more than 24 hours from now; void it then.",
    "该交易在24小时之后才生效，请届时再作废。",
)
"""Its id would be kept for as long as its sender likes."""

REFUSALS: Final = (codec.MALFORMED_BYTES, NOT_YOURS_TO_VOID, VOID_TOO_EARLY, VOID_TOO_LATE, long_ids.TOO_MANY_LONG_IDS)


class _Head(msgspec.Struct, array_like=True):
    """The common fields of any body, as far as voiding needs them."""

    chain_id: str
    kind: str
    sender: Any
    nonce: bytes
    valid_from_ms: int
    valid_until_ms: int


_DECODER: Final = msgspec.msgpack.Decoder(_Head)


def check(transaction: Void) -> None:
    """Insist that the embedded body is one the sender could have sent."""
    if not isinstance(transaction.sender, bytes | str):
        codec.MALFORMED_BYTES.refuse("the sender is neither an account nor an institution")
    head = codec.decode_with(_DECODER, transaction.body)
    if head.sender != transaction.sender or head.chain_id != transaction.chain_id:
        NOT_YOURS_TO_VOID.refuse()
    if not 0 < head.valid_until_ms - head.valid_from_ms <= MAX_VALIDITY_LONG_MS:
        codec.MALFORMED_BYTES.refuse("the embedded body's time of validity is not valid")


def apply(transaction: Void, state: State, context: Context) -> None:
    """Remember the id as voided."""
    head = codec.decode_with(_DECODER, transaction.body)
    voided = envelopes.transaction_id(transaction.body)
    if head.valid_from_ms > context.time_ms + MAX_VALIDITY_LONG_MS:
        VOID_TOO_EARLY.refuse(f"valid from {head.valid_from_ms}")
    if head.valid_until_ms < context.time_ms or ids.recall(state, voided, head.valid_until_ms) is not None:
        VOID_TOO_LATE.refuse(voided.hex())
    if long_ids.is_long(head.valid_until_ms, context.time_ms):
        long_ids.require_room(state, transaction.sender, context.time_ms)
        long_ids.count(state, transaction.sender, context.time_ms)
    place = ids.place(voided, head.valid_until_ms)
    ids.remember(state, place, ids.Remembered(context.height, context.leaf_index, VOIDED.code))


def event(transaction: Void) -> Event:
    """Tell followers which account voided something."""
    return Event((transaction.sender,) if isinstance(transaction.sender, bytes) else (), None, None)


def example() -> Void:
    """Void a transfer that was signed and never sent."""
    from payport.ledger.examples import common_account_fields  # noqa: PLC0415 - examples need the verbs
    from payport.ledger.transactions.payments import transfer  # noqa: PLC0415 - transactions do not depend on others

    return Void(**common_account_fields("void/1"), body=codec.encode(transfer.example()))
