"""The calls of all four connections by their names in ABCI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.consensus.cometbft.consensus_connection import ConsensusCalls
from payport.consensus.cometbft.mempool_connection import MempoolCalls
from payport.consensus.cometbft.query_connection import QueryCalls
from payport.consensus.cometbft.snapshot_connection import SnapshotCalls

if TYPE_CHECKING:
    from payport.consensus.cometbft.engine import CometBftEngine
    from payport.consensus.cometbft.server import Handler


def handlers_of(engine: CometBftEngine) -> dict[str, Handler]:
    """Return who answers each kind of request."""
    consensus, mempool = ConsensusCalls(engine), MempoolCalls(engine)
    query, snapshots = QueryCalls(engine), SnapshotCalls(engine)
    return {
        "echo": query.echo,
        "flush": query.flush,
        "info": query.info,
        "query": query.query,
        "init_chain": consensus.init_chain,
        "prepare_proposal": consensus.prepare_proposal,
        "process_proposal": consensus.process_proposal,
        "extend_vote": consensus.extend_vote,
        "verify_vote_extension": consensus.verify_vote_extension,
        "finalize_block": consensus.finalize_block,
        "commit": consensus.commit,
        "check_tx": mempool.check_tx,
        "list_snapshots": snapshots.list_snapshots,
        "offer_snapshot": snapshots.offer_snapshot,
        "load_snapshot_chunk": snapshots.load_snapshot_chunk,
        "apply_snapshot_chunk": snapshots.apply_snapshot_chunk,
    }
