"""Fills a checkpoint with accounts, session keys and money, without a signed transaction for each.

The records, supplies, counters and state digest are those the ledger itself would have; only the blocks that led there
are missing. For measurements, never for a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport import _native
from payport.ledger.digest import StateDigest
from payport.ledger.genesis import FORMAT, Genesis, Member, Setting
from payport.ledger.machine import Machine
from payport.ledger.state import accounts, balances, counters, keys, supplies
from payport.ledger.state.institutions import Institution, InstitutionKey, InstitutionRole
from payport.ledger.state.parameters import FeeSchedule, encode_value
from payport.ledger.state.state import State
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.transaction import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.ledger.store.checkpoint import Checkpoint

START_MS: Final = 1_790_000_000_000
"""Block time of genesis."""

CURRENCY: Final = "CNY"
"""Currency of all payments."""

BANKS: Final = ("bank-east", "bank-north", "bank-south", "bank-west")
"""Members beside the operator; account ``n`` belongs to bank ``n`` modulo four."""

FIRST_MONEY_MINOR: Final = 1_000_000_000
"""What each account starts with."""

LIMITS: Final = keys.Limits(CURRENCY, 100_000, 1_000_000_000, 1_000_000_000)
"""Limits of every session key: checked and counted with each payment, never reached."""

_CHUNK: Final = 20_000
_EXPIRY_MS: Final = START_MS + 365 * 86_400_000


class Customer(NamedTuple):
    """An account with its session key."""

    account: bytes
    """Account id."""
    seed: bytes
    """Signing seed of the session key."""
    public_key: bytes
    """Its public key."""


def customer(number: int) -> Customer:
    """Return customer ``number``."""
    seed = number.to_bytes(8, "big") * 4
    return Customer(b"customer" + number.to_bytes(8, "big"), seed, _native.public_key_ed25519(seed))


def genesis() -> Genesis:
    """Return a network of an operator and four banks."""
    members = []
    for place, name in enumerate((*BANKS, "operator")):
        record = Institution(
            name=name,
            role=InstitutionRole.OPERATOR if name == "operator" else InstitutionRole.BANK,
            keys=(InstitutionKey("ed25519", _native.public_key_ed25519(bytes([200 + place]) * 32)),),
            threshold=1,
            utc_offset_seconds=28_800,
            fees_account=bytes([1, place] * 8),
            unclaimed_account=bytes([2, place] * 8),
            admitted_height=0,
        )
        members.append(Member(name, record, bytes([place]) * 32))
    values = {
        "currencies": (CURRENCY,),
        "fees/default": FeeSchedule(6_000, 1, 10_000, 300_000, 100_000),
        "fees_account_floor_minor": -1_000_000,
        "operator": "operator",
        "refund_period_ms": 86_400_000,
    }
    return Genesis(
        format=FORMAT,
        name="bench",
        suite="sha256",
        time_ms=START_MS,
        members=tuple(members),
        parameters=tuple(Setting(name, encode_value(name, value)) for name, value in sorted(values.items())),
        rp_ids=(),
        origins=(),
    )


def fill(checkpoint: Checkpoint, number: int, progress: Callable[[int, int], None] | None = None) -> list[Customer]:
    """Write genesis and ``number`` customers into an empty checkpoint, as height 0; returns the customers."""
    first = State()
    Machine(genesis(), first)
    founded = first.take_changes()
    beneath = MemoryCheckpoint()
    beneath.apply(0, founded)
    state = State(beneath)
    digest = StateDigest(state)
    customers: list[Customer] = []
    while len(customers) < number:
        for each in range(len(customers), min(len(customers) + _CHUNK, number)):
            customers.append(customer(each))
            _write_customer(state, customers[-1], BANKS[each % len(BANKS)])
        digest.update(state.close_block())
        if progress is not None:
            progress(len(customers), number)
    counters.add_entries(state, number)
    for place, bank in enumerate(BANKS):
        held = len(range(place, number, len(BANKS))) * FIRST_MONEY_MINOR
        supplies.add(state, bank, CURRENCY, issued_minor=held)
    digest.update(state.close_block())
    for family, records in state.take_changes().items():
        founded.setdefault(family, {}).update(records)
    checkpoint.apply(0, founded)
    return customers


def _write_customer(state: State, made: Customer, bank: str) -> None:
    record = accounts.Account(bank, accounts.AccountKind.CUSTOMER, accounts.PERSON, made.seed, 1, 0, 0)
    accounts.open_account(state, made.account, record)
    key = keys.Key("ed25519", made.account, Role.SESSION, (), LIMITS, _EXPIRY_MS, revoked=False)
    keys.bind(state, made.public_key, key)
    balances.write(state, balances.key(made.account, CURRENCY), FIRST_MONEY_MINOR)
