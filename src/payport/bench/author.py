"""Writes the unique, signed transactions of a measurement; everybody knows the keys."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from payport.bench.bulk_base import START_MS, customer, institution_seed, owner
from payport.bench.payment_pattern import draw_pairs, draw_turns
from payport.values import codec, envelopes
from payport.wallet.keys import SigningKey
from payport.wallet.sign import build, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

VALIDITY_MS: Final = 600_000
"""How long everything is valid: ten minutes, the most a session key may sign for."""

_REPORT_EVERY: Final = 1_000


class Party(NamedTuple):
    """Who signs."""

    sender: bytes | str
    """Account or institution."""
    key: SigningKey
    """Its key."""


class Signed(NamedTuple):
    """A transaction as it travels."""

    envelope: bytes
    """The encoded envelope."""
    body: bytes
    """What was signed, without its tag."""

    @property
    def transaction_id(self) -> bytes:
        """Its id."""
        return envelopes.transaction_id(self.body)


@lru_cache(maxsize=100_000)
def phone(number: int) -> Party:
    """Return a customer with its session key, which has limits."""
    found = customer(number)
    return Party(found.account, SigningKey(found.seed))


@lru_cache(maxsize=100_000)
def holder(number: int) -> Party:
    """Return a customer with its owner key."""
    found = owner(number)
    return Party(found.account, SigningKey(found.seed))


@lru_cache
def institution(name: str) -> Party:
    """Return an institution with its only key."""
    return Party(name, SigningKey(institution_seed(name)))


class Author:
    """Writes transactions for a number of accounts; no two are alike."""

    def __init__(
        self,
        chain_id: str,
        accounts: int,
        pattern: str = "uniform",
        progress: Callable[[int, int], None] | None = None,
        start_ms: int = START_MS,
    ) -> None:
        """Everything is valid from ``start_ms``; ``progress`` is told how many of a loop are done."""
        self.chain_id: Final = chain_id
        self.accounts: Final = accounts
        self.start_ms: Final = start_ms
        self._pattern = pattern
        self._progress = progress
        self._written = 0

    def pairs(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield payer and payee by the pattern."""
        return self.shown(draw_pairs(self._pattern, self.accounts, count), count)

    def turns(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield payer and payee, every payer in turn."""
        return self.shown(draw_turns(self.accounts, count), count)

    def shown(self, things: Iterable[T], count: int) -> Iterator[T]:
        """Yield ``things``, of which there are ``count``, and tell how many are done."""
        for done, thing in enumerate(things, 1):
            yield thing
            if self._progress is not None and (done % _REPORT_EVERY == 0 or done == count):
                self._progress(done, count)

    def draft(self, party: Party, kind: str, **fields: Any) -> Any:  # noqa: ANN401 - the record of any verb
        """Return an unsigned transaction with a nonce of its own."""
        self._written += 1
        window = {"valid_from_ms": self.start_ms, "valid_until_ms": self.start_ms + VALIDITY_MS}
        return build(self.chain_id, kind, party.sender, nonce=self._written.to_bytes(16, "big"), **{**window, **fields})

    def write(self, party: Party, kind: str, **fields: Any) -> Signed:  # noqa: ANN401 - the verb's own fields
        """Return a signed transaction."""
        drafted = self.draft(party, kind, **fields)
        return Signed(sign(drafted, party.key), codec.encode(drafted))

    def alone(self, party: Party, kind: str, **fields: Any) -> tuple[bytes, ...]:  # noqa: ANN401 - the verb's own fields
        """Return a signed transaction as an item of its own."""
        return (sign(self.draft(party, kind, **fields), party.key),)
