"""Hong Kong's common code: FPS and other networks' accounts in one code, of which the payer's app takes its own.

FPS stands in 26; 27 to 31 are the working group's, 32 to 51 the payment operators', 02 to 25 the card networks'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.emvco import ACCOUNT_IDS
from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import GUID_ID, Found, Payee, PayeeKind, Scheme, Template
from payport.qr.templates import fps

if TYPE_CHECKING:
    from payport.qr.emvco import Payload


def _recognises(payload: Payload) -> bool:
    """Tell whether a code of Hong Kong holds FPS beside another network."""
    return (
        payload.fields.get("58") in ("HK", "NA")
        and len(ACCOUNT_IDS.intersection(payload.fields)) > 1
        and fps.template_of(payload) is not None
    )


def _payee(payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return who is paid by FPS, else the account at the first other network."""
    transferred = fps.payee(payload)
    if transferred is not None:
        return transferred
    for each in found:
        accounts = [value for sub_id, value in each.fields.items() if sub_id != GUID_ID and value]
        if accounts:
            return Payee(PayeeKind.MERCHANT, accounts[0], each.fields.get(GUID_ID))
    return None


_FPS: Final = fps.SCHEME

SCHEME: Final = Scheme(
    name="hkqr",
    title="Hong Kong common QR code",
    operator="Working Group on Common QR Code Standard for Retail Payments in Hong Kong",
    source="Common QR Code Specification for Retail Payments in Hong Kong, 1.0, December 2017, read through libraries",
    templates=(
        Template(
            "Account at a network",
            span(26, 51),
            (),
            table(Rule(("00",), "Identifier of the network", COMMON, 1, 32, Presence.MANDATORY)),
        ),
    ),
    required=_FPS.required,
    values=_FPS.values,
    bends=_FPS.bends,
    precedence=1,
    recognises=_recognises,
    problems=lambda payload, _: fps.check(payload),
    payee=_payee,
    expires=lambda payload, _: fps.expires(payload),
)
"""Hong Kong's code of several networks; the rules of FPS's template are its own scheme's."""
