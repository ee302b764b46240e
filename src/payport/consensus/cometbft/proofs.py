"""Finality proofs of blocks, from what CometBFT keeps: the header after a block, the votes for it, the validators."""

from __future__ import annotations

import base64
import re
from collections import OrderedDict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.consensus.abci import engine_height
from payport.ledger.store.stored_block import NOT_PROVEN
from payport.proof.finality import cometbft as finality
from payport.proof.light_block import NANOSECONDS, BlockId, Commit, Header, Validator, Vote
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.consensus.cometbft.rpc import EngineRpc
    from payport.ledger.store.stored_block import StoredBlock

MAX_KEPT: Final = 64
"""Proven blocks kept: index and ports read each block once, soon after it was committed."""

_ABSENT, _FOR_BLOCK = 1, 2
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


class Proofs:
    """Proves stored blocks."""

    def __init__(self, rpc: EngineRpc, others: Sequence[EngineRpc] = ()) -> None:
        """Ask ``rpc``, and ``others`` for what it does not have; whoever reads a proof verifies it."""
        self._sources = (rpc, *others)
        self._kept: OrderedDict[int, StoredBlock] = OrderedDict()
        self._validators: tuple[str, tuple[Validator, ...]] = ("", ())

    async def proven(self, stored: StoredBlock) -> StoredBlock:
        """Return the block with its proof; raises ``engine_unreachable`` where there is none yet."""
        if stored.finality_tag != NOT_PROVEN:
            return stored
        kept = self._kept.get(stored.height)
        if kept is not None:
            return kept
        payload = await self.payload(engine_height(stored) + 1)
        found = msgspec.structs.replace(stored, finality_tag=finality.TAG, finality_payload=payload)
        self._kept[stored.height] = found
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return found

    async def payload(self, height: int) -> bytes:
        """Return the proof that a height's header gives for the block before it; raises ``engine_unreachable``."""
        first: Refusal | None = None
        for source in self._sources:
            try:
                return await self._payload_of(source, height)
            except Refusal as refusal:
                first = first or refusal
        assert first is not None, "somebody was asked"
        raise first

    async def _payload_of(self, source: EngineRpc, height: int) -> bytes:
        signed = await source.commit(height)
        header, commit = read_header(signed["header"]), read_commit(signed["commit"])
        told = signed["header"]["validators_hash"]
        if self._validators[0] != told:
            self._validators = told, tuple(map(_validator, await source.validators(height)))
        return finality.encode_payload(header, commit, self._validators[1])


def read_header(told: dict[str, Any]) -> Header:
    """Return a header as CometBFT tells it."""
    return Header(
        block_version=int(told["version"]["block"]),
        app_version=int(told["version"].get("app", 0)),
        chain_id=told["chain_id"],
        height=int(told["height"]),
        time_ns=nanoseconds(told["time"]),
        last_block_id=_block_id(told["last_block_id"]),
        last_commit_hash=bytes.fromhex(told["last_commit_hash"]),
        data_hash=bytes.fromhex(told["data_hash"]),
        validators_hash=bytes.fromhex(told["validators_hash"]),
        next_validators_hash=bytes.fromhex(told["next_validators_hash"]),
        consensus_hash=bytes.fromhex(told["consensus_hash"]),
        app_hash=bytes.fromhex(told["app_hash"]),
        last_results_hash=bytes.fromhex(told["last_results_hash"]),
        evidence_hash=bytes.fromhex(told["evidence_hash"]),
        proposer_address=bytes.fromhex(told["proposer_address"]),
    )


def read_commit(told: dict[str, Any]) -> Commit:
    """Return a commit as CometBFT tells it."""
    parts = told["block_id"]["parts"]
    votes = tuple(map(_vote, told["signatures"]))
    return Commit(int(told["round"]), int(parts["total"]), bytes.fromhex(parts["hash"]), votes)


def nanoseconds(text: str) -> int:
    """Return a time as CometBFT tells it, in nanoseconds since the Unix epoch."""
    found = _TIME.fullmatch(text)
    assert found is not None, f"not a time of CometBFT: {text}"
    seconds = int(datetime.fromisoformat(found[1] + "+00:00").timestamp())
    return seconds * NANOSECONDS + int((found[2] or "").ljust(9, "0"))


def _block_id(told: dict[str, Any]) -> BlockId:
    parts = told["parts"]
    return BlockId(bytes.fromhex(told["hash"]), int(parts["total"]), bytes.fromhex(parts["hash"]))


def _vote(told: dict[str, Any]) -> Vote | None:
    flag = int(told["block_id_flag"])
    if flag == _ABSENT:
        return None
    return Vote(flag == _FOR_BLOCK, nanoseconds(told["timestamp"]), base64.b64decode(told["signature"]))


def _validator(told: dict[str, Any]) -> Validator:
    return Validator(base64.b64decode(told["pub_key"]["value"]), int(told["voting_power"]))
