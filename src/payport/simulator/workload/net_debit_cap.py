"""The operator caps banks, and payments race for the last of the headroom: of one bank, of two, at tills of two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.simulator.parties import CURRENCY, WARD_BANK
from payport.simulator.workload import charge, issue, ward_pays

if TYPE_CHECKING:
    from payport.simulator.attempt import Attempt
    from payport.simulator.parties import Holder
    from payport.simulator.world import World

WEIGHT: Final = 5
"""How often it is drawn, relative to the others."""


def draw(world: World) -> list[Attempt]:
    """One race; or lift the cap that lasts."""
    # A cap keeps a bank from paying where it owes the others.
    debtors = [each.name for each in world.all_banks() if world.model.exposure(each.name) >= 0]
    manner = world.random.choice(("one bank", "two banks", "tills"))
    if manner == "one bank" or not debtors:
        return _of_one_bank(world)
    bank = world.random.choice(debtors)
    return _of_two_banks(world, bank) if manner == "two banks" else _at_tills_of_two_banks(world, bank)


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


def _of_two_banks(world: World, first: str) -> list[Attempt]:
    """Cap one bank with room for one payment and one with none; what either pays the other makes room for the other.

    Both pay elsewhere too, and who comes first decides. The caps are lifted after that.
    """
    second = world.random.choice([each.name for each in world.all_banks() if each.name != first])
    if not _free(world, first) or not _free(world, second):
        return []
    payer, payee = (world.random.choice(_free(world, each)) for each in (first, second))
    elsewhere = world.random.choice([each for each in world.persons if each.bank not in {first, second}])
    amount = world.random.randint(1, 500)
    attempts = [issue.to(world, each, 2 * amount) for each in (payer, payee)]
    attempts += [_cap(world, first, amount), _cap(world, second, 0)]
    payments = [(payer, payee), (payee, payer), (payer, elsewhere), (payee, elsewhere)]
    world.random.shuffle(payments)
    attempts += [ward_pays.payment(world, *each, amount) for each in payments]
    return [*attempts, _lift(world, first), _lift(world, second)]


def _at_tills_of_two_banks(world: World, bank: str) -> list[Attempt]:
    """Leave headroom for one charge, then charge a bank's customers at merchants of two other banks."""
    payers = _free(world, bank)
    tills = {each.bank: each for each in world.merchants if each.bank != bank}
    if not payers:
        return []
    amount = world.random.randint(1, 500)
    first, second = world.random.choices(payers, k=2)
    attempts = [*(issue.to(world, each, amount) for each in (first, second)), _cap(world, bank, amount)]
    for payer, name in zip((first, second), world.random.sample(sorted(tills), 2), strict=True):
        till = tills[name]
        authority = world.author.authority(payer, payer.owner, amount, world.now_ms)
        code = world.model.purchase(payer.account, payer.owner, till.account, amount, world.now_ms, static=False)
        attempts.append(charge.charge(world, till, payer, amount, authority, code))
    return [*attempts, _lift(world, bank)]


def _free(world: World, bank: str) -> list[Holder]:
    """Return the wards of a bank that nothing keeps from paying but the cap."""
    model = world.model
    if world.now_ms < model.suspended_until[bank]:
        return []
    return [
        each
        for each in world.wards_of(bank)
        if not model.freezes[each.account] and each.account not in model.recovering
    ]


def _cap(world: World, bank: str, headroom_minor: int) -> Attempt:
    """Cap a bank so that it may come to owe so much more; more where others owe it that much already."""
    cap_minor = world.model.caps[bank] = max(0, headroom_minor + world.model.exposure(bank))
    return _set(world, bank, cap_minor)


def _lift(world: World, bank: str) -> Attempt:
    del world.model.caps[bank]
    return _set(world, bank, None)


def _set(world: World, bank: str, cap_minor: int | None) -> Attempt:
    fields = {"institution": bank, "asset": CURRENCY, "cap_minor": cap_minor}
    return world.by_bank(world.author.body("set_net_debit_cap/1", world.operator.name, **fields), world.operator)
