"""The TypeScript client against a running port: the Node tests do the whole way, this starts the network for them."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from payport.gateway.access.api_keys import NewApiKey
from payport.gateway.access.callers import Scope
from payport.gateway.partner_keys import make_key
from payport.proof.trust import encode_trust
from tests.gateway.access.people import database_of

if TYPE_CHECKING:
    from tests.apps.conftest import Run
    from tests.gateway.town import Town

BANK = "bank-north"


@pytest.mark.slow
def test_client_on_a_running_network(town: Town, run_in_apps: Run) -> None:
    now_ms = time.time_ns() // 1_000_000
    partner = NewApiKey(BANK, "shop", (Scope.WEBHOOKS_WRITE,), (), now_ms + 3_600_000)
    told = {
        "url": town.network.url,
        "chain_id": town.chain_id,
        "trust": encode_trust(town.network.trust).decode(),
        "bank": BANK,
        "api_key": asyncio.run(make_key(database_of(town), partner, now_ms)),
        "bank_seed": town.city.keys[BANK].reveal_seed().hex(),
    }
    finished = run_in_apps("vitest", "run", ".port.test.ts", PAYPORT_NETWORK=json.dumps(told))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    # Without a network the tests skip themselves: here all of them must have run.
    assert re.search(r"Tests +\d+ passed \(\d+\)", finished.stdout), finished.stdout
