"""The institution that runs this layer: who it is, what it trusts, and how it signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from payport.ledger.transaction import InstitutionTransaction
from payport.proof.trust import Trust
from payport.values import codec, envelopes
from payport.values.identifiers import InstitutionId
from payport.values.signatures.contract import ED25519
from payport.wallet.sign import EARLY_MS, build

if TYPE_CHECKING:
    import msgspec

    from payport.consensus.contract import Signer


class OwnInstitution(NamedTuple):
    """One member of the network, seen from inside."""

    id: InstitutionId
    """Its name on the ledger."""
    trust: Trust
    """What blocks are verified against; names the network."""
    signers: tuple[Signer, ...]
    """Keys that sign for it, as many as its policies ask for; the keys themselves may live elsewhere."""

    def build(self, kind: str, now_ms: int, valid_until_ms: int, **fields: Any) -> Any:  # noqa: ANN401 - a record of the verb
        """Build a transaction the institution sends."""
        window = {"valid_from_ms": min(now_ms, valid_until_ms) - EARLY_MS, "valid_until_ms": valid_until_ms}
        made = build(self.trust.chain_id, kind, self.id, **window, **fields)
        assert isinstance(made, InstitutionTransaction) or made.sender == self.id
        return made

    def seal(self, transaction: msgspec.Struct) -> bytes:
        """Return the encoded envelope, signed by every signer."""
        body = codec.encode(transaction)
        message = envelopes.signing_bytes(body)
        made = sorted((signer.public_key, signer.sign(message)) for signer in self.signers)
        return codec.encode(
            envelopes.Envelope(body, tuple(envelopes.Signature(ED25519, key, signature) for key, signature in made))
        )
