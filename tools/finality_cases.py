"""Proofs ``cometbft/1`` by what is right or wrong with them: recorded ones, and others that known keys signed."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from payport.proof import messagepack
from payport.proof.finality.cometbft import brought_forward
from payport.proof.light_block import (
    MAX_TIME_NS,
    BlockId,
    Commit,
    Header,
    LightBlock,
    Validator,
    Vote,
    decode_light_block,
    encode_light_block,
)
from payport.proof.trust import Trust, ValidatorSet
from payport.values.signatures.ed25519 import PUBLIC_KEY_BYTES
from tests.proof.validators import FOUR, TRUST, VOTE_TIME_NS, header, key, recorded, signed, trusted

STRANGERS: Final = dict.fromkeys(range(4, 8), 1)
"""Powers of four validators whom the recorded network does not have."""

THREE: Final = dict.fromkeys(range(3), 1)
"""Powers of its first three members."""

CHANGED_FROM: Final = 9
"""Height from which the changed sets of the trust files count."""

HEIGHT: Final = 8
"""Height of the blocks signed here, unless they tell another."""

MAX_SAFE: Final = 2**53 - 1
"""Largest integer that every language holds exactly."""

GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""Order of Ed25519's group (RFC 8032)."""


def _trusting(*sets: ValidatorSet) -> Trust:
    return TRUST._replace(validators=sets)


TRUSTS: Final = {
    "founders": TRUST,
    "brought forward": brought_forward(TRUST, recorded("other powers").payload),
    "replaced": _trusting(trusted(1, FOUR), trusted(CHANGED_FROM, STRANGERS)),
    "one added": _trusting(trusted(1, FOUR), trusted(CHANGED_FROM, FOUR | {4: 1})),
    "from a later height": _trusting(trusted(100, FOUR)),
    "strangers": _trusting(trusted(1, STRANGERS)),
    "one weighs more": _trusting(trusted(1, FOUR | {3: 3})),
    "three": _trusting(trusted(1, THREE)),
    "one": _trusting(trusted(1, {0: 1})),
    "largest powers": _trusting(trusted(1, dict.fromkeys(FOUR, MAX_SAFE))),
    "no validators": TRUST._replace(validators=(), embedded_keys=(key(0),)),
    "went on from a pilot": TRUST._replace(embedded_keys=(key(0),), embedded_until=26),
}
"""Trust files by name."""


class Case(NamedTuple):
    """A proof, the trust file it is checked against, and the recorded block whose commitment it should prove."""

    payload: bytes
    trust: str = "founders"
    proves: str = "everybody"


class Block(NamedTuple):
    """A block over the commitment of ``everybody`` that is to be signed."""

    votes: str = ""
    powers: dict[int, int] = FOUR
    height: int = HEIGHT
    commit_round: int = 0
    vote_time_ns: int = VOTE_TIME_NS

    def signed(self, **header_fields: object) -> LightBlock:
        """Return it signed; ``header_fields`` are put in place of recorded ones."""
        unsigned = header(recorded("everybody").commitment, self.height)._replace(**header_fields)
        return signed(unsigned, self.powers, self.votes, commit_round=self.commit_round, vote_time_ns=self.vote_time_ns)

    def payload(self, **header_fields: object) -> bytes:
        """Return it as a proof."""
        return encode_light_block(self.signed(**header_fields))


def without_vote(payload: bytes, place: int) -> bytes:
    """Return a proof with one vote taken out."""
    block = decode_light_block(payload)
    votes = block.commit.votes
    return encode_light_block(
        block._replace(commit=block.commit._replace(votes=(*votes[:place], None, *votes[place + 1 :])))
    )


def accepted() -> dict[str, Case]:
    """Return proofs that hold."""
    recorded_ones = {name: recorded(name).payload for name in ("everybody", "one away", "other powers")}
    largest = {"block_version": MAX_SAFE, "app_version": MAX_SAFE, "time_ns": MAX_TIME_NS}
    least = {"block_version": 0, "time_ns": 0, "last_block_id": BlockId(b"", 0, b""), "last_commit_hash": b""}
    return {
        "recorded: everybody": Case(recorded_ones["everybody"]),
        "recorded: one away": Case(recorded_ones["one away"], proves="one away"),
        "recorded: other powers": Case(recorded_ones["other powers"], "brought forward", "other powers"),
        "recorded: everybody, a vote taken out": Case(without_vote(recorded_ones["everybody"], 2)),
        "historical: who weighs most today was away": Case(recorded_ones["one away"], "brought forward", "one away"),
        "historical: everybody was replaced": Case(Block().payload(), "replaced"),
        "the last height before they are replaced": Case(Block(height=CHANGED_FROM - 1).payload(), "replaced"),
        "the first height of those who replaced them": Case(Block("", STRANGERS, CHANGED_FROM).payload(), "replaced"),
        "four of five after one was added": Case(Block(height=CHANGED_FROM).payload(), "one added"),
        "one voted for no block": Case(Block("++-+").payload()),
        "one validator alone": Case(Block(powers={0: 1}).payload(), "one"),
        "fields at their largest": Case(
            Block(height=MAX_SAFE, commit_round=2**31 - 1, vote_time_ns=MAX_TIME_NS).payload(**largest)
        ),
        "fields at their least": Case(Block(height=1, vote_time_ns=0).payload(**least)),
        "the largest powers": Case(Block("+++.", dict.fromkeys(FOUR, MAX_SAFE)).payload(), "largest powers"),
        "whole seconds": Case(Block(vote_time_ns=10**18).payload(time_ns=10**18)),
    }


def refused() -> dict[str, Case]:
    """Return proofs that do not hold."""
    return {**_malformed(), **_invalid(), **_too_few(), **_unknown()}


def _malformed() -> dict[str, Case]:
    """Return proofs that are not what their format asks for."""
    block = Block(powers={0: 1, 1: 1}).signed()
    whole = encode_light_block(block)
    written = {**_strange_headers(block.header), **_strange_commits(block.commit), **_strange_validators(block)}
    return {
        "a byte too many": Case(whole + b"\x00"),
        "a byte too few": Case(whole[:-1]),
        "nothing": Case(b""),
        **{name: Case(messagepack.encode({**block._asdict(), **parts}.values())) for name, parts in written.items()},
    }


def _strange_headers(found: Header) -> dict[str, dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = {
        "a chain id that is not printable": {"chain_id": "a\nb"},
        "a height beyond 2^53-1": {"height": 2**53},
        "a negative time": {"time_ns": -1},
        "a time beyond 2^63-1": {"time_ns": MAX_TIME_NS + 1},
        "no hash of the validators": {"validators_hash": b""},
        "no application hash": {"app_hash": b""},
        "a hash of 31 bytes": {"data_hash": bytes(31)},
        "a last block id of two elements": {"last_block_id": found.last_block_id[:2]},
        "a proposer of 19 bytes": {"proposer_address": bytes(19)},
    }
    headers = {name: {"header": found._replace(**fields)} for name, fields in changed.items()}
    return {"a header field too few": {"header": found[:-1]}, **headers}


def _strange_commits(found: Commit) -> dict[str, dict[str, Any]]:
    first, *rest = found.votes
    assert first is not None, "everybody voted"
    changed: dict[str, dict[str, Any]] = {
        "a vote too few": {"votes": tuple(rest)},
        "a vote too many": {"votes": (*found.votes, None)},
        "a negative round": {"round": -1},
        "a round beyond 2^31-1": {"round": 2**31},
        "parts beyond 2^32-1": {"part_count": 2**32},
        "no hash of the parts": {"parts_hash": b""},
        "a vote of 1 instead of true": {"votes": ((1, *first[1:]), *rest)},
        "a vote's time beyond 2^63-1": {"votes": (first._replace(time_ns=MAX_TIME_NS + 1), *rest)},
        "a signature of 63 bytes": {"votes": (first._replace(signature=bytes(63)), *rest)},
    }
    return {name: {"commit": found._replace(**fields)} for name, fields in changed.items()}


def _strange_validators(block: LightBlock) -> dict[str, dict[str, Any]]:
    first, second = block.validators
    changed: dict[str, tuple[Validator, ...]] = {
        "a validator twice": (first, first),
        "a validator without power": (first._replace(power=0), second),
        "a power beyond 2^53-1": (first._replace(power=2**53), second),
        "a key of 31 bytes": (first._replace(public_key=bytes(PUBLIC_KEY_BYTES - 1)), second),
    }
    nobody = {"validators": (), "commit": block.commit._replace(votes=())}
    return {"no validators": nobody, **{name: {"validators": each} for name, each in changed.items()}}


def _invalid() -> dict[str, Case]:
    """Return proofs of other networks, and those in which something is not as it was signed."""
    block = Block("++.-").signed()
    head, commit, validators = block
    heavier = (validators[0]._replace(power=2), *validators[1:])
    turned = block._replace(validators=validators[::-1], commit=commit._replace(votes=commit.votes[::-1]))
    changed = {
        "validators the header does not name": block._replace(validators=heavier),
        "validators in another order": turned,
        "another time of the header": block._replace(header=head._replace(time_ns=1)),
        "another proposer": block._replace(header=head._replace(proposer_address=bytes(20))),
        **{name: block._replace(commit=each) for name, each in _other_commits(commit).items()},
    }
    return {
        "another network": Case(Block().payload(chain_id="other-0011223344556677")),
        "another commitment": Case(Block().payload(), proves="one away"),
        **{name: Case(encode_light_block(each)) for name, each in changed.items()},
    }


def _other_commits(found: Commit) -> dict[str, Commit]:
    first, second, none, against = found.votes
    assert first is not None, "the first voted for the block"
    assert second is not None, "so did the second"
    assert against is not None, "the last voted for none"
    signature = first.signature

    def voted(*votes: Vote | None) -> Commit:
        return found._replace(votes=votes)

    high = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    return {
        "another round": found._replace(round=1),
        "other parts": found._replace(part_count=2),
        "a changed signature": voted(
            first._replace(signature=signature[:-1] + bytes([signature[-1] ^ 1])), second, none, against
        ),
        "a signature whose S is not below the order": voted(
            first._replace(signature=signature[:32] + high.to_bytes(32, "little")), second, none, against
        ),
        "another time of a vote": voted(first._replace(time_ns=first.time_ns + 1), second, none, against),
        "a vote for the block shown as one for none": voted(first._replace(for_block=False), second, none, against),
        "a vote for none shown as one for the block": voted(first, second, none, against._replace(for_block=True)),
        "two votes exchanged": voted(second, first, none, against),
    }


def _too_few() -> dict[str, Case]:
    """Return proofs for which too little power voted. Of four of equal power, the last is bank-3."""
    return {
        "two of four": Case(Block("++..").payload()),
        "two of four, and two for no block": Case(Block("++--").payload()),
        "nobody": Case(Block("....").payload()),
        "two thirds exactly": Case(Block("++.", THREE).payload(), "three"),
        "most members, but not the one who weighs half": Case(
            Block(".+++", FOUR | {3: 3}).payload(), "one weighs more"
        ),
        "enough by the header, not by the trust file": Case(Block("+++.").payload(), "one weighs more"),
        "enough by the trust file, not by the header": Case(Block(".+++", FOUR | {3: 5}).payload()),
        "three of five after one was added": Case(Block("", THREE, CHANGED_FROM).payload(), "one added"),
    }


def _unknown() -> dict[str, Case]:
    """Return proofs by validators whom the trust file does not name, or not for this height."""
    return {
        "strangers": Case(Block(powers=STRANGERS).payload()),
        "strangers beside two who are known": Case(Block(powers=dict.fromkeys(range(2, 6), 1)).payload()),
        "the trust file begins later": Case(Block().payload(), "from a later height"),
        "the trust file names no validators": Case(Block().payload(), "no validators"),
        "those who were replaced": Case(Block(height=CHANGED_FROM).payload(), "replaced"),
        "those who will replace them": Case(Block("", STRANGERS, CHANGED_FROM - 1).payload(), "replaced"),
    }
