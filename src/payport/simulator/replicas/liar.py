"""A CometBFT whose member lies: in what it proposes, to whom, in what it votes for and in what it gossips.

It holds its own keys and knows everything that was decided, so whatever it makes bears a good signature of its own; it
cannot sign for others. Its node is an honest one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.consensus.batch import encode_batch, read_batch
from payport.simulator.replicas.comet import Comet
from payport.simulator.replicas.messages import Vote
from payport.values import codec, envelopes
from payport.values.limits import MAX_BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.simulator.replicas.messages import Proposal
    from payport.simulator.replicas.replica import Replica

    Items = tuple[tuple[bytes, ...], ...]

LIE_SHARE: Final = 0.7
"""Share of its proposals that are lies while it lies."""

RECENT_BLOCKS: Final = 30
"""It replays payments of so many of the newest blocks."""


class Liar(Comet):
    """See the module."""

    def __init__(self, replica: Replica) -> None:
        """Lie for ``replica`` while the cluster says so."""
        super().__init__(replica)
        self._lies: dict[str, Callable[[], list[bytes]]] = {
            "forged payment": self._forged,
            "altered payment": self._altered,
            "damaged batch": self._damaged,
            "batch in another's name": self._in_anothers_name,
            "too long a batch": self._too_long,
            "payments replayed": self._replayed,
            "payments reordered": self._reordered,
            "payments left out": list,
        }

    async def _propose(self) -> None:
        """Propose a lie, or tell different replicas different things, or nobody anything."""
        if not self._cluster.lying or self._random.random() > LIE_SHARE:
            await super()._propose()
            return
        manner = self._random.choice((*self._lies, "shown to some", "two proposals", "silent"))
        self._cluster.trace.note(self.number, f"lie: {manner}", self._height, self._round)
        honest = await self._prepare()
        everybody = list(range(self._cluster.size))
        some = self._random.sample(everybody, self._random.randint(1, len(everybody)))
        if manner == "shown to some":
            self._show(self._block(honest), some)
        elif manner == "two proposals":
            self._show(self._block(honest), some)
            self._show(self._block([*honest, *self._replayed()]), [each for each in everybody if each not in some])
        elif manner != "silent":
            made = self._lies[manner]()
            self._show(self._block([*honest, *made] if self._random.random() < 0.5 else made), everybody)  # noqa: PLR2004 - either way
            self._gossip(made)

    async def _vote(self, proposal: Proposal) -> None:
        """Vote for anything, to some."""
        if not self._cluster.lying:
            await super()._vote(proposal)
            return
        for target in range(self._cluster.size):
            if self._random.random() < LIE_SHARE:
                self._send(target, Vote(proposal.block.height, proposal.round, proposal.block.hash))

    def _gossip(self, batches: list[bytes]) -> None:
        for batch in batches:
            for other in self._others():
                self._cluster.send_batch(self.number, other, batch)

    def _seen(self) -> list[bytes]:
        """Return batches that hold payments of others: of those that wait, and of those decided lately."""
        decided = [batch for block in self._kept.blocks[-RECENT_BLOCKS:] for batch in block.batches]
        return [*self.mempool, *decided]

    def _items(self) -> Items:
        seen = self._seen()
        return read_batch(self._random.choice(seen), self._cluster.chain_id)[0].items if seen else ()

    def _signed(self, items: Items, institution: str = "") -> list[bytes]:
        """Return a batch of this liar's, in its own name or another's."""
        name = institution or self._replica.institution
        return [encode_batch(self._cluster.chain_id, name, items, self._replica.signer)] if items else []

    def _spoilt(self, spoil: Callable[[envelopes.Envelope], envelopes.Envelope]) -> list[bytes]:
        items = self._items()
        if not items:
            return []
        place = self._random.randrange(len(items))
        first, *rest = items[place]
        spoilt = codec.encode(spoil(envelopes.read_envelope(first)))
        return self._signed((*items[:place], (spoilt, *rest), *items[place + 1 :]))

    def _forged(self) -> list[bytes]:
        """Sign for somebody whose key it does not have."""

        def spoil(envelope: envelopes.Envelope) -> envelopes.Envelope:
            first, *rest = envelope.signatures
            forged = first.signature[:-1] + bytes([first.signature[-1] ^ 1])
            return envelopes.Envelope(
                envelope.body, (envelopes.Signature(first.scheme, first.public_key, forged), *rest)
            )

        return self._spoilt(spoil)

    def _altered(self) -> list[bytes]:
        """Change a payment that its owner signed."""

        def spoil(envelope: envelopes.Envelope) -> envelopes.Envelope:
            place = self._random.randrange(len(envelope.body))
            changed = bytes([envelope.body[place] ^ (1 << self._random.randrange(8))])
            return envelopes.Envelope(envelope.body[:place] + changed + envelope.body[place + 1 :], envelope.signatures)

        return self._spoilt(spoil)

    def _damaged(self) -> list[bytes]:
        """Change a batch that another member signed."""
        seen = self._seen()
        if not seen:
            return [self._random.randbytes(100)]
        batch = self._random.choice(seen)
        place = self._random.randrange(len(batch))
        return [batch[:place] + bytes([batch[place] ^ 1]) + batch[place + 1 :]]

    def _in_anothers_name(self) -> list[bytes]:
        """Say that another member's node has put payments in order."""
        other = self._cluster.replicas[self._random.choice(self._others())]
        return self._signed(self._items(), other.institution)

    @staticmethod
    def _too_long() -> list[bytes]:
        return [bytes(MAX_BLOCK_BYTES + 1)]

    def _replayed(self) -> list[bytes]:
        """Propose what was decided, as it was and in a new batch."""
        seen = self._seen()
        again = self._random.sample(seen, min(len(seen), 2))
        return [*again, *self._signed(self._items())]

    def _reordered(self) -> list[bytes]:
        """Put the payments of another batch in another order, each twice."""
        items = list(self._items()) * 2
        self._random.shuffle(items)
        return self._signed(tuple(items))
