"""Authorities: what a payer signs, and the pay code that carries it; digits for tills that read no images."""

from __future__ import annotations

import msgspec
from tools.vector_form import code_of, plain

from payport.ledger import examples
from payport.qr import pay_code
from payport.qr.pay_code import PayCode
from payport.values import authorities, codec
from payport.values.authorities import Authority, SignedAuthority
from payport.values.limits import MAX_AUTHORITY_VALIDITY_MS
from payport.wallet.keys import SCHEME, SigningKey

ABOUT = (
    "A signed authority is [authority bytes, scheme, public key, signature]; the key signs the tag and the authority "
    "bytes; the digest of digits is the tagged hash (pay_code) of account || digits."
)

_SEED = 6
_DIGITS = "6212345678901234567"
_TOKEN = "6200000000000001"  # noqa: S105 - a token number, which is shown to everybody


def make() -> dict[str, object]:
    """Return the vectors."""
    authority = Authority(
        chain_id=examples.CHAIN_ID,
        account=examples.ALICE,
        asset="CNY",
        cap_minor=50_000,
        issued_at_ms=examples.TIME_MS,
        expires_at_ms=examples.TIME_MS + MAX_AUTHORITY_VALIDITY_MS,
        counter=2**48 - 1,
        digits_digest=None,
    )
    replace = msgspec.structs.replace
    digest = authorities.digits_digest(_DIGITS, examples.ALICE)
    refused = {
        "no amount": replace(authority, cap_minor=0),
        "a counter beyond 2^53": replace(authority, counter=2**53),
        "a digest of 31 bytes": replace(authority, digits_digest=digest[1:]),
        "an element too few": codec.decode(codec.encode(authority), list[object])[:-1],
    }
    return {
        "seed": examples.seed(_SEED).hex(),
        "public_key": examples.public_key(_SEED).hex(),
        "valid": [
            _signed("a code that is scanned", authority, None),
            _signed("a code of digits", replace(authority, digits_digest=digest), _DIGITS),
        ],
        "refused": [_refused(name, codec.encode(each)) for name, each in refused.items()],
    }


def _signed(name: str, authority: Authority, digits: str | None) -> dict[str, object]:
    key = SigningKey(examples.seed(_SEED))
    body = codec.encode(authority)
    signature = key.sign(authorities.signing_bytes(body))
    signed = codec.encode(SignedAuthority(body, SCHEME, key.public_key, signature))
    return {
        "name": name,
        "fields": plain(authority),
        "digits": digits,
        "authority": body.hex(),
        "authority_id": authorities.authority_id(body).hex(),
        "signing_bytes": authorities.signing_bytes(body).hex(),
        "signature": signature.hex(),
        "signed_authority": signed.hex(),
        "token": _TOKEN,
        "code": pay_code.encode(PayCode(_TOKEN, signed)),
    }


def _refused(name: str, authority: bytes) -> dict[str, object]:
    return {"name": name, "authority": authority.hex(), "code": code_of(authorities.read_authority, authority)}
