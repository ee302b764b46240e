"""Pages of the one wallet origin may call the port; scripts of any other site are told nothing by their browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gateway.conftest import WALLET_ORIGIN

if TYPE_CHECKING:
    from tests.gateway.town import Town

ALLOW = "access-control-allow-origin"


def preflight(town: Town, origin: str, method: str, path: str) -> dict[str, str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    return dict(town.client.options(path, headers=headers).headers)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/transactions"), ("PUT", "/v1/cards/defaults/pay"), ("PATCH", "/v1/cards/" + "00" * 16)],
)
def test_the_wallet_may_ask(town: Town, method: str, path: str) -> None:
    told = preflight(town, WALLET_ORIGIN, method, path)
    assert told[ALLOW] == WALLET_ORIGIN
    assert method in told["access-control-allow-methods"]
    assert "idempotency-key" in told["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in told


def test_what_the_wallet_reads_is_marked_for_it_and_for_nobody_else(town: Town) -> None:
    account = f"/v1/accounts/{town.lin.account.hex()}"
    for path, headers in (("/v1/network", {}), (account, town.bearer(town.lin)), (account, {})):
        mine = town.client.get(path, headers={**headers, "Origin": WALLET_ORIGIN})
        assert mine.headers[ALLOW] == WALLET_ORIGIN
        assert "retry-after" in mine.headers["access-control-expose-headers"].lower()
        for origin in ("https://evil.example", "null", f"{WALLET_ORIGIN}.evil.example", "http://wallet.example"):
            other = town.client.get(path, headers={**headers, "Origin": origin})
            assert ALLOW not in other.headers, (path, origin)
    assert ALLOW not in preflight(town, "https://evil.example", "POST", "/v1/transactions")
