"""Banks open accounts for cardholders and merchants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state.accounts import PERSON
from payport.simulator import parties
from payport.simulator.parties import Holder

if TYPE_CHECKING:
    from payport.ledger.block import Outcome
    from payport.simulator.attempt import Attempt
    from payport.simulator.world import World

WEIGHT: Final = 1
"""How often it is drawn, relative to the others."""


def opening(world: World, bank: str, category: str, joins: list[Holder] | None = None) -> Attempt:
    """Open an account; its holder joins a list, or those who pay and are paid, once that is acknowledged."""
    holder = Holder(world.random.randbytes(16), bank, category, parties.draw_key(world.random))
    world.model.bank_of[holder.account] = bank
    world.model.category_of[holder.account] = category

    def join(_: tuple[Outcome, ...]) -> None:
        usual = world.persons if category == PERSON else world.merchants
        (usual if joins is None else joins).append(holder)

    body = world.author.body(
        "open_account/1",
        bank,
        account=holder.account,
        category=category,
        view_key=world.random.randbytes(32),
        owner=world.author.new_key(holder.account, holder.owner),
    )
    attempt = world.by_bank(body, world.bank(bank))
    return attempt._replace(then=join)


def draw(world: World) -> list[Attempt]:
    """Bring a new customer, or somebody who wants an account or a key that is taken."""
    bank = world.random.choice(world.banks)
    manner = world.random.choice(("new", "account taken", "key taken"))
    if manner == "new":
        return [opening(world, bank.name, world.random.choice((PERSON, PERSON, *parties.CATEGORIES)))]
    taken, key = world.person(), parties.draw_key(world.random)
    account = taken.account if manner == "account taken" else world.random.randbytes(16)
    owner = taken.owner if manner == "key taken" else key
    body = world.author.body(
        "open_account/1",
        bank.name,
        account=account,
        category=PERSON,
        view_key=bytes(32),
        owner=world.author.new_key(account, owner),
    )
    code = "account_exists" if manner == "account taken" else "key_already_bound"
    return [world.single(body, bank.key, code)]
