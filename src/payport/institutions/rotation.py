"""Replacing an institution's keys on the ledger: a file by a hardware module, an old key by a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.block import COMMITTED
from payport.ledger.state.institutions import UNKNOWN_INSTITUTION
from payport.values import bindings
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import ED25519

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.consensus.contract import Signer
    from payport.institutions.ledger_view import LedgerView
    from payport.institutions.own_institution import OwnInstitution

ROTATION_REFUSED: Final = RefusalCode(
    "rotation_refused",
    RefusalClass.CONFLICT,
    "The ledger did not take the new keys; the old ones go on signing.",
    "账本未接受新密钥，原密钥继续有效。",
)
"""``detail`` has the ledger's code."""

REFUSALS: Final = (ROTATION_REFUSED,)
"""Refusals of this module."""

ROTATE: Final = "rotate_keys/1"
"""The verb."""

ROTATION_VALID_MS: Final = 60_000
"""How long the rotation counts once it is signed."""


async def rotate(own: OwnInstitution, view: LedgerView, keys: Sequence[Signer], threshold: int, now_ms: int) -> bool:
    """Make these all the keys of the institution; return whether they were not already.

    ``own`` signs with keys it has now; each of ``keys`` proves that it is held, those that stay too. Asked again after
    an answer that was lost, it changes nothing more. Raises ``unknown_institution``, ``rotation_refused``, what a node
    refuses at the door, and ``signer_unavailable``.
    """
    record = await view.institution(own.id)
    if record is None:
        UNKNOWN_INSTITUTION.refuse(own.id)
    ordered = sorted(keys, key=lambda signer: signer.public_key)
    listed = tuple((each.scheme, each.public_key) for each in record.keys)
    if (listed, record.threshold) == (tuple((ED25519, each.public_key) for each in ordered), threshold):
        return False
    proven = tuple(_prove_possession(own, signer) for signer in ordered)
    transaction = own.build(ROTATE, now_ms, now_ms + ROTATION_VALID_MS, keys=proven, threshold=threshold)
    (outcome,) = await view.node.submit((own.seal(transaction),))
    leaf = await view.prove(outcome)
    if leaf is None or leaf.code != COMMITTED:
        ROTATION_REFUSED.refuse(outcome.code)
    return True


def _prove_possession(own: OwnInstitution, signer: Signer) -> bindings.NewKey:
    message = bindings.signing_bytes(own.trust.chain_id, own.id.encode(), signer.public_key)
    return bindings.NewKey(ED25519, signer.public_key, signer.sign(message))
