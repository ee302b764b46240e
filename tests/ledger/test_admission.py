"""Bad input at the door: every form of it is a documented refusal, never anything else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.registry import verbs
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account

DAY_MS = 86_400_000


def body_of(network: Network, **overrides: object) -> list[Any]:
    fields = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    return codec.decode(codec.encode(network.build("transfer/1", account("alice"), **fields, **overrides)), list[Any])


def read(network: Network, body: object) -> None:
    network.read(network.sign_body(codec.encode(body), "alice"))


@pytest.mark.parametrize(
    ("index", "value", "code"),
    [
        (0, "other-0011223344556677", "wrong_chain"),
        (1, "transfer/2", "unknown_kind"),
        (1, "lend/1", "unknown_kind"),
        (2, b"short", "malformed_bytes"),
        (2, "alice", "malformed_bytes"),
        (3, bytes(15), "malformed_bytes"),
        (4, -1, "malformed_bytes"),
        (6, bytes(31), "malformed_bytes"),
        (6, bytes(32), "group_incomplete"),
        (7, bytes(65), "malformed_bytes"),
        (9, "cny", "malformed_bytes"),
    ],
)
def test_a_field_is_wrong(network: Network, index: int, value: object, code: str) -> None:
    body = body_of(network)
    body[index] = value
    with pytest.raises(Refusal, match=code):
        read(network, body)


def test_missing_and_extra_elements(network: Network) -> None:
    for body in (body_of(network)[:-1], [*body_of(network), None], []):
        with pytest.raises(Refusal, match="malformed_bytes"):
            read(network, body)


def test_validity(network: Network) -> None:
    now = network.machine.time_ms
    for start, end in ((now, now), (now, now - 1), (now, now + DAY_MS + 1)):
        with pytest.raises(Refusal, match="invalid_validity"):
            read(network, body_of(network, valid_from_ms=start, valid_until_ms=end))


def test_one_way_to_write_a_body(network: Network) -> None:
    body = codec.encode(body_of(network))
    longer = b"\xdc" + (body[0] & 0x0F).to_bytes(2, "big") + body[1:]
    assert codec.decode(longer, list[Any]) == codec.decode(body, list[Any])
    with pytest.raises(Refusal, match="malformed_bytes"):
        network.read(network.sign_body(longer, "alice"))


def test_oversized_and_deep(network: Network) -> None:
    with pytest.raises(Refusal, match="envelope_too_large"):
        network.machine.read_item([bytes(20_000)])
    with pytest.raises(Refusal, match="malformed_bytes"):
        network.machine.read_item([b"\x91" * 10_000])
    with pytest.raises(Refusal, match="group_too_large"):
        network.machine.read_item([])
    with pytest.raises(Refusal, match="group_too_large"):
        network.machine.read_item([b"x"] * 17)


def test_signatures(network: Network) -> None:
    envelope = envelopes.read_envelope(network.sign_body(codec.encode(body_of(network)), "alice"))
    one = envelope.signatures[0]
    forged = msgspec.structs.replace(one, signature=bytes(64))
    foreign = msgspec.structs.replace(one, scheme="rot13")
    for signatures, code in (((forged,), "invalid_signature"), ((foreign,), "unknown_scheme")):
        with pytest.raises(Refusal, match=code):
            network.read(codec.encode(envelopes.Envelope(envelope.body, signatures)))
    for signatures in ((one, one), ()):
        with pytest.raises(Refusal, match="malformed_bytes"):
            network.read(codec.encode(envelopes.Envelope(envelope.body, signatures)))


def test_two_signatures_of_an_account(network: Network) -> None:
    outcome = network.run(network.sign_body(codec.encode(body_of(network)), "alice", "bob"))
    assert outcome.code == "too_many_signatures"


def test_unknown_sender(network: Network) -> None:
    body = body_of(network)
    body[2] = account("nobody")
    assert network.run(network.sign_body(codec.encode(body), "alice")).code == "unknown_account"
    given = {"account": account("alice"), "asset": "CNY", "amount_minor": 1}
    assert network.do("issue/1", "south", "east", **given).code == "unknown_institution"


@pytest.mark.parametrize("kind", sorted(verbs()))
def test_every_example_is_read(kind: str) -> None:
    verb = verbs()[kind]
    made = verb.example()
    assert made.kind == kind
    verb.check(made)
    assert verb.decoder.decode(codec.encode(made)) == made


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal):
        NETWORK.machine.read_item([data])


NETWORK = Network()
