"""``cometbft/1``: validators with more than two thirds of the voting power signed the block after.

CometBFT puts the hash of block H's commitment, as application hash, into the header of block H+1. The payload is that
header, the precommits for it, and the validators who cast them, as :mod:`payport.proof.light_block` writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.proof.light_block import LightBlock, encode_light_block

if TYPE_CHECKING:
    from payport.proof.light_block import Commit, Header, Validator

TAG: Final = "cometbft/1"
"""Tag in the receipt."""


def encode_payload(header: Header, commit: Commit, validators: tuple[Validator, ...]) -> bytes:
    """Return the payload of a proof of block H: header H+1, its commit, and the validators of height H+1."""
    return encode_light_block(LightBlock(header, commit, validators))
