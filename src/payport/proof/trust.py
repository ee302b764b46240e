"""The trust file: what a verifier takes for granted about one network, and nothing else.

It is JSON, so that people can read what they trust: ``{"format": "payport-trust/1", "chain_id", "genesis_hash",
"embedded_keys": [...], "embedded_until", "validators": [{"from_height", "members": [{"institution", "public_key",
"power"}]}], "webauthn": {"rp_ids": [...], "origins": [...]}}``, hashes and keys in lower-case hexadecimal. A network
with a single orderer has ``embedded_keys``, a consortium has ``validators``, which is left out where there are none.
One that began as the other has both, and ``embedded_until``: the last block of the ledger for which the keys count.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from payport.values.hashing import HASH_BYTES
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

FORMAT: Final = "payport-trust/1"
"""Value of the member ``format``."""

MAX_TRUST_BYTES: Final = 256 * 1024
"""A trust file; each validator key takes 70 bytes."""

CHAIN_PREFIX_DIGITS: Final = 16
"""Hexadecimal digits of the genesis hash at the end of a chain id."""

MAX_SET_MEMBERS: Final = 256
"""Members of one validator set, as many as a proof may name; each takes about 200 bytes."""

MALFORMED_TRUST: Final = RefusalCode(
    "malformed_trust",
    RefusalClass.MALFORMED,
    "The trust file is not what its format asks for.",
    "信任文件格式不正确。",
)
"""Raised for a trust file that cannot be read."""

WRONG_CHAIN: Final = RefusalCode(
    "wrong_chain",
    RefusalClass.MALFORMED,
    "It belongs to another network.",
    "它属于另一个网络。",
)
"""Raised when body, commitment, later commitment, header and trust file do not all name one chain."""

REFUSALS: Final = (MALFORMED_TRUST, WRONG_CHAIN)
"""Refusals of this module."""

_CHAIN_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,30}-[0-9a-f]{16}")
_INSTITUTION: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")
_TEXT: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MAX_SAFE_INTEGER: Final = 2**53 - 1


class TrustedValidator(NamedTuple):
    """One whose vote counts."""

    institution: str
    """The institution that runs it; a name for people."""
    public_key: bytes
    """Ed25519 key with which it votes, 32 bytes."""
    power: int
    """Voting power, at least 1."""


class ValidatorSet(NamedTuple):
    """Those who together decide which blocks are final, from one height on (``cometbft/1``)."""

    from_height: int
    """First height on which this set votes, as far as the trust file knows; until the next set's."""
    members: tuple[TrustedValidator, ...]
    """Everyone in it."""

    @property
    def power(self) -> int:
        """Voting power of all."""
        return sum(member.power for member in self.members)


class Trust(NamedTuple):
    """What a verifier trusts."""

    chain_id: str
    """The network; ends in the first 8 bytes of the genesis hash."""
    genesis_hash: bytes
    """Hash of the genesis document."""
    embedded_keys: tuple[bytes, ...]
    """Ed25519 keys with which the operator's node signs commitments (``embedded/1``)."""
    webauthn: WebAuthnPolicy
    """Relying parties and origins whose assertions count."""
    validators: tuple[ValidatorSet, ...] = ()
    """Validator sets by rising height; the last is the newest known."""
    embedded_until: int = 0
    """Last block of the ledger for which ``embedded_keys`` count, where a consortium took over after it; 0 for all."""

    def require_chain(self, chain_id: str) -> None:
        """Insist that something belongs to the trusted network; raises ``wrong_chain``."""
        if chain_id != self.chain_id:
            WRONG_CHAIN.refuse(f"{chain_id!r}, trusted is {self.chain_id!r}")


def encode_trust(trust: Trust) -> bytes:
    """Write a trust file."""
    sets = [_set_members(each) for each in trust.validators]
    members = {
        "format": FORMAT,
        "chain_id": trust.chain_id,
        "genesis_hash": trust.genesis_hash.hex(),
        "embedded_keys": [key.hex() for key in trust.embedded_keys],
        **({"embedded_until": trust.embedded_until} if trust.embedded_until else {}),
        **({"validators": sets} if sets else {}),
        "webauthn": {"rp_ids": list(trust.webauthn.rp_ids), "origins": list(trust.webauthn.origins)},
    }
    return (json.dumps(members, indent=2, ensure_ascii=False) + "\n").encode()


def decode_trust(data: bytes) -> Trust:
    """Read a trust file strictly; raises ``malformed_trust``."""
    if len(data) > MAX_TRUST_BYTES:
        MALFORMED_TRUST.refuse(f"{len(data)} bytes, at most {MAX_TRUST_BYTES}")
    try:
        document = json.loads(data.decode(), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        MALFORMED_TRUST.refuse(str(error)[:200])
    names = ("format", "chain_id", "genesis_hash", "embedded_keys", "webauthn")
    optional = ("embedded_until", "validators")
    present = tuple(name for name in optional if isinstance(document, dict) and name in document)
    members = _members(document, (*names, *present))
    if members["format"] != FORMAT:
        MALFORMED_TRUST.refuse(f"format is not {FORMAT}")
    chain_id, genesis_hash = members["chain_id"], _hash(members["genesis_hash"])
    if not isinstance(chain_id, str) or not _CHAIN_ID.fullmatch(chain_id):
        MALFORMED_TRUST.refuse("chain_id is not a chain id")
    if chain_id[-CHAIN_PREFIX_DIGITS:] != genesis_hash.hex()[:CHAIN_PREFIX_DIGITS]:
        MALFORMED_TRUST.refuse("chain_id does not end in the first 8 bytes of genesis_hash")
    webauthn = _members(members["webauthn"], ("rp_ids", "origins"))
    return Trust(
        chain_id=chain_id,
        genesis_hash=genesis_hash,
        embedded_keys=tuple(_hash(key) for key in _texts(members["embedded_keys"])),
        webauthn=WebAuthnPolicy(tuple(_texts(webauthn["rp_ids"])), tuple(_texts(webauthn["origins"]))),
        validators=_validators(members["validators"]) if "validators" in present else (),
        embedded_until=_positive(members["embedded_until"], "embedded_until") if "embedded_until" in present else 0,
    )


def _set_members(validators: ValidatorSet) -> dict[str, object]:
    members = [{**member._asdict(), "public_key": member.public_key.hex()} for member in validators.members]
    return {"from_height": validators.from_height, "members": members}


def _validators(value: object) -> tuple[ValidatorSet, ...]:
    sets = tuple(_validator_set(each) for each in _array(value, "validators"))
    heights = [each.from_height for each in sets]
    if not sets or heights != sorted(set(heights)):
        MALFORMED_TRUST.refuse("validators are sets by rising from_height, at least one")
    return sets


def _validator_set(value: object) -> ValidatorSet:
    fields = _members(value, ValidatorSet._fields)
    members = tuple(_validator(each) for each in _array(fields["members"], "members"))
    if not 0 < len(members) <= MAX_SET_MEMBERS:
        MALFORMED_TRUST.refuse(f"a validator set of {len(members)} members, at most {MAX_SET_MEMBERS}")
    if len({member.public_key for member in members}) != len(members):
        MALFORMED_TRUST.refuse("a validator's key appears twice in a set")
    return ValidatorSet(_positive(fields["from_height"], "from_height"), members)


def _validator(value: object) -> TrustedValidator:
    fields = _members(value, TrustedValidator._fields)
    institution = fields["institution"]
    if not isinstance(institution, str) or not _INSTITUTION.fullmatch(institution):
        MALFORMED_TRUST.refuse("institution is not a short name of a-z, 0-9 and hyphen")
    return TrustedValidator(institution, _hash(fields["public_key"]), _positive(fields["power"], "power"))


def _array(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        MALFORMED_TRUST.refuse(f"{what} is not an array")
    return value


def _positive(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MAX_SAFE_INTEGER:
        MALFORMED_TRUST.refuse(f"{what} is not an integer of 1 to 2^53-1")
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        MALFORMED_TRUST.refuse("a member appears twice")
    return members


def _members(value: object, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, dict) or set(value) != set(names):
        MALFORMED_TRUST.refuse(f"expected an object with exactly the members {', '.join(names)}")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(
        isinstance(element, str) and _TEXT.fullmatch(element) for element in value
    ):
        MALFORMED_TRUST.refuse("expected an array of strings of printable ASCII")
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        MALFORMED_TRUST.refuse(f"expected {2 * HASH_BYTES} lower-case hexadecimal digits")
    return bytes.fromhex(value)
