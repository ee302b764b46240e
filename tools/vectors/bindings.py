"""Proof of possession: a key that is to be bound signs network, holder and itself."""

from __future__ import annotations

from payport.ledger import examples
from payport.values import bindings, codec
from payport.wallet.keys import SigningKey

ABOUT = "A new key is [scheme, public key, proof]; it signs the tag and the array [chain id, holder, public key]."

_HOLDERS = (("an account", examples.ALICE, 2), ("an institution, by its id in ASCII", b"north", 5))


def make() -> dict[str, object]:
    """Return the vectors."""
    cases = []
    for name, holder, number in _HOLDERS:
        key = SigningKey(examples.seed(number))
        made = key.prove_possession(examples.CHAIN_ID, holder)
        cases.append(
            {
                "name": name,
                "seed": examples.seed(number).hex(),
                "chain_id": examples.CHAIN_ID,
                "holder": holder.hex(),
                "public_key": key.public_key.hex(),
                "signing_bytes": bindings.signing_bytes(examples.CHAIN_ID, holder, key.public_key).hex(),
                "proof": made.proof.hex(),
                "new_key": codec.encode(made).hex(),
            }
        )
    return {"cases": cases}
