"""A client of CometBFT's RPC: hands batches over, and asks for headers, votes and validators."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import httpx

from payport.consensus.contract import ENGINE_UNREACHABLE
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

UNIX: Final = "unix://"
"""How an address that is a unix socket begins."""

TIMEOUT_SECONDS: Final = 5.0
"""How long an answer may take."""

CONNECTIONS: Final = 16
"""Connections to CometBFT at once."""

VALIDATORS_A_PAGE: Final = 100
"""Validators CometBFT tells at once, at most."""

ALREADY_THERE: Final = "tx already exists in cache"
"""What CometBFT says of a batch it has seen."""


class EngineRpc:
    """Speaks JSON-RPC over a unix socket, or over HTTP to somebody else's."""

    def __init__(self, address: Path | str) -> None:
        """Speak to the CometBFT that listens on the unix socket ``address``, or at that URL."""
        limits = httpx.Limits(max_connections=CONNECTIONS)
        text = str(address)
        socket = None if text.startswith(("http://", "https://")) else text.removeprefix(UNIX)
        transport = httpx.AsyncHTTPTransport(uds=socket, limits=limits)
        url = text if socket is None else "http://engine"
        self._client = httpx.AsyncClient(base_url=url, transport=transport, timeout=TIMEOUT_SECONDS)

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    async def hand_over(self, batch: bytes) -> None:
        """Give a batch to the mempool, once or again; raises ``engine_unreachable``."""
        try:
            await self.ask("broadcast_tx_async", tx=base64.b64encode(batch).decode())
        except Refusal as refusal:
            if ALREADY_THERE not in refusal.detail:
                raise

    async def commit(self, height: int) -> dict[str, Any]:
        """Return the signed header of a height, with its commit; raises ``engine_unreachable``."""
        answer = await self.ask("commit", height=str(height))
        found: dict[str, Any] = answer["signed_header"]
        return found

    async def validators(self, height: int) -> list[dict[str, Any]]:
        """Return the validators of a height in their order; raises ``engine_unreachable``."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = await self.ask("validators", height=str(height), page=str(page), per_page=str(VALIDATORS_A_PAGE))
            found += answer["validators"]
            if len(found) >= int(answer["total"]) or not answer["validators"]:
                return found
            page += 1

    async def ask(self, method: str, **parameters: str) -> dict[str, Any]:
        """Return the result of a call; raises ``engine_unreachable``."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        try:
            answer = (await self._client.post("/", json=call)).json()
        except (httpx.HTTPError, ValueError) as error:
            ENGINE_UNREACHABLE.refuse(f"{method}: {type(error).__name__}")
        if answer.get("error"):
            told = answer["error"]
            ENGINE_UNREACHABLE.refuse(f"{method}: {told.get('message', '')} {told.get('data', '')}"[:300])
        result: dict[str, Any] = answer["result"]
        return result
