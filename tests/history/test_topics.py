"""Every verb that moves or reserves money between accounts has a topic."""

from __future__ import annotations

from payport.history.tables import TRANSACTIONS
from payport.history.topics import EXPIRIES, TOPICS, Topic, topic_of
from payport.ledger.registry import verbs
from payport.ledger.state import dues
from payport.ledger.state.holds import FAMILY as HOLDS
from payport.ledger.state.offers import FAMILY as OFFERS
from payport.ledger.transaction import AccountTransaction, Power


def test_verbs_that_move_or_reserve_have_a_topic() -> None:
    moving = {
        kind
        for kind, verb in verbs().items()
        if issubclass(verb.record, AccountTransaction) and verb.powers & {Power.MOVE, Power.RESERVE}
    }
    assert {kind for kind in moving if topic_of(kind) is Topic.OTHER} == set()
    assert set(TOPICS) == moving | set(EXPIRIES.values())


def test_every_family_whose_expiry_is_told_has_a_kind() -> None:
    told = {name for name, expire in dues.expirers().items() if "None" not in expire.__annotations__["return"]}
    assert set(EXPIRIES) == told == {HOLDS.name, OFFERS.name}
    assert max(map(len, EXPIRIES.values())) <= TRANSACTIONS.c.kind.type.length  # type: ignore[operator]
