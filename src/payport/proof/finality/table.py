"""The table of finality proofs by their tag in the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.proof.finality import cometbft, embedded
from payport.proof.finality.contract import UNKNOWN_FINALITY

if TYPE_CHECKING:
    from payport.proof.finality.contract import FinalityKind

KINDS: Final[dict[str, FinalityKind]] = {embedded.TAG: embedded, cometbft.TAG: cometbft}
"""Every kind of proof this verifier knows."""


def kind_tagged(tag: str) -> FinalityKind:
    """Return the kind of proof; raises ``unknown_finality``."""
    kind = KINDS.get(tag)
    if kind is None:
        UNKNOWN_FINALITY.refuse(repr(tag))
    return kind
