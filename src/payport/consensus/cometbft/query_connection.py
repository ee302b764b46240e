"""The query connection: where the application is, and that it lives."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from payport.consensus.cometbft.messages_pb2 import (
    RequestEcho,
    RequestFlush,
    RequestInfo,
    RequestQuery,
    ResponseEcho,
    ResponseFlush,
    ResponseInfo,
    ResponseQuery,
)

if TYPE_CHECKING:
    from payport.consensus.cometbft.engine import CometBftEngine

NOT_SERVED = 1
"""Code of every query: the node has an interface of its own, and CometBFT's is not open to others."""


class QueryCalls:
    """Answers what CometBFT asks at its start, and now and then."""

    def __init__(self, engine: CometBftEngine) -> None:
        """Tell of ``engine``."""
        self._engine = engine

    async def echo(self, request: RequestEcho) -> ResponseEcho:
        """Answer what was said."""
        return ResponseEcho(message=request.message)

    async def flush(self, _request: RequestFlush) -> ResponseFlush:
        """Answer; everything before it has been answered already."""
        return ResponseFlush()

    async def info(self, _request: RequestInfo) -> ResponseInfo:
        """Answer which height is durable: CometBFT sends the blocks above it again."""
        info = await self._engine.info()
        return ResponseInfo(
            data="payport",
            version=version("payport"),
            last_block_height=info.height,
            last_block_app_hash=info.app_hash if info.height else b"",
        )

    async def query(self, _request: RequestQuery) -> ResponseQuery:
        """Refuse."""
        return ResponseQuery(code=NOT_SERVED, log="ask the node's own interface")
