"""Trade an asset for money: ``trade_points.py URL TRUST MAKER_KEY TAKER_KEY ASSET GIVE WANT TAKE``.

The maker offers GIVE units of ASSET for WANT yuan; the taker takes TAKE of them. Both sides change hands in one
transaction, also between customers of two banks. The passphrase of both key files is in the environment variable
PAYPORT_PASSPHRASE.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from payport.proof.trust import decode_trust
from payport.values.money import read_amount
from payport.values.refusals import Refusal
from payport.wallet import key_file, trade
from payport.wallet.client import Client


def main(url: str, trust: str, maker_key: str, taker_key: str, asset: str, give: str, want: str, take: str) -> int:
    """Offer, take, cancel what is left; returns the exit status."""
    passphrase = os.environ["PAYPORT_PASSPHRASE"]
    maker, taker = (key_file.load(Path(file), passphrase) for file in (maker_key, taker_key))
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        try:
            terms = trade.Terms(asset, int(give), "CNY", read_amount(want))
            offer = port.offer(maker, terms)
            port.take_offer(taker, port.show_offer(offer.id), int(take))  # the port tells the terms
            if int(take) < terms.give_minor:
                port.cancel(maker, offer.id)
        except Refusal as refusal:
            print(f"refused: {refusal.reason.en} ({refusal.code})")
            return 1
        print(f"took {take} {asset} for {terms.price_minor(int(take)) / 100:.2f} CNY")
        print(f"the taker holds {port.account(taker).amount_minor(asset)} {asset}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
