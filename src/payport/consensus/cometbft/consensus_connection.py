"""The consensus connection: proposals, votes on them, and what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.consensus.cometbft.messages_pb2 import (
    ExecTxResult,
    PublicKey,
    RequestCommit,
    RequestExtendVote,
    RequestFinalizeBlock,
    RequestInitChain,
    RequestPrepareProposal,
    RequestProcessProposal,
    RequestVerifyVoteExtension,
    ResponseCommit,
    ResponseExtendVote,
    ResponseFinalizeBlock,
    ResponseInitChain,
    ResponsePrepareProposal,
    ResponseProcessProposal,
    ResponseVerifyVoteExtension,
    ValidatorUpdate,
)

if TYPE_CHECKING:
    from payport.consensus.cometbft.engine import CometBftEngine
    from payport.consensus.cometbft.messages_pb2 import Timestamp

ACCEPT: Final = 1
"""Status of a proposal or vote that is voted for."""

REJECT: Final = 2
"""Status of one that is not."""

FIRST_HEIGHT: Final = 1
"""Height of the first block; CometBFT says 0 or 1."""


class OtherNetworkError(Exception):
    """CometBFT's genesis belongs to another network than the node's."""


def milliseconds(time: Timestamp) -> int:
    """Return a time of the engine in milliseconds since the Unix epoch, rounded down."""
    return time.seconds * 1_000 + time.nanos // 1_000_000


class ConsensusCalls:
    """Passes the calls of one height on, in their order."""

    def __init__(self, engine: CometBftEngine) -> None:
        """Answer for ``engine``."""
        self._engine = engine

    async def init_chain(self, request: RequestInitChain) -> ResponseInitChain:
        """Begin a chain whose genesis is the node's; raises :class:`OtherNetworkError`."""
        if request.chain_id != self._engine.chain_id or request.initial_height > FIRST_HEIGHT:
            raise OtherNetworkError(f"{request.chain_id}, from height {request.initial_height}")
        known = self._engine.abci.validators()
        named = {each.pub_key.ed25519: each.power for each in request.validators}
        if known and named != known:
            raise OtherNetworkError("its genesis names other validators than the ledger's")
        return ResponseInitChain(app_hash=self._engine.first_app_hash())

    async def prepare_proposal(self, request: RequestPrepareProposal) -> ResponsePrepareProposal:
        """Choose what to propose of what waits; never more than may be."""
        return ResponsePrepareProposal(txs=await self._engine.prepare(request.txs, request.max_tx_bytes))

    async def process_proposal(self, request: RequestProcessProposal) -> ResponseProcessProposal:
        """Answer whether to vote for what another proposes."""
        return ResponseProcessProposal(status=ACCEPT if await self._engine.process(request.txs) else REJECT)

    async def extend_vote(self, _request: RequestExtendVote) -> ResponseExtendVote:
        """Add nothing to a vote."""
        return ResponseExtendVote()

    async def verify_vote_extension(self, request: RequestVerifyVoteExtension) -> ResponseVerifyVoteExtension:
        """Accept votes to which nothing was added."""
        return ResponseVerifyVoteExtension(status=REJECT if request.vote_extension else ACCEPT)

    async def finalize_block(self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock:
        """Execute what was decided; nothing is durable yet."""
        answer = await self._engine.finalize(
            request.hash, request.height, milliseconds(request.time), list(request.txs)
        )
        # One short result per batch: CometBFT stores them, and receipts come from the node's own log.
        return ResponseFinalizeBlock(
            tx_results=[ExecTxResult(code=code) for code in answer.codes],
            validator_updates=[
                ValidatorUpdate(pub_key=PublicKey(ed25519=key), power=power) for key, power in answer.powers.items()
            ],
            app_hash=answer.app_hash,
        )

    async def commit(self, _request: RequestCommit) -> ResponseCommit:
        """Make it durable; CometBFT keeps all blocks, because they prove receipts."""
        await self._engine.commit()
        return ResponseCommit(retain_height=0)
