"""One block per height for everybody, and what it must come to."""

from __future__ import annotations

from random import Random

import pytest

from payport.consensus.abci import AbciApplication
from payport.consensus.batch import encode_batch
from payport.ledger.state import ids
from payport.ledger.store.faulty_files import FaultyFiles
from payport.signers.key_files import FileSigner
from payport.simulator.replicas.chain import Block, Chain
from payport.simulator.replicas.trace import Trace
from payport.values.refusals import Refusal
from tests.consensus.small_network import BANK, GENESIS, NODE_SIGNER, START_MS, forged, issue, open_application


@pytest.fixture
def chain() -> Chain:
    return Chain(GENESIS, Trace(lambda: 0.0))


def block(height: int, *batches: bytes) -> Block:
    return Block(height, START_MS + height * 1_000, 0, batches)


def batch(*items: tuple[bytes, ...], institution: str = BANK, signer: FileSigner = NODE_SIGNER) -> bytes:
    return encode_batch(GENESIS.chain_id, institution, items, signer)


def test_the_first_block_of_a_height_is_its_block(chain: Chain) -> None:
    first, second = block(1, batch(issue(1))), block(1, batch(issue(2)))
    assert first.hash != second.hash
    assert chain.decide(first) is first
    assert chain.decide(second) is first
    assert (chain.height, chain.application.height, len(chain.committed)) == (1, 1, 1)
    with pytest.raises(AssertionError):
        chain.decide(block(3))


def test_a_block_is_shown_once_the_one_after_it_is_decided(chain: Chain) -> None:
    chain.decide(block(1))
    chain.decide(block(2, batch(issue(1))))
    assert not chain.shown(1)
    chain.decide(block(3))
    assert chain.shown(1)
    assert not chain.shown(2)


def test_results_are_those_of_the_application_behind_abci(chain: Chain) -> None:
    abci = AbciApplication(open_application(FaultyFiles(Random(1))))
    stranger = batch(issue(5), signer=FileSigner(bytes([3]) * 32))
    again = batch(issue(1))
    for made in (block(1, batch(issue(1)), stranger), block(2), block(3, again, again, stranger)):
        chain.decide(made)
        answer = abci.finalize_block(made.hash, made.height, made.time_ms, made.batches)
        abci.commit()
        assert chain.results[made.height] == (answer.app_hash, answer.codes)
    assert chain.results[1].codes == (0, 1)


def test_what_must_never_be_decided(chain: Chain) -> None:
    with pytest.raises(AssertionError, match="forged payment was decided"):
        chain.decide(block(1, batch(forged())))
    with pytest.raises(Refusal, match="invalid_batch"):
        Chain(GENESIS, Trace(lambda: 0.0)).decide(block(1, batch(issue())[:-1] + b"\0"))


def test_a_second_effect_is_seen(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "remember", lambda *_: None)
    made = batch(issue(1))
    chain.decide(block(1, made))
    with pytest.raises(AssertionError, match="was committed twice"):
        chain.decide(block(2, made))
