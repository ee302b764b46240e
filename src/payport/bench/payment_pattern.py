"""Who pays whom: unique, signed transfers across banks, prepared before anything is measured."""

from __future__ import annotations

import itertools
from random import Random
from typing import TYPE_CHECKING, Final

from payport import _native
from payport.bench.bulk_base import BANKS, CURRENCY, START_MS, customer, customer_account
from payport.ledger.transactions.payments.transfer import Transfer
from payport.values import codec, envelopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATTERNS: Final = ("uniform", "zipf", "merchant")
"""Everybody pays anybody; few pay and are paid most (exponent 1); everybody pays one."""

SEED: Final = 1
"""Of the draw; two runs pay the same."""

_VALIDITY_MS: Final = 600_000
_REPORT_EVERY: Final = 5_000


def draw_pairs(pattern: str, accounts: int, payments: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of payer and payee, of different banks."""
    random = Random(SEED)
    banks = len(BANKS)
    if pattern == "zipf":
        weights = list(itertools.accumulate(1 / rank for rank in range(1, accounts + 1)))
        drawn = random.choices(range(accounts), cum_weights=weights, k=2 * payments)
        pairs = zip(drawn[:payments], drawn[payments:], strict=True)
    elif pattern == "merchant":
        pairs = zip((random.randrange(1, accounts) for _ in range(payments)), itertools.repeat(0))
    else:
        assert pattern == "uniform", f"no pattern {pattern}"
        pairs = zip(*[(random.randrange(accounts) for _ in range(payments)) for _ in range(2)], strict=True)
    for payer, payee in pairs:
        # Neighbours belong to different banks, so a pair within one bank moves to the payer next door.
        other = payer if (payer - payee) % banks else (payer - 1 if payer % banks else payer + 1)
        yield other, payee


def prepare(
    chain_id: str,
    accounts: int,
    pattern: str,
    payments: int,
    progress: Callable[[int, int], None] | None = None,
    valid_from_ms: int = START_MS,
) -> list[tuple[bytes, ...]]:
    """Return the payments as items of one envelope each; they are valid for ten minutes."""
    items: list[tuple[bytes, ...]] = []
    for number, (payer, payee) in enumerate(draw_pairs(pattern, accounts, payments)):
        sender = customer(payer)
        body = codec.encode(
            Transfer(
                chain_id=chain_id,
                kind="transfer/1",
                sender=sender.account,
                nonce=number.to_bytes(16, "big"),
                valid_from_ms=valid_from_ms,
                valid_until_ms=valid_from_ms + _VALIDITY_MS,
                group=None,
                attachment=None,
                payee=customer_account(payee),
                asset=CURRENCY,
                amount_minor=100,
            )
        )
        signature = _native.sign_ed25519(sender.seed, envelopes.signing_bytes(body))
        signed = envelopes.Signature("ed25519", sender.public_key, signature)
        items.append((codec.encode(envelopes.Envelope(body, (signed,))),))
        if progress is not None and len(items) % _REPORT_EVERY == 0:
            progress(len(items), payments)
    return items
