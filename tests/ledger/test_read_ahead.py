"""Reading ahead fetches what a block looks at, and changes nothing else."""

from __future__ import annotations

from payport.ledger.machine import Machine
from payport.ledger.state import accounts, balances, keys, usage
from payport.ledger.state.state import State
from payport.ledger.store.checkpoint import MemoryCheckpoint
from tests.ledger.network import Network, account, public_key


class Counted(MemoryCheckpoint):
    """Counts single reads."""

    singles = 0

    def get(self, family: str, key: bytes) -> bytes | None:
        self.singles += 1
        return super().get(family, key)


def reopened(network: Network) -> tuple[Network, Counted]:
    """Return the network over a checkpoint with nothing in memory."""
    checkpoint = Counted()
    checkpoint.apply(0, network.state.take_changes())
    again = Network(network.genesis, State(checkpoint))
    assert isinstance(again.machine, Machine)
    return again, checkpoint


def test_a_block_read_ahead_reads_nothing_singly_and_ends_the_same(network: Network) -> None:
    network.session_key("alice", "phone")
    fields = {"payee": account("bob"), "asset": "CNY", "amount_minor": 700}
    outcomes = []
    for ahead in (True, False):
        again, checkpoint = reopened(network) if ahead else (network, Counted())
        again.nonce = 1_000
        item = again.read(again.sign(again.build("transfer/1", account("alice"), **fields), "phone"))
        if ahead:
            again.machine.read_ahead([item])
            checkpoint.singles = 0
        executed = again.machine.execute(again.machine.height + 1, again.now_ms, [item])
        outcomes.append((executed.outcomes, executed.commitment_bytes))
        if ahead:
            assert checkpoint.singles == 1, "only the last commitment"
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0][0][0].code == "committed"


def test_what_does_not_exist_is_forgotten_when_the_block_ends(network: Network) -> None:
    again, _ = reopened(network)
    fields = {"payee": b"n" * 16, "asset": "CNY", "amount_minor": 700}
    item = again.read(again.sign(again.build("transfer/1", account("alice"), **fields), "alice"))
    again.machine.read_ahead([item])
    assert accounts.table(again.state).knows(b"n" * 16)
    assert usage.table(again.state).knows(public_key("alice"))
    assert (
        again.machine.execute(again.machine.height + 1, again.now_ms, [item]).outcomes[0][0].code == "unknown_account"
    )
    assert not accounts.table(again.state).knows(b"n" * 16)
    assert not balances.table(again.state).knows(b"n" * 16 + b"CNY")
    assert not usage.table(again.state).knows(public_key("alice"))
    assert keys.table(again.state).knows(public_key("alice"))
