"""A node whose token goes away: it stops rather than go on without a signature, and has lost nothing afterwards."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.consensus.contract import EngineStoppedError
from payport.consensus.embedded import EmbeddedEngine
from payport.ledger.block import COMMITTED
from payport.ledger.store.faulty_files import FaultyFiles
from payport.signers import pkcs11
from payport.signers.opening import make_key, open_signer
from payport.values.refusals import Refusal
from tests.consensus.small_network import Clock, balance_minor, issue, open_application

if TYPE_CHECKING:
    from tests.signers.tokens import Tokens

DEVICE_REMOVED = 0x32


async def test_the_node_stops_and_signs_again_when_it_is_started_anew(tokens: Tokens) -> None:
    address = tokens.address(tokens.make(), "node")
    module = pkcs11._module(tokens.module)
    with module.lock:
        module.restart()
    public_key = make_key(address)
    files, clock = FaultyFiles(Random(1)), Clock()
    engine = EmbeddedEngine(open_application(files), open_signer(address), clock)
    await engine.start()
    (first,) = await engine.submit(issue())
    assert first.code == COMMITTED
    second = issue()
    tokens.faults.answer("C_Sign", DEVICE_REMOVED, -1)
    try:
        with pytest.raises(EngineStoppedError):
            await engine.submit(second)
        failure = await asyncio.wait_for(engine.wait_stopped(), 5)
        assert isinstance(failure, Refusal)
        assert failure.code == "signer_unavailable"
        await engine.close()
    finally:
        tokens.faults.none()
    application = open_application(files)
    engine = EmbeddedEngine(application, open_signer(address), clock)
    await engine.start()
    assert balance_minor(application) == 1
    (outcome,) = await engine.submit(second)
    assert (outcome.code, outcome.repeated, balance_minor(application)) == (COMMITTED, False, 2)
    block = await engine.read_block(outcome.height)
    assert public_key in block.finality_payload
    await engine.close()
