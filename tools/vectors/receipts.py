"""Whole receipts with their trust file: what each proves, and changed ones with the code that refuses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import msgspec
from tools.vector_form import code_of

from payport.ledger.registry import verbs
from payport.proof import leaves, messagepack
from payport.proof.command import verdict_json
from payport.proof.receipt import Anchor, Finality, ProvenLeaf, Receipt, encode_receipt
from payport.proof.trust import encode_trust
from payport.proof.verify import verify_receipt
from payport.values import codec
from payport.values.hashing import Tag, tagged_hash
from tests.proof import build

if TYPE_CHECKING:
    from tests.proof.build import Built

ABOUT = "A receipt is verified against the trust file alone; integers of a verdict that may leave 2^53 are strings."

_BODY: Final = codec.encode(
    msgspec.structs.replace(verbs()["transfer/1"].example(), chain_id=build.CHAIN_ID, sender=b"\x0a" * 16)
)
_OTHER_CHAIN: Final = "testnet-0000000000000000"


def make() -> dict[str, object]:
    """Return the vectors."""
    parts = build.built(_BODY)
    accepted = {
        "two balances, proven by its own block": build.receipt_of(parts),
        "proven by a later commitment": build.receipt_of(parts, anchored=True),
        "the transaction withheld": build.receipt_of(parts, withheld=True),
        "no balance": build.receipt_of(parts._replace(balances=[])),
        "a refusal": build.receipt_of(build.built(_BODY, outcome="insufficient_balance")._replace(balances=[])),
    }
    refused = {name: encode_receipt(receipt) for name, receipt in _refused(parts).items()}
    whole = encode_receipt(accepted["two balances, proven by its own block"])
    refused |= {
        "a byte too many": whole + b"\x00",
        "a byte too few": whole[:-1],
        "another format": whole.replace(b"payport-receipt/1", b"payport-receipt/2"),
    }
    return {
        "trust": encode_trust(build.TRUST).decode(),
        "accepted": [_accepted(name, encode_receipt(receipt)) for name, receipt in accepted.items()],
        "refused": [
            {"name": name, "receipt": data.hex(), "code": code_of(verify_receipt, data, build.TRUST)}
            for name, data in refused.items()
        ],
    }


def _accepted(name: str, data: bytes) -> dict[str, object]:
    verdict = json.loads(verdict_json(verify_receipt(data, build.TRUST)))
    for balance in verdict["balances"]:
        balance |= {field: str(balance[field]) for field in ("delta_minor", "balance_minor", "fee_minor")}
    return {"name": name, "receipt": data.hex(), "verdict": verdict}


def _refused(parts: Built) -> dict[str, Receipt]:
    receipt, anchored = build.receipt_of(parts), build.receipt_of(parts, anchored=True)
    return {
        **_of_other_networks(receipt),
        **_of_other_transactions(parts, receipt),
        **_of_other_signatures(parts),
        **_of_other_places(receipt, anchored),
        "finality over another commitment": receipt._replace(finality=anchored.finality),
        "finality by an untrusted key": receipt._replace(finality=build.finality(receipt.commitment, build.OTHER_KEY)),
        "an unknown kind of finality": receipt._replace(finality=Finality("nobody/1", b"")),
    }


def _of_other_networks(receipt: Receipt) -> dict[str, Receipt]:
    elsewhere = build.commitment(5, [], [], chain_id=_OTHER_CHAIN)
    body = codec.encode([_OTHER_CHAIN, *codec.decode(_BODY, list[object])[1:]])
    return {
        "a commitment of another network": receipt._replace(commitment=elsewhere),
        "a transaction of another network": build.receipt_of(build.built(body)),
        "a later commitment of another network": receipt._replace(
            anchor=Anchor(build.commitment(9, [], [], chain_id=_OTHER_CHAIN), ())
        ),
    }


def _of_other_transactions(parts: Built, receipt: Receipt) -> dict[str, Receipt]:
    fields = codec.decode(_BODY, list[object])
    other = build.receipt_of(build.built(codec.encode([*fields[:3], b"\x0e" * 16, *fields[4:]])))
    strange = parts.balances[0]._replace(transaction_id=bytes(32))
    return {
        "another transaction id": receipt._replace(transaction_id=bytes(32)),
        "the envelope of another transaction": receipt._replace(envelope=other.envelope),
        "the balance of another transaction": build.receipt_of(parts._replace(balances=[strange])),
        "a balance beside a refusal": build.receipt_of(build.built(_BODY, outcome="payment_limit")),
    }


def _of_other_signatures(parts: Built) -> dict[str, Receipt]:
    def named(entries: list[tuple[str, bytes, bytes]]) -> Receipt:
        made = tagged_hash(Tag.SIGNATURES, messagepack.encode(entries))
        leaf = parts.outcome._replace(signatures_hash=made)
        return build.receipt_of(parts._replace(signatures=entries, outcome=leaf))

    def changed(at: int) -> list[tuple[str, bytes, bytes]]:
        scheme, key, signature = parts.signatures[at]
        entries = list(parts.signatures)
        entries[at] = (scheme, key, signature[:-1] + bytes([signature[-1] ^ 1]))
        return entries

    unknown = [("rot13", key, signature) for _, key, signature in parts.signatures]
    fewer = parts.outcome._replace(signers=parts.outcome.signers[:1])
    return {
        "a signature left out": build.receipt_of(parts._replace(signatures=parts.signatures[:1])),
        "a signer left out": build.receipt_of(parts._replace(outcome=fewer)),
        "a wrong signature that the leaf names": named(changed(0)),
        "a wrong assertion that the leaf names": named(changed(1)),
        "an unknown scheme": named(unknown),
    }


def _of_other_places(receipt: Receipt, anchored: Receipt) -> dict[str, Receipt]:
    leaf, index, path = receipt.outcome
    first, second = receipt.balances
    assert anchored.anchor is not None
    later, history = anchored.anchor
    more = leaves.encode_balance(leaves.decode_balance(first.leaf)._replace(balance_minor=10**9))
    return {
        "a changed balance": receipt._replace(balances=(first._replace(leaf=more), second)),
        "a path too short": receipt._replace(outcome=ProvenLeaf(leaf, index, path[:-1])),
        "another index": receipt._replace(outcome=ProvenLeaf(leaf, 1, path)),
        "an index outside the block": receipt._replace(outcome=ProvenLeaf(leaf, 8, path), balances=()),
        "balances in the wrong order": receipt._replace(balances=(second, first)),
        "a balance twice": receipt._replace(balances=(first, first)),
        "another path into history": anchored._replace(anchor=Anchor(later, history[::-1])),
        "an anchor that is not later": anchored._replace(anchor=Anchor(receipt.commitment, ())),
    }
