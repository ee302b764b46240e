"""Give a phone a key with limits: ``limit_a_phone.py URL TRUST OWNER_KEY PAYEE``.

The owner key stays in the drawer; the phone's session key pays 50.00 at a time and 80.00 a day. Lower limits act at
once, higher ones only after the network's delay, and a lost phone's key is revoked. PAYEE is an account id. The
passphrase of the key file is in the environment variable PAYPORT_PASSPHRASE.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from payport.ledger.state.keys import Limits
from payport.proof.trust import decode_trust
from payport.values.refusals import Refusal
from payport.wallet import account_keys, key_file
from payport.wallet.client import Client
from payport.wallet.keys import SigningKey
from payport.wallet.own_account import OwnAccount

USUAL = Limits("CNY", per_payment_minor=5_000, daily_minor=8_000, static_daily_minor=8_000)
LOW = Limits("CNY", per_payment_minor=1_000, daily_minor=8_000, static_daily_minor=8_000)


def main(url: str, trust: str, owner_key: str, payee: str) -> int:
    """Bind, pay up to the limits, lower and raise them, revoke; returns the exit status."""
    owner, to = key_file.load(Path(owner_key), os.environ["PAYPORT_PASSPHRASE"]), bytes.fromhex(payee)
    phone = account_keys.with_key(owner, SigningKey.generate())
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        try:
            port.bind_session_key(owner, phone.key, USUAL)
            for amount_minor in (5_001, 4_500, 4_000):
                print(f"{amount_minor / 100:.2f}: {_pay(port, phone, to, amount_minor)}")
            port.set_limit(owner, phone.key.public_key, LOW)
            print(f"lowered, 15.00: {_pay(port, phone, to, 1_500)}")
            port.set_limit(owner, phone.key.public_key, USUAL)
            print(f"raised, 15.00 before the delay is over: {_pay(port, phone, to, 1_500)}")
            port.revoke_key(owner, phone.key.public_key)
            print(f"revoked, 1.00: {_pay(port, phone, to, 100)}")
        except Refusal as refusal:
            print(f"refused: {refusal.reason.en} ({refusal.code})")
            return 1
    return 0


def _pay(port: Client, own: OwnAccount, payee: bytes, amount_minor: int) -> str:
    """Return what comes of a payment."""
    try:
        paid = port.transfer(own, payee, amount_minor)
    except Refusal as refusal:
        return f"{refusal.reason.en} ({refusal.code})"
    return f"paid in block {paid.height}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
