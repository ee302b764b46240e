"""Who takes part: operator, banks, cardholders and merchants, with keys drawn from the seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from payport import _native
from payport.ledger.genesis import FORMAT, Genesis, Member, Setting
from payport.ledger.state import validators
from payport.ledger.state.institutions import Institution, InstitutionKey, InstitutionRole
from payport.ledger.state.keys import Limits
from payport.ledger.state.parameters import AuthorityPolicy, FeeSchedule, encode_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from payport.ledger.state.parameters import Validator

START_MS: Final = 1_790_000_000_000
"""Block time of genesis."""

DAY_MS: Final = 86_400_000
"""A day."""

CURRENCY: Final = "CNY"
"""Currency of nearly all traffic."""

OPERATOR: Final = "operator"
"""Id of the scheme operator."""

BANK_NAMES: Final = ("bank-east", "bank-north", "bank-south", "bank-west")
"""Ids of the four founding banks."""

UTC_OFFSET_SECONDS: Final = 28_800
"""By which every bank counts its days."""

FEES_FLOOR_MINOR: Final = -1_000_000
"""How far a fee account may be overdrawn by refunds."""

REFUND_PERIOD_MS: Final = 2 * DAY_MS
"""Short, so that sales become too old to be refunded while the simulation runs."""

RECOVERY_DELAY_MS: Final = 60_000
"""Short, so that recoveries are finished while the simulation runs."""

LIMIT_RAISE_DELAY_MS: Final = 120_000
"""Short, so that raised limits come into force while the simulation runs."""

EMERGENCY_MS: Final = 60_000
"""How long an emergency suspension lasts; short likewise."""

WARD_BANK: Final = "bank-ward"
"""A bank of its own for what would stop the others' traffic: it is suspended and capped for long. The others are for
no more than a block. Two of its three keys must sign."""

POINTS: Final = "bank-east:POINTS"
"""Points one of the banks issues and cardholders trade."""

SCHEDULES: Final = {
    "default": FeeSchedule(6_000, 1, 10_000, 300_000, 100_000),
    "4111": FeeSchedule(0, 0, 0, 0, 0),
    "5812": FeeSchedule(12_500, 5, 700, 333_333, 200_000),
}
"""Fee schedules: usual, transit for nothing, and a restaurant with awkward shares."""

CATEGORIES: Final = ("5411", "5812", "4111", "5942")
"""Categories of the merchants."""

SESSION_LIMITS: Final = Limits(CURRENCY, 50_000, 90_000, 40_000)
"""Limits of a phone's everyday key."""


class Key(NamedTuple):
    """A signing key and the limits it was bound with."""

    seed: bytes
    """Signing seed."""
    public_key: bytes
    """Public key."""
    limits: Limits | None = None
    """Limits, for a session key."""


@dataclass
class Holder:
    """A cardholder or merchant."""

    account: bytes
    """Account id."""
    bank: str
    """Its institution."""
    category: str
    """Merchant category, ``0000`` for a person."""
    owner: Key
    """Owner key."""
    session: Key | None = None
    """Session key, once bound."""
    spare: list[Key] = field(default_factory=list)
    """Further live session keys, which may be revoked."""


@dataclass
class Bank:
    """A member institution."""

    name: str
    """Its id."""
    key: Key
    """Its only key, or the first of several."""
    fees_account: bytes
    """Account of its fee income."""
    further: list[Key] = field(default_factory=list)
    """Its other keys."""
    threshold: int = 1
    """How many of its keys must sign."""
    unclaimed_account: bytes = b""
    """Account of money without an owner; drawn with genesis."""

    @property
    def signers(self) -> list[Key]:
        """As many of its keys as must sign."""
        return [self.key, *self.further][: self.threshold]


def draw_key(random: Random, limits: Limits | None = None) -> Key:
    """Draw a key."""
    seed = random.randbytes(32)
    return Key(seed, _native.public_key_ed25519(seed), limits)


def draw_bank(random: Random, name: str) -> Bank:
    """Draw an institution's key and accounts."""
    return Bank(name, draw_key(random), random.randbytes(16))


def draw_genesis(random: Random, institutions: list[Bank], voting: Mapping[str, Validator] | None = None) -> Genesis:
    """Return the genesis document of a network of these institutions; the first is the operator.

    ``voting`` names the validators, by institution, where blocks are ordered by several.
    """
    members = []
    for institution in institutions:
        institution.unclaimed_account = random.randbytes(16)
        known = [institution.key, *institution.further]
        record = Institution(
            name=institution.name,
            role=InstitutionRole.OPERATOR if institution.name == OPERATOR else InstitutionRole.BANK,
            keys=tuple(InstitutionKey("ed25519", each) for each in sorted(key.public_key for key in known)),
            threshold=institution.threshold,
            utc_offset_seconds=UTC_OFFSET_SECONDS,
            fees_account=institution.fees_account,
            unclaimed_account=institution.unclaimed_account,
            admitted_height=0,
        )
        members.append(Member(institution.name, record, random.randbytes(32)))
    values = {
        "authority/admit_institution": AuthorityPolicy("operator", 0),
        "authority/issue": AuthorityPolicy("sender", 1),
        "authority/reinstate": AuthorityPolicy("vote", 3),
        "currencies": (CURRENCY, "HKD"),
        "fees_account_floor_minor": FEES_FLOOR_MINOR,
        "operator": OPERATOR,
        "refund_period_ms": REFUND_PERIOD_MS,
        "recovery_delay_ms": RECOVERY_DELAY_MS,
        "limit_raise_delay_ms": LIMIT_RAISE_DELAY_MS,
        "emergency_suspension_ms": EMERGENCY_MS,
        **{f"fees/{name}": schedule for name, schedule in SCHEDULES.items()},
        **{validators.PREFIX + name: validator for name, validator in (voting or {}).items()},
    }
    return Genesis(
        format=FORMAT,
        name="simulated",
        suite="sha256",
        time_ms=START_MS,
        members=tuple(sorted(members, key=_member_name)),
        parameters=tuple(Setting(name, encode_value(name, value)) for name, value in sorted(values.items())),
        rp_ids=(),
        origins=(),
    )


def _member_name(member: Member) -> str:
    return member.institution
