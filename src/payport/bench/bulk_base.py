"""Fills a checkpoint with accounts, keys and money, without a signed transaction for each.

The records, supplies, counters and state digest are those the ledger itself would have; only the blocks that led there
are missing. For measurements, never for a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport import _native
from payport.ledger.block import COMMITTED
from payport.ledger.digest import META, StateDigest
from payport.ledger.genesis import FORMAT, Genesis, Member, Setting
from payport.ledger.machine import Machine
from payport.ledger.state import accounts, balances, counters, ids, keys, supplies
from payport.ledger.state.institutions import Institution, InstitutionKey, InstitutionRole
from payport.ledger.state.parameters import FeeSchedule, Validator, encode_value
from payport.ledger.state.state import State
from payport.ledger.state.validators import PREFIX
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.transaction import Role
from payport.values.limits import MAX_VALIDITY_SHORT_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

MERCHANT_CATEGORY: Final = "5411"
"""Category of the merchants."""

_MERCHANT_EVERY: Final = 40
_CHUNK: Final = 20_000
_PART: Final = 1_000_000
_EXPIRY_MS: Final = START_MS + 365 * 86_400_000


class Customer(NamedTuple):
    """An account with one of its keys."""

    account: bytes
    """Account id."""
    seed: bytes
    """Signing seed of the key."""
    public_key: bytes
    """Its public key."""


def customer_account(number: int) -> bytes:
    """Return the account id of customer ``number``."""
    return b"customer" + number.to_bytes(8, "big")


def customer(number: int) -> Customer:
    """Return customer ``number`` with its session key."""
    seed = number.to_bytes(8, "big") * 4
    return Customer(customer_account(number), seed, _native.public_key_ed25519(seed))


def owner(number: int) -> Customer:
    """Return customer ``number`` with its owner key."""
    seed = (2**63 + number).to_bytes(8, "big") * 4
    return Customer(customer_account(number), seed, _native.public_key_ed25519(seed))


def bank_of(number: int) -> str:
    """Return the bank of customer ``number``."""
    return BANKS[number % len(BANKS)]


def merchant_near(number: int) -> int:
    """Return a merchant of the same bank as customer ``number``: one in ten of each bank is a merchant."""
    return number - number % _MERCHANT_EVERY + number % len(BANKS)


def institution_seed(name: str) -> bytes:
    """Return the signing seed of an institution's only key."""
    return bytes([200 + (*BANKS, "operator").index(name)]) * 32


def genesis(voting: Mapping[str, Validator] | None = None) -> Genesis:
    """Return a network of an operator and four banks; where some of them vote on blocks, with what they do so."""
    members = []
    for place, name in enumerate((*BANKS, "operator")):
        record = Institution(
            name=name,
            role=InstitutionRole.OPERATOR if name == "operator" else InstitutionRole.BANK,
            keys=(InstitutionKey("ed25519", _native.public_key_ed25519(institution_seed(name))),),
            threshold=1,
            utc_offset_seconds=28_800,
            fees_account=bytes([1, place] * 8),
            unclaimed_account=bytes([2, place] * 8),
            admitted_height=0,
        )
        members.append(Member(name, record, bytes([place]) * 32))
    values: dict[str, object] = {
        "currencies": (CURRENCY,),
        "fees/default": FeeSchedule(6_000, 1, 10_000, 300_000, 100_000),
        "fees_account_floor_minor": -1_000_000,
        "operator": "operator",
        "refund_period_ms": 86_400_000,
        **{f"{PREFIX}{institution}": each for institution, each in (voting or {}).items()},
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


class _Filling:
    """A state that is written to the checkpoint part by part, so that it never has to fit into memory."""

    def __init__(self, checkpoint: Checkpoint, network: Genesis) -> None:
        """Begin with genesis."""
        first = State()
        Machine(network, first)
        founded = first.take_changes()
        self._checkpoint = checkpoint
        self._beneath = MemoryCheckpoint()
        self._beneath.apply(0, founded)
        self._checkpoint.load(founded)
        self._open()

    def _open(self) -> None:
        self.state = State(self._beneath)
        self._digest = StateDigest(self.state)
        self._records = 0

    def take_in(self, records: int) -> None:
        """Take what was written into the digest, and from time to time to the checkpoint."""
        self._digest.update(self.state.close_block())
        self._records += records
        if self._records >= _PART:
            self.flush()

    def flush(self) -> None:
        """Write everything to the checkpoint, and go on with nothing but the digest in memory."""
        changes = self.state.take_changes()
        self._checkpoint.load(changes)
        self._beneath.apply(self._beneath.height + 1, {META: changes.get(META, {})})
        self._open()


def fill(
    checkpoint: Checkpoint,
    number: int,
    remembered: int = 0,
    progress: Callable[[int, int], None] | None = None,
    network: Genesis | None = None,
) -> None:
    """Write genesis, ``number`` customers and ``remembered`` ids into an empty checkpoint, as height 0."""
    filling = _Filling(checkpoint, network or genesis())
    for start in range(0, number, _CHUNK):
        chunk = range(start, min(start + _CHUNK, number))
        for each in chunk:
            _write_customer(filling.state, each)
        filling.take_in(len(chunk))
        if progress is not None:
            progress(chunk.stop, number)
    for start in range(0, remembered, _CHUNK):
        chunk = range(start, min(start + _CHUNK, remembered))
        for each in chunk:
            # As many expire in every minute of the time ids of routine payments are kept.
            expiry_ms = START_MS + MAX_VALIDITY_SHORT_MS * each // remembered
            place = ids.place(each.to_bytes(8, "big") * 4, expiry_ms)
            ids.remember(filling.state, place, ids.Remembered(0, each % _CHUNK, COMMITTED))
        filling.take_in(len(chunk))
    counters.add_entries(filling.state, number)
    for place_of_bank, bank in enumerate(BANKS):
        held = len(range(place_of_bank, number, len(BANKS))) * FIRST_MONEY_MINOR
        supplies.add(filling.state, bank, CURRENCY, issued_minor=held)
    filling.take_in(0)
    filling.flush()
    checkpoint.apply(0, {})


def _write_customer(state: State, number: int) -> None:
    session, owning = customer(number), owner(number)
    record = accounts.Account(
        institution=bank_of(number),
        kind=accounts.AccountKind.CUSTOMER,
        category=MERCHANT_CATEGORY if merchant_near(number) == number else accounts.PERSON,
        view_key=session.seed,
        live_keys=2,
        live_owner_keys=1,
        opened_height=0,
        holdings=1,
    )
    accounts.open_account(state, session.account, record)
    limited = keys.Key("ed25519", session.account, Role.SESSION, (), LIMITS, _EXPIRY_MS, revoked=False)
    keys.bind(state, session.public_key, limited)
    unlimited = keys.Key("ed25519", session.account, Role.OWNER, (), None, None, revoked=False)
    keys.bind(state, owning.public_key, unlimited)
    balances.write(state, balances.key(session.account, CURRENCY), FIRST_MONEY_MINOR)
