"""charge: by a scanned code and by digits, once, one case per refusal."""

from __future__ import annotations

import pytest

from payport.values import authorities
from payport.values.refusals import Refusal
from tests.ledger import gates
from tests.ledger.network import MINUTE_MS, Network, account, public_key

DIGITS = "6212345678901234567"


def build(network: Network, merchant: str = "market", authority: bytes | None = None, **overrides: object) -> object:
    given = {
        "payer": account("alice"),
        "asset": "CNY",
        "amount_minor": 12_850,
        "authority": network.authority("alice") if authority is None else authority,
        "digits": None,
    }
    return network.build("charge/1", account(merchant), **{**given, **overrides})


def charge(network: Network, merchant: str = "market", time_ms: int | None = None, **overrides: object) -> str:
    return network.run(network.sign(build(network, merchant, **overrides), merchant), time_ms=time_ms).code


def test_merchant_is_paid_as_by_a_purchase(network: Network) -> None:
    assert charge(network) == "committed"
    assert (network.balance("alice"), network.balance("market")) == (87_150, 12_773)


def test_a_code_works_once_even_at_two_tills_in_one_block(network: Network) -> None:
    authority = network.authority("alice")
    items = [
        network.read(network.sign(build(network, till, authority, amount_minor=100), till))
        for till in ("market", "metro")
    ]
    assert [each[0].code for each in network.block(*items).outcomes] == ["committed", "authority_used"]
    assert charge(network, authority=authority) == "authority_used"


def test_digits_must_be_shown(network: Network) -> None:
    digest = authorities.digits_digest(DIGITS, account("alice"))
    authority = network.authority("alice", digits_digest=digest)
    for digits in (None, DIGITS[:-1] + "8"):
        with pytest.raises(Refusal, match="authority_mismatch"):
            charge(network, authority=authority, digits=digits)
    assert charge(network, authority=authority, digits=DIGITS) == "committed"


@pytest.mark.parametrize("changes", [{"payer": account("bob")}, {"asset": "HKD"}, {"digits": DIGITS}])
def test_authority_mismatch(network: Network, changes: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="authority_mismatch"):
        charge(network, **changes)


def test_charge_exceeds_cap(network: Network) -> None:
    with pytest.raises(Refusal, match="charge_exceeds_cap"):
        charge(network, amount_minor=20_001)


def test_authority_too_long_lived(network: Network) -> None:
    authority = network.authority("alice", expires_at_ms=network.now_ms + MINUTE_MS + 1)
    with pytest.raises(Refusal, match="authority_too_long_lived"):
        charge(network, authority=authority)


def test_same_account(network: Network) -> None:
    with pytest.raises(Refusal, match="same_account"):
        charge(network, payer=account("market"))


def test_malformed_authority(network: Network) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        charge(network, authority=b"\x90")


def test_forged_authority(network: Network) -> None:
    authority = bytearray(network.authority("alice"))
    authority[-1] ^= 1
    with pytest.raises(Refusal, match="invalid_signature"):
        charge(network, authority=bytes(authority))


@pytest.mark.parametrize(
    ("early_ms", "code"),
    [
        (30_000, "committed"),
        (30_001, "authority_out_of_time"),
        (-60_000, "committed"),
        (-60_001, "authority_out_of_time"),
    ],
)
def test_window(network: Network, early_ms: int, code: str) -> None:
    network.later(2 * MINUTE_MS)
    now_ms = network.now_ms
    authority = network.authority("alice", issued_at_ms=now_ms + early_ms, expires_at_ms=now_ms + early_ms + MINUTE_MS)
    assert charge(network, authority=authority, time_ms=now_ms) == code


def test_authority_not_by_payer(network: Network) -> None:
    network.session_key("alice", "narrow", scope=("transfer",))
    network.session_key("alice", "lost")
    network.must("revoke_key/1", account("alice"), "alice", public_key=public_key("lost"))
    for signer in ("bob", "narrow", "lost", "stranger"):
        assert charge(network, authority=network.authority("alice", signer=signer)) == "authority_not_by_payer"


@pytest.mark.parametrize(
    ("merchant", "changes", "code"),
    [
        ("market", {"asset": "USD"}, "unknown_asset"),
        ("market", {"payer": account("nobody")}, "unknown_account"),
        ("bob", {}, "not_a_merchant"),
    ],
)
def test_refused(network: Network, merchant: str, changes: dict[str, object], code: str) -> None:
    signed = {"asset": changes.get("asset", "CNY"), "account": changes.get("payer", account("alice"))}
    assert charge(network, merchant, authority=network.authority("alice", **signed), **changes) == code


def test_points_are_not_charged(network: Network) -> None:
    points = network.points()
    assert charge(network, asset=points, authority=network.authority("alice", asset=points)) == "not_a_currency"


@pytest.mark.parametrize(
    ("amounts", "asset", "code"),
    [([1], "HKD", "wrong_asset_for_key"), ([10_001], "CNY", "payment_limit"), ([8_000, 8_000], "CNY", "daily_limit")],
)
def test_limits_of_the_payers_key(network: Network, amounts: list[int], asset: str, code: str) -> None:
    network.session_key("alice", "phone")
    codes = [
        charge(
            network,
            asset=asset,
            amount_minor=each,
            authority=network.authority("alice", signer="phone", asset=asset, counter=number),
        )
        for number, each in enumerate(amounts)
    ]
    assert codes == ["committed"] * (len(amounts) - 1) + [code]


@pytest.mark.parametrize(("prepare", "code"), gates.ACROSS)
def test_gates_of_the_payer(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert charge(network) == code


@pytest.mark.parametrize(("prepare", "code"), [gates.payee("market", "west")[1]])
def test_gates_of_the_payee(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert charge(network) == code


def test_a_refused_charge_leaves_the_code_good(network: Network) -> None:
    authority = network.authority("alice")
    frozen = network.freeze("alice", "east").transaction_id
    assert charge(network, authority=authority) == "account_frozen"
    network.must("unfreeze/1", "east", "east", account=account("alice"), freeze=frozen)
    assert charge(network, authority=authority) == "committed"


def test_amount_overflow(network: Network) -> None:
    gates.fill(network, "market", "west")
    assert charge(network) == "amount_overflow"
