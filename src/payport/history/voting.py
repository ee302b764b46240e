"""Validators, followed by what the ledger decided: who keeps an index never needs a newer trust file than the first.

A consortium's validators are parameters of its ledger. Every change of one is a transaction with a proven outcome, in
force from a block that it names, so those who vouch for one block also vouch for who may vouch for the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy

from payport.history.tables import VALIDATOR_CHANGES, VALIDATOR_SETS
from payport.history.verified import read_named
from payport.ledger.block import COMMITTED
from payport.ledger.state.parameters import Validator
from payport.ledger.state.validators import PREFIX
from payport.ledger.transactions.institutions.set_parameter import SetParameter
from payport.proof import leaves
from payport.proof.finality import cometbft
from payport.proof.light_block import decode_light_block
from payport.proof.trust import TrustedValidator, ValidatorSet
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Select

    from payport.history.verified import VerifiedBlock
    from payport.proof.trust import Trust

Row = dict[str, Any]

KIND: Final = "set_parameter/1"
"""Kind of the transactions that change validators."""


class Change(NamedTuple):
    """A decided change of one institution's validator."""

    institution: str
    from_block: int
    validator: Validator


class Noted(NamedTuple):
    """Rows that a block adds."""

    changes: list[Row]
    sets: list[Row]


class Voting:
    """Who votes on blocks, as far as the ledger was followed."""

    def __init__(self, trust: Trust, changes: Sequence[Change] = (), sets: Sequence[ValidatorSet] = ()) -> None:
        """Begin with the founders that ``trust`` names, or go on with what was noted."""
        self._changes = list(changes)
        self._founders = trust.validators[:1]
        # What the ledger said counts; a trust file that was brought forward names later sets by the same heights.
        self.trust = trust._replace(validators=(*self._founders, *sets)) if sets else trust
        """What the next block is verified against."""

    def follow(self, block: VerifiedBlock) -> Noted:
        """Take in a verified block, and return what is to be kept of it."""
        if not self._founders or block.stored.finality_tag != cometbft.TAG:
            return Noted([], [])
        decided = list(_decided(block))
        self._changes += decided
        height = block.stored.height
        sets: list[Row] = []
        if any(each.from_block == height + 1 for each in self._changes):
            # Its proof is the header after it; the next one is signed by whom the ledger named for the next block.
            from_height = decode_light_block(block.stored.finality_payload).header.height + 1
            members = self._in_force(height + 1)
            earlier = tuple(each for each in self.trust.validators if each.from_height < from_height)
            self.trust = self.trust._replace(validators=(*earlier, ValidatorSet(from_height, members)))
            sets.append({"from_height": from_height, "members": codec.encode(tuple(map(tuple, members)))})
        changes = [
            {
                "institution": each.institution,
                "from_block": each.from_block,
                "value": codec.encode(each.validator),
                "block": height,
            }
            for each in decided
        ]
        return Noted(changes, sets)

    def _in_force(self, block: int) -> tuple[TrustedValidator, ...]:
        found = {each.institution: each for each in self._founders[0].members}
        for change in sorted(self._changes, key=lambda each: each.from_block):
            if change.from_block <= block:
                validator = change.validator
                found[change.institution] = TrustedValidator(change.institution, validator.engine_key, validator.power)
        return tuple(each for _, each in sorted(found.items()) if each.power)


def read_voting(connection: Connection, trust: Trust) -> Voting:
    """Return who votes, as the index has it."""
    changes = [
        Change(row.institution, row.from_block, codec.decode(row.value, Validator))
        for row in connection.execute(sqlalchemy.select(VALIDATOR_CHANGES).order_by(VALIDATOR_CHANGES.c.block))
    ]
    return Voting(trust, changes, [read_set(row) for row in connection.execute(sets_query())])


def sets_query() -> Select[Any]:
    """Return the query for validator sets, by rising height."""
    return sqlalchemy.select(VALIDATOR_SETS).order_by(VALIDATOR_SETS.c.from_height)


def read_set(row: Any) -> ValidatorSet:  # noqa: ANN401 - a row, whose columns the type checker does not know
    """Return a row's set."""
    members = codec.decode(row.members, tuple[tuple[str, bytes, int], ...])
    return ValidatorSet(row.from_height, tuple(TrustedValidator(*each) for each in members))


def _decided(block: VerifiedBlock) -> Iterator[Change]:
    """Yield the changes of validators that a block commits."""
    if not any(KIND.encode() in envelope for item in block.stored.block.items for envelope in item):
        return
    named = dict(read_named(block.stored))
    for encoded in block.stored.leaves:
        try:
            leaf = leaves.decode_outcome(encoded)
        except Refusal:  # a leaf of another kind
            continue
        envelope = named.get((leaf.transaction_id, leaf.signatures_hash))
        if leaf.outcome != COMMITTED or envelope is None or codec.decode(envelope.body, list[object])[1] != KIND:
            continue
        transaction = codec.decode(envelope.body, SetParameter)
        if transaction.name.startswith(PREFIX):
            validator = codec.decode(transaction.value, Validator)
            yield Change(transaction.name.removeprefix(PREFIX), transaction.from_height, validator)
