"""The operator caps banks, and payments race for the last of the headroom: of one bank, of two, at tills of two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY, WARD_BANK
from payport.simulator.workload import charge, ward_pays

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 5
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One race; or lift the cap that lasts."""
    race = world.random.choice((_of_one_bank, _of_two_banks, _at_tills_of_two_banks))
    return race(world)


def _of_one_bank(world: World) -> list[Attempt]:
    """Leave headroom for one payment, then make two to two other banks; or lift the cap."""
    if WARD_BANK in world.model.caps and world.random.random() < 0.5:  # noqa: PLR2004 - a cap lasts a while
        return [_lift(world, WARD_BANK)]
    amount = world.random.randint(1, 500)
    racing = world.random.sample(world.wards_of(WARD_BANK), 2)
    return [
        _cap(world, WARD_BANK, amount),
        *(ward_pays.payment(world, payer, world.person(), amount) for payer in racing),
    ]


def _of_two_banks(world: World) -> list[Attempt]:
    """Cap one bank with room for one payment and one with none; what either pays the other makes room for the other.

    Both pay elsewhere too, and who comes first decides. The caps are lifted after that.
    """
    first, second = (each.name for each in world.random.sample(world.all_banks(), 2))
    if not world.wards_of(first) or not world.wards_of(second):
        return []
    payer, payee = (world.random.choice(world.wards_of(each)) for each in (first, second))
    elsewhere = world.random.choice([each for each in world.persons if each.bank not in {first, second}])
    amount = world.random.randint(1, 500)
    attempts = [_cap(world, first, amount), _cap(world, second, 0)]
    payments = [(payer, payee), (payee, payer), (payer, elsewhere), (payee, elsewhere)]
    world.random.shuffle(payments)
    attempts += [ward_pays.payment(world, *each, amount) for each in payments]
    return [*attempts, _lift(world, first), _lift(world, second)]


def _at_tills_of_two_banks(world: World) -> list[Attempt]:
    """Leave headroom for one charge, then charge two of a bank's customers at merchants of two other banks."""
    bank = world.random.choice(world.all_banks()).name
    wards = world.wards_of(bank)
    tills = {each.bank: each for each in world.merchants if each.bank != bank}
    if len(wards) < 2:  # noqa: PLR2004 - two payers race
        return []
    amount = world.random.randint(1, 500)
    attempts = [_cap(world, bank, amount)]
    payers, banks = world.random.sample(wards, 2), world.random.sample(sorted(tills), 2)
    for payer, till in zip(payers, (tills[each] for each in banks), strict=True):
        authority = world.author.authority(payer, payer.owner, amount, world.now_ms)
        code = world.model.purchase(payer.account, payer.owner, till.account, amount, world.now_ms, static=False)
        attempts.append(charge.charge(world, till, payer, amount, authority, code))
    return [*attempts, _lift(world, bank)]


def _cap(world: World, bank: str, headroom_minor: int) -> Attempt:
    """Cap a bank so that it may come to owe so much more; more where others owe it that much already."""
    model = world.model
    model.caps[bank] = 0
    model.caps[bank] = max(0, headroom_minor - (model.headroom(bank) or 0))
    return _set(world, bank, model.caps[bank])


def _lift(world: World, bank: str) -> Attempt:
    del world.model.caps[bank]
    return _set(world, bank, None)


def _set(world: World, bank: str, cap_minor: int | None) -> Attempt:
    fields = {"institution": bank, "asset": CURRENCY, "cap_minor": cap_minor}
    return world.by_bank(world.author.body("set_net_debit_cap/1", world.operator.name, **fields), world.operator)
