"""Pay codes: the phone signs an authority, offline, and shows it; the till reads it and charges.

A code of 19 digits is for tills that read no images: the phone deposits the authority with its bank, which hands it to
the acquirer of whoever presents the digits.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from payport.qr import pay_code
from payport.values import authorities, codec
from payport.values.authorities import Authority, SignedAuthority
from payport.values.limits import MAX_AUTHORITY_VALIDITY_MS
from payport.wallet import flows, records
from payport.wallet.keys import SCHEME

if TYPE_CHECKING:
    from payport.wallet.flows import Flow
    from payport.wallet.own_account import OwnAccount

_COUNTER_BITS: Final = 48
_TOKEN_DIGITS: Final = 10**16
_DIGITS: Final = 10**17


class Shown(NamedTuple):
    """What a phone shows."""

    authority: bytes
    """Encoded signed authority."""
    text: str
    """Text of the code to draw."""
    digits: str | None
    """The digits, for a code that is read out; the authority is deposited with the bank then."""


def show(own: OwnAccount, cap_minor: int, asset: str = "CNY", *, by_digits: bool = False) -> Shown:
    """Sign an authority for at most ``cap_minor``, good for a minute and one charge; needs no connection."""
    return sign(own, cap_minor, f"62{secrets.randbelow(_DIGITS):017d}" if by_digits else None, asset)


def sign(own: OwnAccount, cap_minor: int, digits: str | None, asset: str = "CNY") -> Shown:
    """Sign an authority for digits that are drawn already."""
    now_ms = time.time_ns() // 1_000_000
    body = codec.encode(
        Authority(
            chain_id=own.chain_id,
            account=own.account,
            asset=asset,
            cap_minor=cap_minor,
            issued_at_ms=now_ms,
            expires_at_ms=now_ms + MAX_AUTHORITY_VALIDITY_MS,
            counter=secrets.randbits(_COUNTER_BITS),
            digits_digest=None if digits is None else authorities.digits_digest(digits, own.account),
        )
    )
    signature = own.key.sign(authorities.signing_bytes(body))
    signed = codec.encode(SignedAuthority(body, SCHEME, own.key.public_key, signature))
    token = f"{secrets.randbelow(_TOKEN_DIGITS):016d}"
    return Shown(signed, pay_code.encode(pay_code.PayCode(token, signed)), digits)


def read(text: str) -> bytes:
    """Return the signed authority in the code a till has scanned; raises what is wrong with the code."""
    return pay_code.decode(text).authority


def deposit_pay_code(own: OwnAccount, shown: Shown) -> Flow[records.Deposited]:
    """Deposit what is shown as digits, so that a till can ask for it by them; raises ``pay_code_taken``."""
    assert shown.digits is not None, "only a code of digits is deposited"
    body = {"digits": shown.digits, "authority": msgspec.to_builtins(shown.authority)}
    path = f"/accounts/{own.account.hex()}/pay-codes"
    return (yield from flows.ask(flows.Request("PUT", path, body, token=own.access_token()), records.Deposited))


def find_pay_code(own: OwnAccount, digits: str) -> Flow[records.FoundAuthority]:
    """Ask, as a till, for the authority behind the digits a payer shows; raises ``unknown_pay_code``."""
    request = flows.Request("POST", "/pay-codes/resolve", {"digits": digits}, token=own.access_token())
    return (yield from flows.ask(request, records.FoundAuthority))


def charge(own: OwnAccount, authority: bytes, amount_minor: int, digits: str | None = None) -> Flow[records.Executed]:
    """Charge whoever signed an authority; raises ``malformed_bytes`` where it is none, and what the network refuses."""
    signed = codec.decode_canonical(authority, SignedAuthority)
    asked = authorities.read_authority(signed.authority)
    return (
        yield from flows.send(
            own,
            "charge/1",
            payer=asked.account,
            asset=asked.asset,
            amount_minor=amount_minor,
            authority=authority,
            digits=digits,
        )
    )
