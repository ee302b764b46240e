"""Alias answers: an institution says which account a phone number or e-mail address stands for."""

from __future__ import annotations

from tools.vector_form import code_of

from payport.ledger import examples
from payport.values import aliases, codec
from payport.values.aliases import AliasAnswer, SignedAliasAnswer
from payport.values.envelopes import Signature
from payport.wallet import aliases as wallet
from payport.wallet.keys import SCHEME, SigningKey

ABOUT = (
    "An answer is the array [chain id, alias digest, account, institution, masked name, issued at, expires at]; the "
    "alias digest is the hash of tag (alias_name) || alias. Each signature is over tag (alias) || answer. What travels "
    "is [answer, [[scheme, public key, signature], ...]], ascending by public key."
)

_ALIAS = "+8613800138000"
_NOW_MS = examples.TIME_MS
_KEYS = [SigningKey(examples.seed(number)) for number in (5, 6)]
_INSTITUTION = wallet.InstitutionKeys("bank-east", frozenset(key.public_key for key in _KEYS), 2)


def make() -> dict[str, object]:
    """Return the vectors."""
    digests = [{"alias": each, "digest": aliases.alias_digest(each).hex()} for each in (_ALIAS, "lin@example.org")]
    body = _answer()
    refused = {
        "one signature of two": _signed(body, _KEYS[:1]),
        "another key": _signed(body, [_KEYS[0], SigningKey(examples.seed(7))]),
        "another alias": _signed(_answer(alias="+8613800138001"), _KEYS),
        "another network": _signed(_answer(chain_id="other-0011223344556677"), _KEYS),
        "another institution": _signed(_answer(institution="bank-west"), _KEYS),
        "expired": _signed(_answer(issued_at_ms=_NOW_MS - 60_000, expires_at_ms=_NOW_MS - 1), _KEYS),
        "a byte too many": _signed(body, _KEYS) + b"\xc0",
        "signatures in the other order": _signed(body, _KEYS, descending=True),
        "a changed byte": _signed(body, _KEYS)[:-1] + b"\xff",
    }
    return {
        "digests": digests,
        "alias": _ALIAS,
        "chain_id": examples.CHAIN_ID,
        "institution": _INSTITUTION.institution,
        "public_keys": sorted(key.hex() for key in _INSTITUTION.keys),
        "threshold": _INSTITUTION.threshold,
        "now_ms": _NOW_MS,
        "answer": body.hex(),
        "signing_bytes": aliases.signing_bytes(body).hex(),
        "signed": _signed(body, _KEYS).hex(),
        "refused": [
            {"name": name, "signed": data.hex(), "code": code_of(_accept, data)} for name, data in refused.items()
        ],
    }


def _answer(
    alias: str = _ALIAS,
    chain_id: str = examples.CHAIN_ID,
    institution: str = "bank-east",
    issued_at_ms: int = _NOW_MS,
    expires_at_ms: int = _NOW_MS + 600_000,
) -> bytes:
    digest = aliases.alias_digest(alias)
    return codec.encode(AliasAnswer(chain_id, digest, examples.ALICE, institution, "*梅", issued_at_ms, expires_at_ms))


def _signed(body: bytes, keys: list[SigningKey], *, descending: bool = False) -> bytes:
    made = sorted(((key.public_key, key.sign(aliases.signing_bytes(body))) for key in keys), reverse=descending)
    return codec.encode(SignedAliasAnswer(body, tuple(Signature(SCHEME, key, signature) for key, signature in made)))


def _accept(data: bytes) -> None:
    wallet.verify(data, _ALIAS, examples.CHAIN_ID, _INSTITUTION, _NOW_MS)
