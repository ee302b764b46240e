"""Deliver against payment: ``deliver_for_payment.py URL TRUST SELLER_KEY BUYER_KEY BANK SEED_FILE ASSET UNITS PRICE``.

One group of three transactions, signed by three parties of two banks: the seller delivers UNITS of ASSET, the buyer
pays PRICE yuan, and BANK, the issuer of the asset, gives the buyer one unit for the trade. All of it happens or none:
the same is tried once more with more units than the seller has. SEED_FILE holds the bank's 32-byte signing seed in
hexadecimal; the passphrase of both key files is in the environment variable PAYPORT_PASSPHRASE. In life each party
builds the same group from the agreed terms, signs its own part only, and sends that to whoever submits.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from payport.proof.trust import decode_trust
from payport.values.money import read_amount
from payport.values.refusals import Refusal
from payport.wallet import key_file
from payport.wallet.client import Client
from payport.wallet.keys import SigningKey
from payport.wallet.own_account import OwnAccount
from payport.wallet.sign import bind_group, build, sign


class Trade:
    """Who trades, and who issues the asset."""

    def __init__(self, seller: OwnAccount, buyer: OwnAccount, bank: str, key: SigningKey, asset: str) -> None:
        """Trade ``asset``, which ``bank`` issues and signs for with ``key``."""
        self.seller, self.buyer, self.bank, self.key, self.asset = seller, buyer, bank, key, asset

    def group(self, units: int, price_minor: int) -> list[bytes]:
        """Return the signed members: delivery, payment, bonus."""
        seller, buyer, chain_id = self.seller, self.buyer, self.seller.chain_id
        goods = {"payee": buyer.account, "asset": self.asset, "amount_minor": units}
        money = {"payee": seller.account, "asset": "CNY", "amount_minor": price_minor}
        bonus = {"account": buyer.account, "asset": self.asset, "amount_minor": 1}
        members = bind_group(
            [
                build(chain_id, "transfer/1", seller.account, **goods),
                build(chain_id, "transfer/1", buyer.account, **money),
                build(chain_id, "issue/1", self.bank, **bonus),
            ]
        )
        return [sign(member, key) for member, key in zip(members, (seller.key, buyer.key, self.key), strict=True)]


def main(
    url: str, trust: str, seller_key: str, buyer_key: str, bank: str, seed_file: str, asset: str, units: str, price: str
) -> int:
    """Trade once, then fail to trade; returns the exit status."""
    passphrase = os.environ["PAYPORT_PASSPHRASE"]
    seller, buyer = (key_file.load(Path(file), passphrase) for file in (seller_key, buyer_key))
    issuer_key = SigningKey(bytes.fromhex(Path(seed_file).read_text(encoding="ascii").strip()))
    trade = Trade(seller, buyer, bank, issuer_key, asset)
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        try:
            delivered, paid, _ = port.submit(trade.group(int(units), read_amount(price)))
        except Refusal as refusal:
            print(f"refused: {refusal.reason.en} ({refusal.code})")
            return 1
        print(f"{units} {asset} for {price} CNY, both in block {delivered.height} and {paid.height}")
        left = port.account(seller).amount_minor(asset)
        before = port.account(buyer).amount_minor("CNY")
        try:
            port.submit(trade.group(left + 1, read_amount(price)))
        except Refusal as refusal:
            print(f"more than the seller has: {refusal.reason.en} ({refusal.code})")
        unpaid = port.account(buyer).amount_minor("CNY") == before
        print("nobody paid and nobody delivered" if unpaid else "the buyer paid for nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
