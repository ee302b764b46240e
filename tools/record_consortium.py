"""Record blocks of a real network of four, with their receipts: what tests and vectors of ``cometbft/1`` are made of.

Run by hand, with CometBFT built (``make cometbft``); it takes half a minute. The members' keys are known, so that tests
can also sign what no honest network would. What is recorded, in ``tests/proof/finality/data/cometbft.json``:

- ``everybody`` and ``one away``: a payment while all four vote, and one while the last is stopped;
- ``other powers``: a payment after the ledger gave the last a voting power of 5 instead of 1;
- ``commitments`` of all blocks from genesis on, by which a receipt can be proven by a later block.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run as a program, it finds the tests as they find themselves
    sys.path.insert(0, str(ROOT))

from payport.history.verified import verify_block  # noqa: E402 - only now can the tests be found
from payport.institutions.own_institution import OwnInstitution  # noqa: E402 - as above
from payport.ledger.block import COMMITTED  # noqa: E402 - as above
from payport.ledger.machine import Machine  # noqa: E402 - as above
from payport.ledger.receipt import assemble  # noqa: E402 - as above
from payport.ledger.state.parameters import encode_value  # noqa: E402 - as above
from payport.ledger.state.state import State  # noqa: E402 - as above
from payport.proof.light_block import decode_light_block  # noqa: E402 - as above
from payport.proof.trust import encode_trust  # noqa: E402 - as above
from payport.signers.key_files import FileSigner  # noqa: E402 - as above
from payport.values.refusals import Refusal  # noqa: E402 - as above
from tests.consensus.cometbft.consortium import running  # noqa: E402 - as above
from tests.consensus.small_network import BANK, BANK_ACCOUNT, BANK_SEED  # noqa: E402 - as above

if TYPE_CHECKING:
    from payport.consensus.contract import Outcome
    from tests.consensus.cometbft.consortium import Consortium

FILE: Final = ROOT / "tests/proof/finality/data/cometbft.json"
HEAVY_POWER: Final = 5
AHEAD_BLOCKS: Final = 4
VALIDITY_MS: Final = 600_000
TRIES: Final = 40
VOTES_SECONDS: Final = 2.5
PAUSE_SECONDS: Final = 0.2


class Recorder:
    """The bank of the network, paying through the first member's node."""

    def __init__(self, made: Consortium) -> None:
        self.made = made
        self.client, self.other = (each.client() for each in made.members[:2])
        self.bank = OwnInstitution(BANK, made.trust, (FileSigner(BANK_SEED),))

    async def record(self) -> dict[str, object]:
        """Return everything."""
        last = self.made.members[-1]
        found: dict[str, object] = {"trust": json.loads(encode_trust(self.made.trust))}
        found["everybody"] = await self.paid(4)
        last.kill_engine()
        last.kill_node()
        found["one away"] = await self.paid(3)
        await asyncio.to_thread(last.start_node)
        last.start_engine()
        await self.give_power(HEAVY_POWER)
        found["other powers"] = await self.paid(4)
        genesis = Machine(self.made.genesis, State()).commitment_bytes
        height = (await self.client.status()).height
        blocks = [await self.client.block(each) for each in range(1, height + 1)]
        found["commitments"] = [each.hex() for each in (genesis, *(block.commitment_bytes for block in blocks))]
        await asyncio.gather(self.client.close(), self.other.close())
        return found

    async def paid(self, votes: int) -> dict[str, str]:
        """Pay until so many voted for the block; return what proves it."""
        for _ in range(TRIES):
            outcome = await self.issue()
            # A node keeps the proof it reads first, which lacks late votes: another node is asked, once all have come.
            await asyncio.sleep(VOTES_SECONDS)
            block = verify_block(await self.other.block(outcome.height), self.made.trust).stored
            cast = decode_light_block(block.finality_payload).commit.votes
            if sum(vote is not None and vote.for_block for vote in cast) == votes:
                receipt = assemble(block, outcome.transaction_id, BANK_ACCOUNT)
                proof = {"commitment": block.commitment_bytes, "payload": block.finality_payload, "receipt": receipt}
                return {name: value.hex() for name, value in proof.items()}
        raise AssertionError(f"no block with {votes} votes")

    async def give_power(self, power: int) -> None:
        """Give the last member another voting power, and make blocks until it counts."""
        last = self.made.members[-1]
        name = f"validators/{last.institution}"
        value = encode_value(name, msgspec.structs.replace(last.validator, power=power))
        from_height = (await self.client.status()).height + AHEAD_BLOCKS
        await self.submit("set_parameter/1", name=name, value=value, from_height=from_height)
        while (await self.client.status()).height < from_height:
            await self.issue()

    async def issue(self) -> Outcome:
        """Issue a fen."""
        return await self.submit("issue/1", account=BANK_ACCOUNT, asset="CNY", amount_minor=1)

    async def submit(self, kind: str, **fields: object) -> Outcome:
        """Submit one transaction of the bank, again until the node takes it."""
        now_ms = time.time_ns() // 1_000_000
        envelope = self.bank.seal(self.bank.build(kind, now_ms, now_ms + VALIDITY_MS, **fields))
        for _ in range(TRIES):
            try:
                (outcome,) = await self.client.submit((envelope,))
            except Refusal as refusal:
                # The engine's time is that of the block before, so validity may not have begun; or it is just starting.
                print(refusal, file=sys.stderr)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                assert outcome.code == COMMITTED, outcome
                return outcome
        raise AssertionError(f"{kind} was not taken")


async def main() -> None:
    """Run a network in a temporary folder and write what it did."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), 4) as made:
        found = await Recorder(made).record()
    FILE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
