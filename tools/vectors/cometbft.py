"""The finality proof ``cometbft/1``: what validators sign, what it proves, receipts by it, trust brought forward."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tools.finality_cases import FOUR, STRANGERS, THREE, TRUSTS, Block, accepted, refused, without_vote
from tools.vector_form import code_of

from payport.proof import merkle
from payport.proof.command import verdict_json
from payport.proof.commitment import commitment_hash
from payport.proof.finality.cometbft import TAG, brought_forward, verify
from payport.proof.light_block import (
    MAX_TIME_NS,
    MAX_VALIDATORS,
    BlockId,
    decode_light_block,
    header_hash,
    sign_bytes,
    validators_hash,
)
from payport.proof.receipt import Anchor, Finality, decode_receipt, encode_receipt
from payport.proof.trust import decode_trust, encode_trust
from payport.proof.verify import verify_receipt
from tests.proof.validators import RECORDED, VOTE_TIME_NS, key, recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.finality_cases import Case

ABOUT: Final = (
    "A cometbft/1 payload proves a commitment, or its own receipt, against a trust file; both are named. forward "
    "brings a trust file forward by a payload; after is the file then. sign_bytes is what a validator signs. Recorded "
    "blocks are of a real network of four, the others are signed with its members' keys and with those of strangers."
)


def make() -> dict[str, object]:
    """Return the vectors."""
    return {
        "trust": {name: encode_trust(each).decode() for name, each in TRUSTS.items()},
        "trust_refused": [{"name": name, "trust": text, "code": _refusal_of_trust(text)} for name, text in _no_trust()],
        "commitments": {name: recorded(name).commitment.hex() for name in ("everybody", "one away", "other powers")},
        "sign_bytes": [_sign_bytes(*each) for each in _votes()],
        "proofs": [_proof(name, case) for name, case in accepted().items()],
        "proofs_refused": [_refused_proof(name, case) for name, case in refused().items()],
        "receipts": [_receipt(name, *each) for name, each in _receipts().items()],
        "receipts_refused": [
            {"name": name, "trust": trust, "receipt": data.hex(), "code": code_of(verify_receipt, data, TRUSTS[trust])}
            for name, (data, trust) in _refused_receipts().items()
        ],
        "forward": [_brought(name, *each) for name, each in _forward().items()],
        "forward_refused": [
            {"name": name, "trust": trust, "payload": data.hex(), "code": code_of(brought_forward, TRUSTS[trust], data)}
            for name, (data, trust) in _not_forward().items()
        ],
    }


def _proof(name: str, case: Case) -> dict[str, object]:
    found = verify(case.payload, recorded(case.proves).commitment, TRUSTS[case.trust])
    block = decode_light_block(case.payload)
    return {
        **_members(name, case),
        "header_hash": header_hash(block.header).hex(),
        "validators_hash": validators_hash(block.validators).hex(),
        "institutions": list(found.institutions),
        "historical": found.historical,
    }


def _refused_proof(name: str, case: Case) -> dict[str, object]:
    commitment = recorded(case.proves).commitment
    return {**_members(name, case), "code": code_of(verify, case.payload, commitment, TRUSTS[case.trust])}


def _members(name: str, case: Case) -> dict[str, object]:
    return {"name": name, "trust": case.trust, "commitment": case.proves, "payload": case.payload.hex()}


def _votes() -> list[tuple[int, int, BlockId | None, int]]:
    """Return heights, rounds, blocks and times of votes that show where a field is left out and where it is long."""
    block_id = BlockId(b"\x01" * 32, 1, b"\x02" * 32)
    return [
        (1, 0, block_id, VOTE_TIME_NS),
        (1, 0, None, VOTE_TIME_NS),
        (2, 1, block_id, 1_790_000_000_000_000_000),
        (2, 1, block_id, 999_999_999),
        (3, 0, block_id, 0),
        (2**53 - 1, 2**31 - 1, block_id._replace(part_count=2**32 - 1), MAX_TIME_NS),
    ]


def _sign_bytes(height: int, commit_round: int, block_id: BlockId | None, time_ns: int) -> dict[str, object]:
    chain_id = TRUSTS["founders"].chain_id
    named = block_id and {
        "block_hash": block_id.block_hash.hex(),
        "part_count": block_id.part_count,
        "parts_hash": block_id.parts_hash.hex(),
    }
    return {
        "chain_id": chain_id,
        "height": height,
        "round": commit_round,
        "block_id": named,
        "time_ns": str(time_ns),
        "bytes": sign_bytes(chain_id, height, commit_round, block_id, time_ns).hex(),
    }


def _receipts() -> dict[str, tuple[bytes, str]]:
    """Return receipts that are proven, and the trust file of each."""
    everybody, one_away, other_powers = (recorded(name).receipt for name in ("everybody", "one away", "other powers"))
    return {
        "all four voted": (everybody, "founders"),
        "one of four was away": (one_away, "founders"),
        "other powers, proven by the founders": (other_powers, "founders"),
        "other powers, proven by themselves": (other_powers, "brought forward"),
        "historical: who weighs most today was away": (one_away, "brought forward"),
        "the same, proven by a later block": (_anchored(one_away), "brought forward"),
        "historical: everybody was replaced": (everybody, "replaced"),
    }


def _receipt(name: str, data: bytes, trust: str) -> dict[str, object]:
    verdict = json.loads(verdict_json(verify_receipt(data, TRUSTS[trust])))
    for balance in verdict["balances"]:
        balance |= {field: str(balance[field]) for field in ("delta_minor", "balance_minor", "fee_minor")}
    return {"name": name, "trust": trust, "receipt": data.hex(), "verdict": verdict}


def _anchored(data: bytes) -> bytes:
    """Return a recorded receipt proven by the last recorded block in place of its own."""
    receipt, last = decode_receipt(data), decode_receipt(recorded("other powers").receipt)
    commitments = [bytes.fromhex(each) for each in RECORDED["commitments"]]
    earlier = commitments[: commitments.index(last.commitment)]
    path = merkle.path([commitment_hash(each) for each in earlier], earlier.index(receipt.commitment))
    return encode_receipt(receipt._replace(anchor=Anchor(last.commitment, path), finality=last.finality))


def _refused_receipts() -> dict[str, tuple[bytes, str]]:
    """Return receipts that are not proven, and the trust file of each."""
    everybody, one_away = recorded("everybody"), recorded("one away")
    payload = everybody.payload
    flipped = payload[:-40] + bytes([payload[-40] ^ 1]) + payload[-39:]
    return {
        "the proof of another block": (_with(everybody.receipt, one_away.payload), "founders"),
        "a proof with a changed byte": (_with(everybody.receipt, flipped), "founders"),
        "a proof cut short": (_with(everybody.receipt, payload[:-1]), "founders"),
        "two of four voted": (_with(one_away.receipt, without_vote(one_away.payload, 0)), "founders"),
        "validators who are not known": (everybody.receipt, "strangers"),
        "no validators in the trust file": (everybody.receipt, "no validators"),
        "a later version of the proof": (_with(everybody.receipt, payload, "cometbft/2"), "founders"),
        "one member alone, as an operator": (_with(everybody.receipt, key(0) + bytes(64), "embedded/1"), "founders"),
    }


def _with(receipt: bytes, payload: bytes, tag: str = TAG) -> bytes:
    return encode_receipt(decode_receipt(receipt)._replace(finality=Finality(tag, payload)))


def _forward() -> dict[str, tuple[bytes, str, dict[bytes, str]]]:
    """Return payloads by which a trust file is brought forward, the file, and names of new members."""
    return {
        "recorded: other powers": (recorded("other powers").payload, "founders", {}),
        "recorded: the same validators": (recorded("everybody").payload, "founders", {}),
        "one joined": (Block("++++.", FOUR | {4: 1}).payload(), "founders", {key(4): "bank-new"}),
        "one joined whose name is not known": (Block(powers=FOUR | {4: 1}).payload(), "founders", {}),
        "one left": (Block(powers=THREE).payload(), "founders", {}),
        "a new name for a known key counts for nothing": (
            Block(powers=THREE).payload(),
            "founders",
            {key(0): "bank-x"},
        ),
        "after an earlier change": (Block("", STRANGERS | {8: 1}, 20).payload(), "replaced", {key(8): "bank-8"}),
        "a height after the newest set": (Block("", FOUR | {3: 2}, _newest() + 1).payload(), "brought forward", {}),
    }


def _newest() -> int:
    return TRUSTS["brought forward"].validators[-1].from_height


def _brought(name: str, payload: bytes, trust: str, names: dict[bytes, str]) -> dict[str, object]:
    return {
        "name": name,
        "trust": trust,
        "payload": payload.hex(),
        "institutions": {public_key.hex(): institution for public_key, institution in names.items()},
        "after": encode_trust(brought_forward(TRUSTS[trust], payload, names)).decode(),
    }


def _not_forward() -> dict[str, tuple[bytes, str]]:
    """Return payloads by which a trust file may not be brought forward, and the file."""
    changed = refused()["another time of the header"].payload
    return {
        "another network": (Block().payload(chain_id="other-0011223344556677"), "founders"),
        "two of four": (Block("++..").payload(), "founders"),
        "not enough of those who are new": (Block(".+++", FOUR | {3: 5}).payload(), "founders"),
        "strangers": (Block(powers=STRANGERS).payload(), "founders"),
        "too few of those known": (Block(powers={0: 1, 1: 1, 4: 1, 5: 1}).payload(), "founders"),
        "no validators in the trust file": (Block().payload(), "no validators"),
        "a changed header": (changed, "founders"),
        "older than the newest set": (recorded("everybody").payload, "brought forward"),
        "another set at the height of the newest": (Block("", FOUR | {3: 2}, _newest()).payload(), "brought forward"),
        "cut short": (recorded("everybody").payload[:-1], "founders"),
    }


def _no_trust() -> list[tuple[str, str]]:
    """Return trust files whose validators are not what the format asks for, by what is wrong with them."""
    text = encode_trust(TRUSTS["founders"]).decode()
    many = [{"institution": "bank", "public_key": f"{place:064x}", "power": 1} for place in range(MAX_VALIDATORS + 1)]

    def sets(change: Callable[[list[Any]], object]) -> str:
        document = json.loads(encode_trust(TRUSTS["brought forward"]))
        change(document["validators"])
        return json.dumps(document)

    def first(**changes: object) -> str:
        return sets(lambda found: found[0].update(changes))

    def member(**changes: object) -> str:
        return sets(lambda found: found[0]["members"][0].update(changes))

    return [
        ("no sets", sets(list.clear)),
        ("not an array", json.dumps(json.loads(text) | {"validators": {}})),
        ("sets that do not rise", sets(list.reverse)),
        ("two sets of one height", sets(lambda found: found[1].update(from_height=1))),
        ("a height of 0", first(from_height=0)),
        ("a set with a member more", first(to_height=9)),
        ("a set without validators", first(members=[])),
        ("validators that are not an array", first(members="all")),
        ("257 validators", first(members=many)),
        ("a key twice", sets(lambda found: found[0]["members"].append(found[0]["members"][0]))),
        ("a validator without a name", sets(lambda found: found[0]["members"][0].pop("institution"))),
        ("a name with a capital letter", member(institution="Bank")),
        ("a name with a line feed", member(institution="bank\n")),
        ("a name of one letter", member(institution="b")),
        ("a name that is a number", member(institution=1)),
        ("a key in capital letters", member(public_key=key(9).hex().upper())),
        ("no power", member(power=0)),
        ("a power that is text", member(power="1")),
        ("a power that is true", member(power=True)),
        ("a power beyond 2^53-1", member(power=2**53)),
        ("keys until block 0", json.dumps(json.loads(text) | {"embedded_until": 0})),
        ("keys until a block that is text", json.dumps(json.loads(text) | {"embedded_until": "9"})),
        ("a power with a point", text.replace('"power": 1', '"power": 1.0', 1)),
        ("a power with an exponent", text.replace('"power": 1', '"power": 1e0', 1)),
    ]


def _refusal_of_trust(text: str) -> str:
    return code_of(decode_trust, text.encode())
