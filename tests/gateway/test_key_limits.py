"""What the port tells of the limits of a phone's key, and of what is left of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.ledger.state.keys import Limits
from payport.wallet.keys import SigningKey
from payport.wallet.sign import build
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from tests.gateway.town import Town


def test_limits_are_told_with_what_is_left_of_the_day(town: Town) -> None:
    phone = SigningKey.generate()
    town.do(
        "bind_key/1",
        town.lin,
        key=phone.prove_possession(town.chain_id, town.lin.account),
        role="session",
        scope=(),
        limits=Limits("CNY", 5_000, 1_500, 1_000),
        expires_at_ms=now_ms() + 600_000,
    )

    def told() -> dict[str, Any]:
        town.indexed()
        found = town.get(f"/v1/accounts/{town.lin.account.hex()}/keys", town.lin).json()
        return {each["public_key"]: each["limits"] for each in found}

    assert told()[town.lin.key.public_key.hex()] is None
    terms = {"asset": "CNY", "per_payment_minor": 5_000, "daily_minor": 1_500, "static_daily_minor": 1_000}
    key = phone.public_key.hex()
    assert told()[key] == {**terms, "daily_left_minor": 1_500, "static_daily_left_minor": 1_000}

    fields = {"merchant": town.market.account, "asset": "CNY", "amount_minor": 300, "order": None}
    purchase = build(town.chain_id, "purchase/1", town.lin.account, **fields)
    assert town.submit(sign(purchase, phone)).status_code == 200
    assert told()[key] == {**terms, "daily_left_minor": 1_200, "static_daily_left_minor": 700}

    transfer = build(
        town.chain_id, "transfer/1", town.lin.account, payee=town.market.account, asset="CNY", amount_minor=900
    )
    assert town.submit(sign(transfer, phone)).status_code == 200
    assert told()[key] == {**terms, "daily_left_minor": 300, "static_daily_left_minor": 300}
