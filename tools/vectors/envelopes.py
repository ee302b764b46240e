"""Envelopes: signed bytes, ids, groups, several signatures, and what is refused."""

from __future__ import annotations

import msgspec
from tools.vector_form import code_of

from payport.ledger import examples
from payport.ledger.registry import verbs
from payport.values import codec, envelopes
from payport.wallet import sign
from payport.wallet.keys import SigningKey

ABOUT = "An envelope is [body, [[scheme, public key, signature], ...]]; keys sign the tag and the body as it travels."


def make() -> dict[str, object]:
    """Return the vectors."""
    transfer = verbs()["transfer/1"].example()
    issue = verbs()["issue/1"].example()
    group = sign.bind_group([issue, transfer])
    return {
        "single": [
            _signed("one signature", transfer, 1),
            _signed("three signatures, ascending by public key", issue, 5, 6, 7),
            _signed("an attachment", msgspec.structs.replace(transfer, attachment=b"\x0a" * 40), 1),
        ],
        "group": {
            "group_hash": group[0].group.hex(),
            "members": [
                {"ungrouped_body": codec.encode(before).hex(), **_signed(after.kind, after, seed)}
                for before, after, seed in zip([issue, transfer], group, (5, 1), strict=True)
            ],
        },
        "refused": _refused(sign.sign(transfer, SigningKey(examples.seed(1)), SigningKey(examples.seed(2)))),
    }


def _signed(name: str, transaction: msgspec.Struct, *seeds: int) -> dict[str, object]:
    keys = [SigningKey(examples.seed(each)) for each in seeds]
    encoded = sign.sign(transaction, *keys)
    envelope = envelopes.read_envelope(encoded)
    return {
        "name": name,
        "seeds": [examples.seed(each).hex() for each in seeds],
        "body": envelope.body.hex(),
        "signing_bytes": envelopes.signing_bytes(envelope.body).hex(),
        "transaction_id": envelopes.transaction_id(envelope.body).hex(),
        "ungrouped_id": envelopes.ungrouped_id(envelope.body).hex(),
        "signatures_hash": envelopes.signatures_hash(envelope.signatures).hex(),
        "envelope": encoded.hex(),
    }


def _refused(encoded: bytes) -> list[dict[str, str]]:
    body, signatures = codec.decode(encoded, list[object])
    assert isinstance(signatures, list)
    first, second = signatures
    cases: dict[str, object] = {
        "no signature": [body, []],
        "signatures not ascending": [body, [second, first]],
        "one key twice": [body, [first, first]],
        "a signature without its scheme": [body, [first[1:], second]],
        "seventeen signatures": [body, [["ed25519", bytes([n]) * 32, bytes(64)] for n in range(17)]],
        "an empty body": [b"", signatures],
        "a signature of 63 bytes": [body, [["ed25519", bytes(32), bytes(63)]]],
        "a third element": [body, signatures, None],
    }
    changed = {name: codec.encode(value) for name, value in cases.items()}
    changed["a byte too many"] = encoded + b"\xc0"
    changed["a byte too few"] = encoded[:-1]
    changed["not the shortest form"] = b"\xdc\x00\x02" + encoded[1:]
    return [
        {"name": name, "envelope": data.hex(), "code": code_of(envelopes.read_envelope, data)}
        for name, data in changed.items()
    ]
