"""Accounts and their keys: opened, bound, limited, frozen, recovered, closed; and void."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.bench.author import Party, Signed, holder, institution, phone
from payport.bench.bulk_base import CURRENCY, LIMITS, START_MS, bank_of, customer, customer_account
from payport.ledger.state.accounts import PERSON
from payport.ledger.state.keys import Limits
from payport.ledger.state.restrictions import FreezeMode, FreezeReason
from payport.ledger.transaction import Role
from payport.wallet.keys import SigningKey

if TYPE_CHECKING:
    from payport.bench.author import Author
    from payport.bench.mix import Item, Mix, Steps

_DAY_MS: Final = 86_400_000


def _new_key(number: int, purpose: bytes) -> SigningKey:
    return SigningKey(purpose.ljust(24, b"-") + number.to_bytes(8, "big"))


def _new_account(number: int) -> bytes:
    return b"-opened-" + number.to_bytes(8, "big")


def _openings(author: Author, count: int) -> list[Item]:
    """Return the opening of ``count`` further accounts by four banks."""
    return [
        author.alone(
            institution(bank_of(number)),
            "open_account/1",
            account=_new_account(number),
            category=PERSON,
            view_key=number.to_bytes(32, "big"),
            owner=_new_key(number, b"owner").prove_possession(author.chain_id, _new_account(number)),
        )
        for number in author.shown(range(count), count)
    ]


def open_account(author: Author, count: int) -> Steps:
    """Accounts opened by four banks; the first owner key proves possession."""
    yield from ()
    return _openings(author, count)


def close(author: Author, count: int) -> Steps:
    """Accounts closed by their owners; they exist and are empty."""
    yield _openings(author, count)
    return [
        author.alone(Party(_new_account(number), _new_key(number, b"owner")), "close/1")
        for number in author.shown(range(count), count)
    ]


def _recoveries(author: Author, count: int) -> list[Signed]:
    return [
        author.write(
            institution(bank_of(number)),
            "recover/1",
            account=_new_account(number),
            owner=_new_key(number, b"recovered").prove_possession(author.chain_id, _new_account(number)),
        )
        for number in author.shown(range(count), count)
    ]


def recover(author: Author, count: int) -> Steps:
    """Recoveries begun by the accounts' banks; the new owner key proves possession; the accounts exist."""
    yield _openings(author, count)
    return [(signed.envelope,) for signed in _recoveries(author, count)]


def veto_recovery(author: Author, count: int) -> Steps:
    """Recoveries vetoed by the accounts' owners; they are under way."""
    begun = _recoveries(author, count)
    yield [*_openings(author, count), *((signed.envelope,) for signed in begun)]
    return [
        author.alone(
            Party(_new_account(number), _new_key(number, b"owner")),
            "veto_recovery/1",
            account=_new_account(number),
            recovery=signed.transaction_id,
        )
        for number, signed in enumerate(author.shown(begun, count))
    ]


def _bindings(author: Author, count: int) -> list[Item]:
    """Return the binding of further session keys, in turn to every account."""
    return [
        author.alone(
            holder(number),
            "bind_key/1",
            key=_new_key(place, b"session").prove_possession(author.chain_id, customer_account(number)),
            role=Role.SESSION,
            scope=(),
            limits=LIMITS,
            expires_at_ms=START_MS + 30 * _DAY_MS,
        )
        for place, (number, _) in enumerate(author.turns(count))
    ]


def bind_key(author: Author, count: int) -> Steps:
    """Session keys bound by owners, in turn to every account; each proves possession."""
    yield from ()
    return _bindings(author, count)


def revoke_key(author: Author, count: int) -> Steps:
    """Session keys revoked by owners; they exist."""
    yield _bindings(author, count)
    return [
        author.alone(holder(number), "revoke_key/1", public_key=_new_key(place, b"session").public_key)
        for place, (number, _) in enumerate(author.turns(count))
    ]


def set_limit(author: Author, count: int) -> Steps:
    """Limits of session keys set by owners, in turn for every account: one falls, one rises after the delay."""
    yield from ()
    return [
        author.alone(
            holder(number),
            "set_limit/1",
            public_key=customer(number).public_key,
            limits=Limits(CURRENCY, LIMITS.per_payment_minor - 1 - place, 2 * LIMITS.daily_minor, place),
        )
        for place, (number, _) in enumerate(author.turns(count))
    ]


def _freezes(author: Author, count: int) -> list[tuple[int, Signed]]:
    """Return freezes with the number of the account, in turn of every one."""
    return [
        (
            number,
            author.write(
                institution(bank_of(number)),
                "freeze/1",
                account=customer_account(number),
                mode=FreezeMode.DEBIT,
                asset=None,
                amount_minor=None,
                reason=FreezeReason.FRAUD,
                expires_at_ms=author.start_ms + _DAY_MS,
                second=None,
            ),
        )
        for number, _ in author.turns(count)
    ]


def freeze(author: Author, count: int) -> Steps:
    """Freezes ordered by the accounts' banks, in turn of every account."""
    yield from ()
    return [(signed.envelope,) for _, signed in _freezes(author, count)]


def unfreeze(author: Author, count: int) -> Steps:
    """Freezes lifted by the accounts' banks; they exist."""
    frozen = _freezes(author, count)
    yield [(signed.envelope,) for _, signed in frozen]
    return [
        author.alone(
            institution(bank_of(number)),
            "unfreeze/1",
            account=customer_account(number),
            freeze=signed.transaction_id,
        )
        for number, signed in author.shown(frozen, count)
    ]


def void(author: Author, count: int) -> Steps:
    """Transfers that were signed and never sent, voided by their payers."""
    yield from ()
    items = []
    for payer, payee in author.pairs(count):
        fields = {"payee": customer_account(payee), "asset": CURRENCY, "amount_minor": 100}
        unsent = author.write(phone(payer), "transfer/1", **fields)
        items.append(author.alone(phone(payer), "void/1", body=unsent.body))
    return items


MIXES: Final[tuple[Mix, ...]] = (
    *(open_account, close, recover, veto_recovery),
    *(bind_key, revoke_key, set_limit),
    *(freeze, unfreeze, void),
)
