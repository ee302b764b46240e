"""Writes and signs what the parties send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport import _native
from payport.ledger import registry
from payport.simulator.parties import CURRENCY
from payport.values import authorities, bindings, codec, envelopes, orders
from payport.values.authorities import Authority, SignedAuthority
from payport.values.limits import MAX_AUTHORITY_VALIDITY_MS
from payport.values.orders import Order, SignedOrder

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payport.simulator.parties import Holder, Key

VALIDITY_MS: Final = 120_000
"""Usual time of validity: long enough to outlive a crash and the second attempt after it."""


class Author:
    """Builds transactions of one network at the simulated time."""

    def __init__(self, chain_id: str, random: Random, clock: Callable[[], int]) -> None:
        """Write for ``chain_id``; nonces come from ``random``."""
        self.chain_id = chain_id
        self._random = random
        self._clock = clock

    def build(self, kind: str, sender: bytes | str, **fields: object) -> Any:  # noqa: ANN401 - any verb's record
        """Return a transaction; common fields may be given to override them."""
        now_ms = self._clock()
        common: dict[str, object] = {
            "chain_id": self.chain_id,
            "nonce": self._random.randbytes(16),
            "valid_from_ms": now_ms - 1_000,
            "valid_until_ms": now_ms + VALIDITY_MS,
            "group": None,
            "attachment": None,
        }
        return registry.verbs()[kind].record(kind=kind, sender=sender, **{**common, **fields})

    def body(self, kind: str, sender: bytes | str, **fields: object) -> bytes:
        """Return the body of a transaction."""
        return codec.encode(self.build(kind, sender, **fields))

    def grouped(self, *members: Any) -> list[bytes]:  # noqa: ANN401 - records of any verbs
        """Return the bodies of the members, each naming the group of exactly these in this order."""
        group = envelopes.group_hash([codec.encode(member) for member in members])
        return [codec.encode(msgspec.structs.replace(member, group=group)) for member in members]

    def sign(self, body: bytes, *keys: Key) -> bytes:
        """Return the envelope of a body signed by each of the keys."""
        message = envelopes.signing_bytes(body)
        signed = sorted((key.public_key, _native.sign_ed25519(key.seed, message)) for key in keys)
        signatures = tuple(envelopes.Signature("ed25519", public_key, made) for public_key, made in signed)
        return codec.encode(envelopes.Envelope(body, signatures))

    def authority(self, payer: Holder, key: Key, cap_minor: int, issued_ms: int) -> bytes:
        """Return an authority a payer's phone signed, good for a minute."""
        body = codec.encode(
            Authority(
                self.chain_id,
                payer.account,
                CURRENCY,
                cap_minor,
                issued_ms,
                issued_ms + MAX_AUTHORITY_VALIDITY_MS,
                self._random.getrandbits(32),
                None,
            )
        )
        signature = _native.sign_ed25519(key.seed, authorities.signing_bytes(body))
        return codec.encode(SignedAuthority(body, "ed25519", key.public_key, signature))

    def new_key(self, holder: bytes, key: Key) -> bindings.NewKey:
        """Return a key with its proof of possession."""
        message = bindings.signing_bytes(self.chain_id, holder, key.public_key)
        return bindings.NewKey("ed25519", key.public_key, _native.sign_ed25519(key.seed, message))

    def order(self, merchant: Holder, amount_minor: int, *, signer: Key | None = None, expires_ms: int = 0) -> bytes:
        """Return a merchant's signed order; ``signer`` and ``expires_ms`` are for those that must be refused."""
        key = signer or merchant.owner
        order = Order(
            self.chain_id,
            merchant.account,
            self._random.randbytes(10).hex(),
            amount_minor,
            CURRENCY,
            expires_ms or self._clock() + 5 * VALIDITY_MS,
        )
        encoded = codec.encode(order)
        signature = _native.sign_ed25519(key.seed, orders.signing_bytes(encoded))
        return codec.encode(SignedOrder(encoded, "ed25519", key.public_key, signature))
