"""The demo's people and places: an operator, four banks, merchants and cardholders, with keys drawn anew each time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from payport.bootstrap import HostedInstitution
from payport.institutions.sandbox.customers import NewCustomer
from payport.institutions.sandbox.seed import card_number, phone_number
from payport.ledger import genesis
from payport.ledger.protocol import PROTOCOL_VERSION
from payport.ledger.state import institutions, parameters
from payport.wallet.keys import SigningKey
from payport.wallet.own_account import OwnAccount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.institutions.card_numbers import CardNumber

OPERATOR: Final = "unity"
"""The scheme operator's id."""

BANKS: Final = {
    "bank-north": "Bank of the North",
    "bank-east": "Bank of the East",
    "bank-south": "Bank of the South",
    "bank-west": "Bank of the West",
}
"""Member banks by id."""

UTC_OFFSET_SECONDS: Final = 8 * 3_600
"""All of them count their days by China Standard Time."""


@dataclass(frozen=True, slots=True)
class Party:
    """An account with the key that owns it."""

    name: str
    """What people call it, in the characters a code may carry."""
    local_name: str
    """Its Chinese name."""
    bank: str
    """Institution of the account."""
    category: str
    """Merchant category, ``0000`` for a person."""
    money_minor: int
    """What a cardholder has at his bank at first, in fen; merchants have nothing."""
    account: bytes
    """Account id."""
    view_key: bytes
    """View key of the account."""
    key: SigningKey
    """Owner key."""
    card: CardNumber | None = None
    """Card of the sandbox, where it is a cardholder."""
    phone: str = ""
    """Phone the bank knows of a cardholder."""

    def own(self, chain_id: str) -> OwnAccount:
        """Return the account as its holder's wallet keeps it."""
        return OwnAccount(chain_id, self.account, self.view_key, self.key)


def _party(
    name: str, local_name: str, bank: str, category: str = "0000", money_minor: int = 0, count: int = 0
) -> Party:
    """Return a merchant, or a cardholder whose card is the ``count``-th of his bank."""
    made = Party(name, local_name, bank, category, money_minor, os.urandom(16), os.urandom(32), SigningKey.generate())
    if not count:
        return made
    return replace(made, card=card_number(bank, count), phone=phone_number(count))


@dataclass(frozen=True, slots=True)
class City:
    """Everyone in the demo."""

    genesis: genesis.Genesis
    """The network's document."""
    keys: dict[str, SigningKey]
    """Key of each institution."""
    parties: dict[str, Party]
    """Accounts by a short name; a cardholder's account is drawn by his bank when he binds his card."""

    @property
    def hosted(self) -> list[HostedInstitution]:
        """Every institution, with its key: the demo runs all their desks."""
        found = []
        for member in self.genesis.members:
            seed = self.keys[member.institution].reveal_seed()
            has_core = member.institution in BANKS
            found.append(HostedInstitution(member.institution, member.record.name, seed, has_core))
        return found

    @property
    def customers(self) -> dict[str, list[NewCustomer]]:
        """Cardholders by bank, as their banks know them."""
        found: dict[str, list[NewCustomer]] = {bank: [] for bank in BANKS}
        for party in self.parties.values():
            if party.card is not None:
                deposit = {"CNY": party.money_minor}
                found[party.bank].append(NewCustomer(party.local_name, party.phone, (party.card,), deposit))
        return found


def _member(institution: str, name: str, role: institutions.InstitutionRole, key: SigningKey) -> genesis.Member:
    record = institutions.Institution(
        name=name,
        role=role,
        keys=(institutions.InstitutionKey("ed25519", key.public_key),),
        threshold=1,
        utc_offset_seconds=UTC_OFFSET_SECONDS,
        fees_account=os.urandom(16),
        unclaimed_account=os.urandom(16),
        admitted_height=0,
    )
    return genesis.Member(institution, record, os.urandom(32))


def build_city(rp_ids: Sequence[str] = ("localhost",), origins: Sequence[str] = ("http://localhost",)) -> City:
    """Draw keys and account ids, and write the genesis document; passkeys sign on these sites."""
    keys = {institution: SigningKey.generate() for institution in (OPERATOR, *BANKS)}
    members = [_member(OPERATOR, "Unity Card Scheme", institutions.InstitutionRole.OPERATOR, keys[OPERATOR])]
    members += [_member(bank, name, institutions.InstitutionRole.BANK, keys[bank]) for bank, name in BANKS.items()]
    settings = {
        "authority/admit_institution": parameters.AuthorityPolicy("operator", 0),
        "currencies": ("CNY",),
        "fees/4111": parameters.FeeSchedule(0, 0, 0, 0, 0),
        "fees/default": parameters.FeeSchedule(3_800, 1, 2_600, 700_000, 100_000),
        "fees_account_floor_minor": -10_000_000,
        "operator": OPERATOR,
        "protocol_version": PROTOCOL_VERSION,
        "refund_period_ms": 180 * 86_400_000,
    }
    document = genesis.Genesis(
        format=genesis.FORMAT,
        name="demo",
        suite="sha256",
        time_ms=time.time_ns() // 1_000_000,
        members=tuple(sorted(members, key=lambda member: member.institution)),
        parameters=tuple(
            genesis.Setting(name, parameters.encode_value(name, value)) for name, value in sorted(settings.items())
        ),
        rp_ids=tuple(rp_ids),
        origins=tuple(origins),
    )
    parties = {
        "lin": _party("Lin Mei", "林梅", "bank-north", money_minor=200_000, count=1),
        "lin-savings": _party("Lin Mei", "林梅", "bank-south", money_minor=500_000, count=1),
        "chen": _party("Chen Bo", "陈博", "bank-east", money_minor=30_000, count=2),
        "market": _party("HARVEST SUPERMARKET", "丰收超市", "bank-west", "5411"),
        "canteen": _party("UNIVERSITY CANTEEN", "大学食堂", "bank-south", "5812"),
        "metro": _party("CITY METRO", "城市地铁", "bank-east", "4111"),
        "fuel": _party("RING ROAD FUEL", "环路加油站", "bank-west", "5541"),
        "bakery": _party("MORNING BAKERY", "清晨面包房", "bank-north", "5462"),
        "books": _party("OLD TOWN BOOKS", "老城书店", "bank-north", "5942"),
    }
    return City(document, keys, parties)
