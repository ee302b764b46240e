"""Submitting: once only, all or none, many at once; final and not final; and what became of one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from payport.gateway.transactions import MAX_BULK_BYTES, MAX_BULK_ITEMS, MAX_SUBMISSION_BYTES
from payport.values import codec, envelopes
from payport.values.limits import MAX_ENVELOPE_BYTES, MAX_GROUP_MEMBERS
from payport.wallet.keys import SigningKey
from payport.wallet.sign import bind_group
from tests.gateway.town import now_ms, sign

if TYPE_CHECKING:
    from tests.gateway.town import Town

MSGPACK = {"Content-Type": "application/msgpack"}


def test_a_payment_is_final_when_it_is_told(town: Town) -> None:
    signed = sign(town.transfer(town.lin, town.chen, 5), town.lin.key)
    answer = town.submit(signed)
    (told,) = answer.json()["transactions"]
    assert answer.json()["status"] == "committed"
    assert (told["outcome"], told["final"], told["repeated"]) == ("committed", True, False)
    assert told["valid_until_ms"] is None
    assert told["height"] >= 1
    again = town.submit(signed).json()["transactions"][0]
    assert again == {**told, "repeated": True}
    town.indexed()
    assert town.get(f"/v1/transactions/{told['id']}").json() == told


def test_a_refusal_in_a_block_is_final(town: Town) -> None:
    signed = sign(town.transfer(town.chen, town.lin, 10**9), town.chen.key)
    answer = town.submit(signed)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["final"]) == (402, "insufficient_balance", True)
    (told,) = problem["transactions"]
    assert told["final"] is True
    assert told["time_ms"] is not None
    assert town.submit(signed).json()["transactions"][0]["repeated"] is True


def test_a_strangers_signature_is_not_final(town: Town) -> None:
    payment = town.transfer(town.lin, town.chen, 5)
    problem = town.submit(sign(payment, town.chen.key)).json()
    assert (problem["status"], problem["code"], problem["final"]) == (403, "unbound_key", False)
    assert problem["transactions"][0]["valid_until_ms"] == payment.valid_until_ms
    assert town.submit(sign(payment, town.lin.key)).json()["status"] == "committed"


@pytest.mark.parametrize(
    ("changes", "status", "code", "final"),
    [
        ({"valid_from_ms": 3_600_000}, 410, "not_yet_valid", False),
        ({"valid_from_ms": -120_000, "valid_until_ms": -60_000}, 410, "expired", True),
    ],
)
def test_refused_at_the_door(town: Town, changes: dict[str, int], status: int, code: str, final: bool) -> None:
    at = now_ms()
    window = {"valid_from_ms": at - 1_000, "valid_until_ms": at + 4_000_000}
    window |= {name: at + offset for name, offset in changes.items()}
    answer = town.submit(sign(town.transfer(town.lin, town.chen, **window), town.lin.key))
    assert (answer.status_code, answer.json()["code"], answer.json()["final"]) == (status, code, final)
    assert answer.json()["transactions"][0]["valid_until_ms"] == window["valid_until_ms"]


def test_refused_before_it_is_sent(town: Town) -> None:
    payment = town.transfer(town.lin, town.chen)
    forged = codec.decode(sign(payment, town.lin.key), envelopes.Envelope)
    bad = envelopes.Signature("ed25519", forged.signatures[0].public_key, bytes(64))
    cases = {
        "malformed_bytes": b"\xc1",
        "wrong_chain": sign(msgspec.structs.replace(payment, chain_id="other-0011223344556677"), town.lin.key),
        "invalid_signature": codec.encode(envelopes.Envelope(forged.body, (bad,))),
        "unknown_account": sign(msgspec.structs.replace(payment, sender=bytes(16)), town.lin.key),
        "group_incomplete": sign(msgspec.structs.replace(payment, group=bytes(32)), town.lin.key),
    }
    for code, signed in cases.items():
        problem = town.submit(signed).json()
        assert problem["code"] == code
        assert problem.get("final") in (None, False)


def test_a_group_is_all_or_none(town: Town) -> None:
    def group(first: int, second: int) -> list[bytes]:
        members = bind_group([town.transfer(town.lin, town.chen, first), town.transfer(town.chen, town.lin, second)])
        keys = (town.lin.key, town.chen.key)
        return [sign(member, key) for member, key in zip(members, keys, strict=True)]

    done = town.submit(*group(7, 3)).json()
    assert [each["outcome"] for each in done["transactions"]] == ["committed", "committed"]
    before = town.get(f"/v1/accounts/{town.lin.account.hex()}", town.lin).json()["balances"]
    refused = town.submit(*group(7, 10**9))
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_balance")
    outcomes = [(each["outcome"], each["final"]) for each in refused.json()["transactions"]]
    assert outcomes == [("group_refused", True), ("insufficient_balance", True)]
    assert town.get(f"/v1/accounts/{town.lin.account.hex()}", town.lin).json()["balances"] == before


def bulk(town: Town, items: Any) -> list[Any]:
    answer = town.post("/v1/transactions/bulk", content=codec.encode(items), headers=MSGPACK)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/msgpack"
    found: list[Any] = msgspec.msgpack.decode(answer.content)
    return found


def test_bulk(town: Town) -> None:
    good = [sign(town.transfer(town.lin, town.chen), town.lin.key) for _ in range(50)]
    poor = sign(town.transfer(town.chen, town.lin, 10**9), town.chen.key)
    answers = bulk(town, [*([each] for each in good), [poor], [b"\xc1"]])
    assert all(refusal is None and outcomes[0][1:3] == ["committed", True] for outcomes, refusal in answers[:50])
    assert answers[50][0][0][1:3] == ["insufficient_balance", True]
    assert answers[51] == [[], "malformed_bytes"]
    ids = [envelopes.transaction_id(codec.decode(each, envelopes.Envelope).body) for each in good]
    assert [outcomes[0][0] for outcomes, _ in answers[:50]] == ids
    assert bulk(town, [[good[0]]]) == [answers[0]]


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"\x90", MSGPACK, 400, "malformed_bytes"),
        (b"{}", {"Content-Type": "application/json"}, 415, "unsupported_media_type"),
        (codec.encode([[b"x"]] * (MAX_BULK_ITEMS + 1)), MSGPACK, 400, "malformed_bytes"),
        (codec.encode([[b"x"] * (MAX_GROUP_MEMBERS + 1)]), MSGPACK, 400, "malformed_bytes"),
        (codec.encode([[bytes(MAX_ENVELOPE_BYTES + 1)]]), MSGPACK, 400, "malformed_bytes"),
        (b"\x91" * 2_000, MSGPACK, 400, "malformed_bytes"),
        (bytes(MAX_BULK_BYTES + 1), MSGPACK, 413, "request_too_large"),
    ],
)
def test_bulk_limits(town: Town, content: bytes, headers: dict[str, str], status: int, code: str) -> None:
    answer = town.post("/v1/transactions/bulk", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed_request"),
        (b"\xff", 400, "malformed_request"),
        (b"{}", 400, "malformed_request"),
        (b'{"envelopes":[]}', 400, "malformed_request"),
        (b'{"envelopes":[""]}', 400, "malformed_request"),
        (b'{"envelopes":[5]}', 400, "malformed_request"),
        (b'{"envelopes":["AA=="],"other":1}', 400, "malformed_request"),
        (b'{"envelopes":["*"]}', 400, "malformed_request"),
        (b'{"envelopes":[' + b",".join([b'"AA=="'] * 17) + b"]}", 400, "malformed_request"),
        (b'{"envelopes":["' + base64.b64encode(bytes(MAX_ENVELOPE_BYTES + 1)) + b'"]}', 400, "malformed_request"),
        (b"[" * 50_000, 400, "malformed_request"),
        (b" " * (MAX_SUBMISSION_BYTES + 1), 413, "request_too_large"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_limits(town: Town, body: bytes, status: int, code: str) -> None:
    answer = town.post("/v1/transactions", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "AA==" not in answer.text


def test_another_media_type_is_refused(town: Town) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = town.post("/v1/transactions", content=b'{"envelopes":["AA=="]}', headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_unknown_transaction(town: Town) -> None:
    problem = town.get(f"/v1/transactions/{'0' * 64}").json()
    assert (problem["status"], problem["code"]) == (404, "unknown_transaction")
    lookup = town.get(f"/v1/transactions/{'0' * 64}", params={"valid_until_ms": now_ms()})
    assert lookup.json()["code"] == "unknown_transaction"
    assert town.get("/v1/transactions/0").json()["code"] == "malformed_request"


def test_the_node_itself_is_asked_ahead_of_history(town: Town) -> None:
    payment = town.transfer(town.lin, town.chen)
    (told,) = town.submit(sign(payment, town.lin.key)).json()["transactions"]
    params = {"valid_until_ms": payment.valid_until_ms}
    found = town.get(f"/v1/transactions/{told['id']}", params=params).json()
    assert {**found, "repeated": False} == told


def test_a_key_nobody_knows(town: Town) -> None:
    answer = town.submit(sign(town.transfer(town.lin, town.chen), SigningKey.generate()))
    assert answer.json()["code"] == "unbound_key"
