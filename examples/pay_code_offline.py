"""Charge a pay code shown by a phone without a connection: ``pay_code_offline.py URL TRUST PAYER_KEY TILL_KEY AMOUNT``.

AMOUNT is in yuan. The passphrase of both key files is in the environment variable PAYPORT_PASSPHRASE. The phone only
signs and shows; what goes from it to the till is the picture.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from payport.proof.trust import decode_trust
from payport.qr import images
from payport.values.money import read_amount
from payport.values.refusals import Refusal
from payport.wallet import key_file, pay_codes
from payport.wallet.client import Client

CAP_MINOR = 50_000
"""What one code may be charged at most: 500.00."""


def main(url: str, trust: str, payer_key: str, till_key: str, amount: str) -> int:
    """Show, scan, charge; then try the same code again. Returns the exit status."""
    passphrase = os.environ["PAYPORT_PASSPHRASE"]
    picture = images.make_png(pay_codes.show(key_file.load(Path(payer_key), passphrase), CAP_MINOR).text)
    till = key_file.load(Path(till_key), passphrase)
    authority = pay_codes.read(images.read(picture)[0])
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        try:
            charged = port.charge(till, authority, read_amount(amount))
        except Refusal as refusal:
            print(f"not paid: {refusal.reason.en} ({refusal.code})")
            return 1
        print(f"paid {amount} in block {charged.height}")
        try:
            port.charge(till, authority, 1)
        except Refusal as refusal:
            print(f"the same code once more: {refusal.reason.en} ({refusal.code})")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
