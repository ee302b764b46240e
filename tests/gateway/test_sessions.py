"""Signing in: a challenge is answered once, by a live key, and what it opens ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from payport.values.sign_in import CHALLENGE_BYTES
from tests.gateway.access.authenticator import Authenticator
from tests.gateway.access.people import Member, Phone, b64, challenge_of, fresh_key, origin_of

if TYPE_CHECKING:
    from tests.gateway.town import Town


def denied(town: Town, body: dict[str, Any]) -> None:
    answer = town.post("/v1/sessions", json=body, headers=fresh_key())
    assert (answer.status_code, answer.json()["code"]) == (403, "access_denied"), answer.text


def test_a_device_key_opens_a_session_that_ends(town: Town) -> None:
    phone = Phone(town)
    found = phone.sign_in()
    assert (found["kind"], found["subject"]) == ("customer", phone.customer)
    assert 0 < found["expires_at_ms"] - time.time() * 1_000 <= 15 * 60_000
    assert phone.get("/v1/customers/me").json()["customer"] == phone.customer
    assert phone.delete("/v1/sessions/current").status_code == 204
    assert phone.get("/v1/customers/me").status_code == 403


def test_a_lost_answer_is_told_again_and_a_challenge_opens_one_session(town: Town) -> None:
    phone, key = Phone(town), fresh_key()
    body = phone.answer_to(challenge_of(town))
    first, again = (town.post("/v1/sessions", json=body, headers=key) for _ in range(2))
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    denied(town, body)  # under another key it is a second use of the challenge


def test_answers_that_open_nothing(town: Town) -> None:
    phone, other = Phone(town), Phone(town)
    challenge = challenge_of(town)
    good = phone.answer_to(challenge)
    flipped = bytes([challenge[0] ^ 1]) + challenge[1:]
    expired = challenge[:16] + (int(time.time() * 1_000) - 1).to_bytes(8, "big") + challenge[24:]
    denied(town, phone.answer_to(flipped))
    denied(town, phone.answer_to(expired))
    denied(town, phone.answer_to(bytes(CHALLENGE_BYTES)))
    denied(town, {**good, "device": {**good["device"], "signature": b64(other.sign(challenge))}})
    denied(town, {**good, "device": {**good["device"], "credential": other.credential}})
    denied(town, {**good, "device": {**good["device"], "credential": "00" * 16}})
    for body in ({"challenge": good["challenge"]}, {**good, "passkey": Authenticator(origin_of(town)).get(challenge)}):
        answer = town.post("/v1/sessions", json=body, headers=fresh_key())
        assert answer.json()["code"] == "malformed_request"
    assert town.post("/v1/sessions", json=good).json()["code"] == "malformed_request"  # no Idempotency-Key


@pytest.mark.parametrize("wrong", ["origin", "rp_id", "not verified", "another key", "challenge"])
def test_a_passkey_answers_for_this_site_and_its_person(town: Town, wrong: str) -> None:
    member = Member(town, "bank-east", "clerk")
    challenge, passkey = challenge_of(town), member.passkey
    if wrong == "origin":
        passkey.origin = "https://evil.example"
    elif wrong == "rp_id":
        passkey.rp_id = "evil.example"
    elif wrong == "not verified":
        passkey.flags = 0x01
    elif wrong == "another key":
        passkey.key = Authenticator(passkey.origin).key
    answered = passkey.get(challenge_of(town) if wrong == "challenge" else challenge)
    denied(town, {"challenge": b64(challenge), "passkey": answered})


def test_a_customer_signs_up_with_a_passkey(town: Town) -> None:
    passkey, challenge = Authenticator(origin_of(town)), challenge_of(town)
    body = {"challenge": b64(challenge), "label": "laptop", "passkey": passkey.create(challenge)}
    made = town.post("/v1/customers", json=body, headers=fresh_key())
    assert made.status_code == 201, made.text
    again = challenge_of(town)
    signed_in = town.post(
        "/v1/sessions", json={"challenge": b64(again), "passkey": passkey.get(again)}, headers=fresh_key()
    )
    assert signed_in.json()["subject"] == made.json()["customer"]
    stranger = Authenticator("https://evil.example")
    refused = town.post(
        "/v1/customers",
        json={"challenge": b64(again), "label": "x", "passkey": stranger.create(again)},
        headers=fresh_key(),
    )
    assert refused.json()["code"] == "passkey_refused"
    broken = {**passkey.create(again), "response": {"clientDataJSON": "AAAA", "attestationObject": "oWE"}}
    refused = town.post(
        "/v1/customers", json={"challenge": b64(again), "label": "x", "passkey": broken}, headers=fresh_key()
    )
    assert refused.json()["code"] == "passkey_refused"
