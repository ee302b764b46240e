"""Money that comes into being, leaves, and is settled between banks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.bench.author import institution, phone
from payport.bench.bulk_base import BANKS, CURRENCY, bank_of, customer_account

if TYPE_CHECKING:
    from payport.bench.author import Author
    from payport.bench.mix import Mix, Steps

AMOUNT_MINOR: Final = 100
"""Amount of each."""


def issue(author: Author, count: int) -> Steps:
    """Issues by four banks to their customers."""
    yield from ()
    return [
        author.alone(
            institution(bank_of(payee)),
            "issue/1",
            account=customer_account(payee),
            asset=CURRENCY,
            amount_minor=AMOUNT_MINOR,
        )
        for _, payee in author.pairs(count)
    ]


def redeem(author: Author, count: int) -> Steps:
    """Redemptions by customers."""
    yield from ()
    return [
        author.alone(phone(payer), "redeem/1", asset=CURRENCY, amount_minor=AMOUNT_MINOR)
        for payer, _ in author.pairs(count)
    ]


def settle_position(author: Author, count: int) -> Steps:
    """Settlements of one minor unit of what one bank owes another."""
    debtor, creditor = 0, 1
    owed = {"payee": customer_account(creditor), "asset": CURRENCY, "amount_minor": count}
    yield [author.alone(phone(debtor), "transfer/1", **owed)]
    return [
        author.alone(
            institution(BANKS[creditor]), "settle_position/1", debtor=BANKS[debtor], asset=CURRENCY, amount_minor=1
        )
        for _ in author.shown(range(count), count)
    ]


def set_net_debit_cap(author: Author, count: int) -> Steps:
    """Net debit caps of four banks, set by the operator."""
    yield from ()
    return [
        author.alone(
            institution("operator"),
            "set_net_debit_cap/1",
            institution=BANKS[number % len(BANKS)],
            asset=CURRENCY,
            cap_minor=number,
        )
        for number in author.shown(range(count), count)
    ]


MIXES: Final[tuple[Mix, ...]] = (issue, redeem, settle_position, set_net_debit_cap)
