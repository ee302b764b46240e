"""A node that lies, as a process: ``python liar.py KIND ARGUMENTS...``, with the arguments of a node.

``result`` changes what it says a block led to; ``proposal`` puts forged, replayed and reordered payments into what it
proposes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from payport.consensus import abci
from payport.consensus.batch import encode_batch
from payport.node import process
from payport.node.data_directory import DataDirectory
from payport.values import codec, envelopes

if TYPE_CHECKING:
    from collections.abc import Sequence

LIE_FROM = 20
"""Blocks it is honest for."""


def lie_about_results() -> None:
    honest = abci.AbciApplication.finalize_block

    def finalize(self: abci.AbciApplication, *arguments: Any) -> abci.Finalized:
        answer = honest(self, *arguments)
        if arguments[1] < LIE_FROM or not answer.items:
            return answer
        return answer._replace(app_hash=bytes(32))

    abci.AbciApplication.finalize_block = finalize  # type: ignore[method-assign]


def lie_in_proposals(data: DataDirectory, institution: str) -> None:
    honest = abci.AbciApplication.prepare_proposal
    seen: list[tuple[bytes, ...]] = []

    def prepare(self: abci.AbciApplication, batches: Sequence[bytes], *arguments: Any) -> list[bytes]:
        chosen = honest(self, batches, *arguments)
        items = [item.envelopes for batch in chosen for item in self.items_of(batch)]
        signer, chain_id = data.read_signer(), self._application.chain_id
        if items and len(seen) % 3 == 0:
            forged = codec.decode(items[0][0], envelopes.Envelope)
            wrong = forged.signatures[0].__class__("ed25519", forged.signatures[0].public_key, bytes(64))
            fake = (codec.encode(envelopes.Envelope(forged.body, (wrong,))),)
            chosen = [*chosen, encode_batch(chain_id, institution, (fake,), signer)]
        elif items:
            # The same payments again, the other way round, and some of long ago.
            replayed = tuple(dict.fromkeys([*reversed(items), *seen[:5]]))
            chosen = [encode_batch(chain_id, institution, replayed, signer), *reversed(chosen)]
        seen.extend(items)
        return chosen

    abci.AbciApplication.prepare_proposal = prepare  # type: ignore[method-assign]


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    if kind == "result":
        lie_about_results()
    else:
        from pathlib import Path

        lie_in_proposals(DataDirectory(Path(rest[rest.index("--data") + 1])), rest[rest.index("--institution") + 1])
    sys.exit(process.main(rest))
