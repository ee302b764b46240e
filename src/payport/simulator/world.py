"""What every kind of traffic draws on: the parties, the time, the model, and what has been sold and sent so far."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.simulator import parties
from payport.simulator.attempt import Attempt
from payport.simulator.author import VALIDITY_MS, Author
from payport.simulator.model import COMMITTED, Model
from payport.simulator.node import Node
from payport.values import envelopes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payport.consensus.application import Application
    from payport.ledger.block import Outcome
    from payport.ledger.state.parameters import Validator
    from payport.simulator.attempt import Then
    from payport.simulator.parties import Bank, Holder, Key

LARGEST_PAYMENT_MINOR: Final = 30_000
"""Usual payments are drawn up to this amount."""

_RECENT: Final = 200
_SALES: Final = 2_000


class Sale(NamedTuple):
    """A purchase that was acknowledged."""

    body: bytes
    """Its exact body."""
    payer: Holder
    """Who paid."""
    merchant: Holder
    """Who sold."""
    amount_minor: int
    """For how much."""
    height: int
    """Block it is in."""
    leaf_index: int
    """Index of its outcome leaf there."""

    @property
    def transaction_id(self) -> bytes:
        """Its id."""
        return envelopes.transaction_id(self.body)


class Sent(NamedTuple):
    """Signed bytes whose outcome is final, to be sent again."""

    encoded: tuple[bytes, ...]
    """Envelopes."""
    codes: tuple[str, ...]
    """Outcome of each member."""
    until_ms: int
    """Until when the ledger remembers all of them."""


class World:
    """One simulated network."""

    def __init__(self, seed: int, voting: Mapping[str, Validator] | None = None) -> None:
        """Found the network of ``seed``; it has no customers yet. ``voting`` names validators, by institution."""
        self.random = Random(seed)
        self.model = Model()
        self.now_ms = parties.START_MS + 1_000
        self.operator = parties.draw_bank(self.random, parties.OPERATOR)
        self.banks = [parties.draw_bank(self.random, name) for name in parties.BANK_NAMES]
        self.ward_bank = parties.draw_bank(self.random, parties.WARD_BANK)
        self.ward_bank.further = [parties.draw_key(self.random), parties.draw_key(self.random)]
        self.ward_bank.threshold = 2
        founders = [self.operator, *self.banks, self.ward_bank]
        self.genesis = parties.draw_genesis(self.random, founders, voting)
        self.node = Node(self.genesis, self.random)
        self._followed: Application | None = None
        self.author = Author(self.genesis.chain_id, self.random, lambda: self.now_ms)
        self.persons: list[Holder] = []
        self.merchants: list[Holder] = []
        self.wards: list[Holder] = []
        """Customers of every bank whose accounts are frozen, recovered and closed."""
        self.spent_out: dict[bytes, Holder] = {}
        """Cardholders whose phone has spent all it may in a day, by account."""
        self.recoveries: dict[bytes, tuple[bytes, Key, int]] = {}
        self.holds: deque[tuple[bytes, Holder, Holder]] = deque(maxlen=_RECENT)
        self.offers: deque[tuple[bytes, Holder]] = deque(maxlen=_RECENT)
        self.sales: deque[Sale] = deque(maxlen=_SALES)
        self.sent: deque[Sent] = deque(maxlen=_RECENT)
        self.final: dict[bytes, str] = {}
        self.short_lived: list[tuple[Holder, Key, int]] = []
        self.admitted = 0
        self.parameter_height = 2**30
        for bank in founders:
            self.note_bank(bank)

    @property
    def application(self) -> Application:
        """The ledger in which what was acknowledged is found."""
        return self.node.application if self._followed is None else self._followed

    def follow(self, application: Application) -> None:
        """Look for what was acknowledged in this ledger, and no more in that of the world's own node."""
        self._followed = application

    @property
    def now_ms(self) -> int:
        """The simulated time, which the next block will have."""
        return self._now_ms

    @now_ms.setter
    def now_ms(self, value: int) -> None:
        self._now_ms = value
        self.model.advance(value)

    def note_bank(self, bank: Bank) -> None:
        """Let the model know an institution's fee account."""
        self.model.fees_account[bank.name] = bank.fees_account
        self.model.bank_of[bank.fees_account] = bank.name
        self.model.bank_of[bank.unclaimed_account] = bank.name
        self.model.unclaimed[bank.name] = bank.unclaimed_account

    def bank(self, name: str) -> Bank:
        """Return a founding bank."""
        return next(bank for bank in self.all_banks() if bank.name == name)

    def all_banks(self) -> list[Bank]:
        """Return the founding banks."""
        return [*self.banks, self.ward_bank]

    def other_banks(self, name: str) -> list[Bank]:
        """Return the banks with one key, without bank ``name``."""
        return [bank for bank in self.banks if bank.name != name]

    def wards_of(self, name: str) -> list[Holder]:
        """Return the wards that are customers of a bank."""
        return [ward for ward in self.wards if ward.bank == name]

    def two_persons(self) -> tuple[Holder, Holder]:
        """Draw two different cardholders."""
        first, second = self.random.sample(self.persons, 2)
        return first, second

    def person(self) -> Holder:
        """Draw a cardholder."""
        return self.random.choice(self.persons)

    def merchant(self) -> Holder:
        """Draw a merchant."""
        return self.random.choice(self.merchants)

    def key_of(self, holder: Holder) -> Key:
        """Draw the key a holder signs with: mostly the phone's."""
        if holder.session is None or self.random.random() < 0.2:  # noqa: PLR2004 - one payment in five by the owner key
            return holder.owner
        return holder.session

    def amount(self) -> int:
        """Draw the amount of a usual payment, often small."""
        return self.random.randint(1, self.random.choice((50, 2_000, LARGEST_PAYMENT_MINOR)))

    def single(
        self, body: bytes, key: Key, code: str = COMMITTED, *, then: Then | None = None, final: bool = True
    ) -> Attempt:
        """Return the attempt of one body signed by one key, that must end with ``code``."""
        return self.several([(body, key)], (code,), then=then, final=final)

    def by_bank(self, body: bytes, bank: Bank, code: str = COMMITTED) -> Attempt:
        """Return the attempt of one body signed by as many keys of a bank as it takes."""
        return self.by_keys(body, bank.signers, code)

    def by_keys(self, body: bytes, keys: list[Key], code: str = COMMITTED) -> Attempt:
        """Return the attempt of one body signed by several keys; its outcome is final."""
        encoded = (self.author.sign(body, *keys),)
        self.final[envelopes.transaction_id(body)] = code
        self.sent.append(Sent(encoded, (code,), self.now_ms + VALIDITY_MS))
        return Attempt(encoded, (code,))

    def several(
        self, signed: list[tuple[bytes, Key]], codes: tuple[str, ...], *, then: Then | None = None, final: bool = True
    ) -> Attempt:
        """Return the attempt of one item; where its outcome is final, its bytes may be sent again later."""
        encoded = tuple(self.author.sign(body, key) for body, key in signed)
        if final:
            for (body, _), code in zip(signed, codes, strict=True):
                self.final[envelopes.transaction_id(body)] = code
            self.sent.append(Sent(encoded, codes, self.now_ms + VALIDITY_MS))
        return Attempt(encoded, codes, final=final, then=then)

    def refused(self, body: bytes, key: Key, code: str) -> Attempt:
        """Return the attempt of one body that must be refused at the door."""
        return Attempt((self.author.sign(body, key),), (code,), at_door=True)

    def sold_ms(self, sale: Sale) -> int:
        """Return the block time of a sale."""
        return self.application.read_block(sale.height).block.time_ms

    def sale_once_acknowledged(self, body: bytes, payer: Holder, merchant: Holder, amount_minor: int) -> Then:
        """Return what notes a purchase as sold once it is acknowledged."""

        def note(outcomes: tuple[Outcome, ...]) -> None:
            outcome = outcomes[0]
            if outcome.code == COMMITTED:
                sale = Sale(body, payer, merchant, amount_minor, outcome.height, outcome.leaf_index)
                self.sales.append(sale)

        return note
