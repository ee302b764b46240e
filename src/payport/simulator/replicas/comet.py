"""One CometBFT, as far as its application and its network can tell.

It makes the ABCI calls in CometBFT's order, one at a time: at its start ``Info``, ``InitChain`` where the application
is empty, and the blocks above what ``Info`` told; then per height rounds with one proposer after the other, in which a
proposal may be shown to some and decided by nobody; then ``FinalizeBlock`` and ``Commit``. A block is on its disk
before it is executed. Batches are gossiped, checked and kept in memory only.

Left out is what only CometBFT's own safety needs: there is one stage of votes, nobody is locked on a block, and
:class:`payport.simulator.replicas.chain.Chain` says which block is decided.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from payport.consensus.abci import ACCEPTED
from payport.consensus.cometbft.connections import handlers_of
from payport.consensus.cometbft.consensus_connection import ACCEPT
from payport.consensus.cometbft.messages_pb2 import (
    PublicKey,
    RequestCheckTx,
    RequestCommit,
    RequestFinalizeBlock,
    RequestInfo,
    RequestInitChain,
    RequestPrepareProposal,
    RequestProcessProposal,
    Timestamp,
    ValidatorUpdate,
)
from payport.simulator.replicas.chain import Block
from payport.simulator.replicas.messages import Ask, Known, Proposal, Status, Vote
from payport.simulator.replicas.virtual_loop import Process
from payport.values.limits import MAX_BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.simulator.replicas.messages import Message
    from payport.simulator.replicas.replica import Replica

EMPTY_SECONDS: Final = 1.0
"""How long a height without anything to propose waits; the node's configuration of CometBFT says the same."""

ROUND_SECONDS: Final = 0.7
"""How long a round may take."""

LATER_ROUND_SECONDS: Final = 0.15
"""How much longer each further round may take."""

SAME_AGAIN_SHARE: Final = 0.5
"""Share of the proposals that are one already shown in an earlier round, where there is one."""


class Comet:
    """A CometBFT beside its node."""

    def __init__(self, replica: Replica) -> None:
        """Serve ``replica``; nothing happens before :meth:`start`."""
        self.mempool: dict[bytes, None] = {}
        self.process = Process(replica.cluster.loop)
        self.number = replica.number
        self._replica = replica
        self._cluster = replica.cluster
        self._random = replica.random
        self._kept = replica.kept
        assert replica.engine is not None, "a CometBFT has a node beside it"
        assert replica.process is not None
        self._node = replica.process
        self._handlers = handlers_of(replica.engine)
        self._cache: set[bytes] = set()
        self._inbox: asyncio.Queue[tuple[int, Message | None]] = asyncio.Queue()
        self._height = self._round = 0
        self._proposals: dict[bytes, Block] = {}
        self._votes: dict[tuple[int, bytes], set[int]] = {}
        self._found: Block | None = None
        self._changed = True
        self._ahead = (self.number, 0)

    def start(self) -> asyncio.Task[None]:
        """Begin."""
        return self.process.run(self._run())

    def receive(self, source: int, message: Message | None) -> None:
        """Take what another one sends; ``None`` only wakes."""
        self._inbox.put_nowait((source, message))

    def receive_batch(self, source: int, batch: bytes) -> None:
        """Take a batch, of the node beside it or of another one; one that was seen is no news."""
        if batch not in self._cache:
            self._cache.add(batch)
            self._cluster.watch(self.number, self.process.run(self._check(source, batch)))

    async def _check(self, source: int, batch: bytes) -> None:
        answer = await self._call("check_tx", RequestCheckTx(tx=batch))
        if answer.code != ACCEPTED:
            self._cluster.trace.note(self.number, "batch refused", len(batch))
            return
        self.mempool[batch] = None
        self.receive(self.number, None)
        for other in self._others():
            if other != source:
                self._cluster.send_batch(self.number, other, batch)

    async def _run(self) -> None:
        await self._handshake()
        while True:
            block = await self._next_block()
            self._kept.blocks.append(block)
            await self._apply(block)

    async def _call(self, kind: str, request: Any) -> Any:  # noqa: ANN401 - the message of any kind
        """Make a call. The node answers it even where this CometBFT ends meanwhile."""
        answer = self._node.run(_as_coroutine(self._handlers[kind], request))
        self._replica.begin(kind)
        return await asyncio.shield(answer)

    async def _handshake(self) -> None:
        """Bring the application to where this CometBFT is."""
        info = await self._call("info", RequestInfo())
        self._cluster.checker.told(self.number, info.last_block_height, info.last_block_app_hash)
        if info.last_block_height == 0:
            named = [ValidatorUpdate(pub_key=PublicKey(ed25519=key), power=1) for key in self._cluster.engine_keys]
            begun = RequestInitChain(chain_id=self._cluster.chain_id, validators=named, initial_height=1)
            answer = await self._call("init_chain", begun)
            self._cluster.checker.told(self.number, 0, answer.app_hash)
        for block in self._kept.blocks[info.last_block_height :]:
            self._cluster.trace.note(self.number, "block sent again", block.height)
            await self._apply(block)

    async def _apply(self, block: Block) -> None:
        """Have a decided block executed and made durable."""
        await self._replica.reach("before FinalizeBlock")
        answer = await self._call(
            "finalize_block",
            RequestFinalizeBlock(
                hash=block.hash, height=block.height, time=_timestamp(block.time_ms), txs=block.batches
            ),
        )
        codes = tuple(each.code for each in answer.tx_results)
        self._cluster.checker.executed(self.number, block, answer.app_hash, codes)
        await self._replica.reach("between FinalizeBlock and Commit")
        await self._call("commit", RequestCommit())
        await self._replica.reach("after Commit")
        self._cluster.trace.note(self.number, "committed block", block.height, answer.app_hash)
        self._changed = answer.app_hash != self._cluster.chain.results[block.height - 1].app_hash
        for batch in block.batches:
            self._cache.add(batch)
            self.mempool.pop(batch, None)

    async def _next_block(self) -> Block:
        """Return what is decided for the next height."""
        self._begin_height()
        peer, height = self._ahead
        if height > self._height:
            self._send(peer, Ask(self._height))
        now = self._cluster.loop.time()
        until = now if self._changed else now + EMPTY_SECONDS
        while self._found is None and not (self.mempool or self._proposals or self._round):
            if not await self._take_one(until):
                break
        while self._found is None:
            await self._hold_round()
        return self._found

    def _begin_height(self) -> None:
        self._height, self._round, self._found = len(self._kept.blocks) + 1, 0, None
        self._proposals, self._votes = {}, {}

    async def _hold_round(self) -> None:
        """Propose, where it is this one's turn, and vote; return when a block is decided or another round begins."""
        begun = self._round
        if self._proposer(begun) == self.number:
            await self._propose()
        until = self._cluster.loop.time() + ROUND_SECONDS + begun * LATER_ROUND_SECONDS
        while self._found is None and self._round == begun:
            if not await self._take_one(until):
                self._round += 1
                self._cluster.trace.note(self.number, "round in vain", self._height, begun)
                self._tell_others(Status(self._height, self._round))

    async def _propose(self) -> None:
        """Propose what waits, or what was shown before."""
        shown = tuple(self._proposals.values())
        again = shown and self._random.random() < SAME_AGAIN_SHARE
        block = shown[-1] if again else self._block(await self._prepare())
        self._show(block, range(self._cluster.size))

    async def _prepare(self) -> list[bytes]:
        request = RequestPrepareProposal(txs=list(self.mempool), max_tx_bytes=MAX_BLOCK_BYTES, height=self._height)
        return list((await self._call("prepare_proposal", request)).txs)

    def _block(self, batches: Sequence[bytes]) -> Block:
        earlier = self._kept.blocks[-1].time_ms if self._kept.blocks else 0
        return Block(self._height, max(earlier + 1, self._replica.clock()), self.number, tuple(batches))

    def _show(self, block: Block, targets: Sequence[int]) -> None:
        """Show a proposal to some, this one among them or not."""
        self._cluster.trace.note(self.number, "proposes", block.height, self._round, block.hash)
        for target in targets:
            self._send(target, Proposal(self._round, block))

    async def _vote(self, proposal: Proposal) -> None:
        """Vote for a proposal the application accepts; once per round, restarts or not."""
        place = (proposal.block.height, proposal.round)
        if place in self._kept.voted:
            return
        request = RequestProcessProposal(txs=proposal.block.batches, height=proposal.block.height)
        answer = await self._call("process_proposal", request)
        if answer.status != ACCEPT:
            self._cluster.trace.note(self.number, "proposal rejected", *place, proposal.block.hash)
            return
        self._kept.voted.add(place)
        for target in range(self._cluster.size):
            self._send(target, Vote(*place, proposal.block.hash))

    async def _take_one(self, until: float) -> bool:
        """Take one message; tell whether one came in time."""
        if self._cluster.loop.time() >= until:
            return False
        try:
            async with asyncio.timeout_at(until):
                source, message = await self._inbox.get()
        except TimeoutError:
            return False
        if message is not None:
            await self._take(source, message)
        return True

    async def _take(self, source: int, message: Message) -> None:
        height = message.block.height if isinstance(message, Proposal | Known) else message.height
        if height < self._height and not isinstance(message, Known):
            self._send(source, Known(self._kept.blocks[height - 1], self._height))
        elif height > self._height and not isinstance(message, Ask):
            self._ahead = (source, height)
            self._send(source, Ask(self._height))
        elif height == self._height:
            await self._take_now(source, message)

    async def _take_now(self, source: int, message: Message) -> None:
        """Take what concerns the height that is being decided."""
        match message:
            case Known(block, theirs):
                self._ahead = (source, theirs)
                self._found = self._cluster.chain.decide(block)
            case Status(_, round_):
                self._round = max(self._round, round_)
            case Proposal(round_, block):
                await self._take_proposal(source, message)
            case Vote(_, round_, block_hash):
                self._votes.setdefault((round_, block_hash), set()).add(source)
                self._count(round_, block_hash)

    async def _take_proposal(self, source: int, proposal: Proposal) -> None:
        if proposal.round < self._round or source != self._proposer(proposal.round):
            return
        self._round = proposal.round
        self._proposals[proposal.block.hash] = proposal.block
        await self._vote(proposal)
        self._count(proposal.round, proposal.block.hash)

    def _count(self, round_: int, block_hash: bytes) -> None:
        """Take a block for which more than two thirds have voted."""
        votes, block = self._votes.get((round_, block_hash), ()), self._proposals.get(block_hash)
        if block is not None and 3 * len(votes) > 2 * self._cluster.size:
            self._found = self._cluster.chain.decide(block)

    def _proposer(self, round_: int) -> int:
        return (self._height + round_) % self._cluster.size

    def _others(self) -> list[int]:
        return [each for each in range(self._cluster.size) if each != self.number]

    def _tell_others(self, message: Message) -> None:
        for other in self._others():
            self._send(other, message)

    def _send(self, target: int, message: Message) -> None:
        if target == self.number:
            self.receive(self.number, message)
        else:
            self._cluster.send(self.number, target, message)


async def _as_coroutine(handler: Any, request: Any) -> Any:  # noqa: ANN401 - the message of any kind
    return await handler(request)


def _timestamp(time_ms: int) -> Timestamp:
    seconds, milliseconds = divmod(time_ms, 1_000)
    return Timestamp(seconds=seconds, nanos=milliseconds * 1_000_000)
