"""The first customers: accounts, money and phones, through the same transactions as everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.accounts import PERSON
from payport.simulator import parties
from payport.simulator.workload import bind_key, issue, open_account, register_asset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

PERSONS: Final = 40
"""Cardholders at the start."""

MERCHANTS: Final = 12
"""Merchants at the start."""

WARDS: Final = 6
"""Customers of the bank that is suspended and capped for long."""

WARDS_OF_OTHERS: Final = 2
"""Customers of every other bank that are frozen, recovered and closed."""

FIRST_POINTS: Final = 20_000
"""Points a cardholder starts with."""

FIRST_MONEY_MINOR: Final = 500_000
"""What a cardholder starts with."""


def settle_in(world: World) -> Iterator[list[Attempt]]:
    """Yield block after block of attempts that open accounts, then fund them and bind their first session keys."""
    banks = parties.BANK_NAMES
    yield [open_account.opening(world, banks[each % len(banks)], PERSON) for each in range(PERSONS)]
    yield [
        open_account.opening(world, banks[each % len(banks)], parties.CATEGORIES[each // len(banks) % 4])
        for each in range(MERCHANTS)
    ]
    wards = [parties.WARD_BANK] * WARDS + [each for each in banks for _ in range(WARDS_OF_OTHERS)]
    yield [open_account.opening(world, each, PERSON, world.wards) for each in wards]
    yield [issue.to(world, person, FIRST_MONEY_MINOR) for person in [*world.persons, *world.wards]]
    yield [register_asset.registration(world, parties.POINTS)]
    yield [issue.points(world, person, FIRST_POINTS) for person in world.persons]
    yield [bind_key.first_session_key(world, person) for person in world.persons]
