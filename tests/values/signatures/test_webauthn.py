import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from payport.values.hashing import Tag, tagged_hash
from payport.values.refusals import Refusal
from payport.values.signatures import pure, webauthn
from payport.values.signatures.contract import WebAuthnPolicy
from tests.proof.build import POLICY, assertion, authenticator_data, client_data, p256_sign, passkey_public

BODY = b"body"
MESSAGE = Tag.TRANSACTION.value + BODY
AUTH = authenticator_data()
CLIENT = client_data(MESSAGE)


def verify(signature: bytes, policy: WebAuthnPolicy = POLICY, message: bytes = MESSAGE) -> bool:
    return pure.verify(webauthn.reduce(passkey_public(), message, signature, policy))


def refused(signature: bytes, policy: WebAuthnPolicy = POLICY, message: bytes = MESSAGE) -> str:
    with pytest.raises(Refusal) as raised:
        verify(signature, policy, message)
    assert raised.value.code == "invalid_signature"
    return raised.value.detail


def test_an_assertion_verifies() -> None:
    assert verify(assertion(AUTH, CLIENT))


def test_the_challenge_is_the_transaction_id() -> None:
    challenge = base64.urlsafe_b64encode(tagged_hash(Tag.TRANSACTION, BODY)).rstrip(b"=")
    assert b'"challenge":"' + challenge + b'"' in CLIENT


@pytest.mark.parametrize(
    "rest",
    [
        "}",
        ',"crossOrigin":false}',
        ',"crossOrigin":false,"other_keys_can_be_added_here":"do not compare \\u0041 \\"quoted\\" é"}',
        ',"crossOrigin":false,"a":[1,-2.5e+3,{"b":null,"c":true}],"d":{},"e":[]}',
    ],
)
def test_later_members_may_follow(rest: str) -> None:
    assert verify(assertion(AUTH, client_data(MESSAGE, rest=rest)))


def test_extensions_may_follow_the_authenticator_data() -> None:
    assert verify(assertion(authenticator_data(flags=0x85, more=b"\xa0"), CLIENT))


def test_one_of_several_parties_and_origins_is_enough() -> None:
    policy = WebAuthnPolicy(("other.example", *POLICY.rp_ids), ("https://other.example", *POLICY.origins))
    assert verify(assertion(AUTH, CLIENT), policy)


def test_a_signature_by_another_key_does_not_verify() -> None:
    assert not verify(assertion(AUTH, CLIENT, ec.derive_private_key(5, ec.SECP256R1())))


def test_another_message_is_refused() -> None:
    assert "not an assertion over this message" in refused(assertion(AUTH, CLIENT), message=MESSAGE + b"!")


def test_another_type_is_refused() -> None:
    refused(assertion(AUTH, CLIENT.replace(b"webauthn.get", b"webauthn.create")))


@pytest.mark.parametrize("origin", ["https://evil.example", "https://pay.example.evil", "https://pay.exampl", ""])
def test_another_origin_is_refused(origin: str) -> None:
    assert "another origin" in refused(assertion(AUTH, client_data(MESSAGE, origin=origin)))


def test_an_empty_policy_accepts_nothing() -> None:
    refused(assertion(AUTH, CLIENT), WebAuthnPolicy((), POLICY.origins))
    refused(assertion(AUTH, CLIENT), WebAuthnPolicy(POLICY.rp_ids, ()))


@pytest.mark.parametrize(
    "rest",
    [
        ',"crossOrigin":true}',
        ',"crossOrigin":"false"}',
        ',"crossOrigin":null}',
        ',"crossOrigin":false,"topOrigin":"https://evil.example"}',
        ',"crossOrigin":false,"crossOrigin":false}',
        ',"crossOrigin":false,"type":"webauthn.get"}',
        ',"crossOrigin":false,"origin":"https://pay.example"}',
        ',"crossOrigin":false,"challenge":""}',
        ',"crossOrigin":false,"\\u0074ype":"webauthn.create"}',
        ',"crossOrigin":false}}',
        ',"crossOrigin":false} ',
        ',"crossOrigin":false',
        ',"crossOrigin": false}',
        ', "crossOrigin":false}',
        ',"crossOrigin":false,}',
        ',"crossOrigin":}',
        ',"crossOrigin"}',
        ',"a":01}',
        ',"a":NaN}',
        ',"a":.5}',
        ',"a":"\\x"}',
        ',"a":"\n"}',
        ',"a":[1,]}',
        ',"a":[1 2]}',
        ',"a":{"b":1,"b":2}}',
        ',"a":{"b":1,}}',
        ',"a":{,}}',
        ',"a":{"b"}}',
        ',"a":[[[[[1]]]]]}',
        ',"a":' + "[" * 400 + "}",
        "",
        "x}",
    ],
)
def test_ill_formed_or_foreign_members_are_refused(rest: str) -> None:
    refused(assertion(AUTH, client_data(MESSAGE, rest=rest)))


@pytest.mark.parametrize(
    "client",
    [
        b"",
        b"{}",
        b"\xef\xbb\xbf" + CLIENT,
        CLIENT.replace(b'","origin', b'=","origin'),
        CLIENT.replace(b'{"type"', b'{ "type"'),
        CLIENT[:-1] + b',"a":"\xff"}',
        CLIENT.replace(b'"origin":"https://pay.example"', b'"origin":1'),
    ],
)
def test_another_serialisation_is_refused(client: bytes) -> None:
    refused(assertion(AUTH, client))


@pytest.mark.parametrize(
    ("auth", "why"),
    [
        (authenticator_data(rp_id="evil.example"), "relying party"),
        (authenticator_data(flags=0x04), "not present"),
        (authenticator_data(flags=0x01), "not verified"),
        (authenticator_data(flags=0x00), "not present"),
        (AUTH[:-1], "36 bytes"),
        (b"", "0 bytes"),
        (AUTH + b"\x00", "contradict"),
        (authenticator_data(flags=0x85), "contradict"),
    ],
)
def test_authenticator_data_is_checked(auth: bytes, why: str) -> None:
    assert why in refused(assertion(auth, CLIENT))


def test_the_sign_count_is_ignored() -> None:
    assert verify(assertion(AUTH[:33] + b"\xff\xff\xff\xff", CLIENT))


def test_parts_that_do_not_add_up_are_refused() -> None:
    whole = assertion(AUTH, CLIENT)
    for signature in [b"", b"\x00" * 64, whole[:-1], whole + b"\x00", b"\xff\xff" + whole[2:], whole[:40]]:
        refused(signature)
    for length in range(len(whole)):
        refused(whole[:length])


def test_more_than_a_kilobyte_is_refused() -> None:
    pad = 1024 - len(assertion(AUTH, CLIENT[:-1] + b',"a":""}'))
    largest = assertion(AUTH, CLIENT[:-1] + b',"a":"' + b"x" * pad + b'"}')
    assert len(largest) == 1024
    assert verify(largest)
    assert "1025 bytes" in refused(assertion(AUTH, CLIENT[:-1] + b',"a":"' + b"x" * (pad + 1) + b'"}'))


def test_a_key_of_another_form_is_refused() -> None:
    with pytest.raises(Refusal, match="invalid_signature"):
        webauthn.reduce(b"k" * 32, MESSAGE, assertion(AUTH, CLIENT), POLICY)


def test_only_points_of_the_curve_can_be_bound() -> None:
    assert webauthn.is_bindable(passkey_public())
    assert not webauthn.is_bindable(b"\x04" + b"\x01" * 64)
    assert not webauthn.is_bindable(b"\x01" * 32)


def test_the_digest_covers_both_parts() -> None:
    primitive = webauthn.reduce(passkey_public(), MESSAGE, assertion(AUTH, CLIENT), POLICY)
    assert primitive.algorithm == "p256"
    assert primitive.message == hashlib.sha256(AUTH + hashlib.sha256(CLIENT).digest()).digest()
    assert len(p256_sign(ec.derive_private_key(4, ec.SECP256R1()), AUTH)) == 64
