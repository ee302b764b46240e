"""Pay a merchant's code from an image, and verify the receipt: ``pay_by_code.py URL TRUST KEY IMAGE [AMOUNT]``.

The passphrase of the key file is in the environment variable PAYPORT_PASSPHRASE. AMOUNT, in yuan, is for codes that
name none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from payport.proof.trust import decode_trust
from payport.qr import images
from payport.values.money import read_amount
from payport.values.refusals import Refusal
from payport.wallet import key_file
from payport.wallet.client import Client


def main(url: str, trust: str, key: str, image: str, amount: str = "") -> int:
    """Pay; returns the exit status."""
    me = key_file.load(Path(key), os.environ["PAYPORT_PASSPHRASE"])
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        try:
            amount_minor = read_amount(amount) if amount else None
            code = port.resolve(images.read(Path(image).read_bytes())[0])
            paid = port.pay(me, code, amount_minor)
            _, proven = port.receipt(me, paid.id)
        except Refusal as refusal:
            print(f"not paid: {refusal.reason.en} ({refusal.code})")
            return 1
    (balance,) = proven.balances
    print(f"paid {code.name} {-balance.delta_minor / 100:.2f} {balance.asset} in block {paid.height}")
    print(f"the receipt proves it: {balance.balance_minor / 100:.2f} {balance.asset} left ({proven.binds_en})")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
