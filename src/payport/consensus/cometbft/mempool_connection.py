"""The mempool connection: whether a batch may wait for a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.consensus.cometbft.messages_pb2 import RequestCheckTx, ResponseCheckTx

if TYPE_CHECKING:
    from payport.consensus.cometbft.engine import CometBftEngine


class MempoolCalls:
    """Refuses what is wrong whatever the state; CometBFT remembers such a batch and never asks again."""

    def __init__(self, engine: CometBftEngine) -> None:
        """Check for ``engine``."""
        self._engine = engine

    async def check_tx(self, request: RequestCheckTx) -> ResponseCheckTx:
        """Answer whether a batch is well-formed and every signature in it verifies."""
        code, message = await self._engine.check(request.tx)
        return ResponseCheckTx(code=code, log=message)
