"""Freeze a customer's account for a day and lift it again: ``freeze_account.py URL TRUST BANK SEED_FILE ACCOUNT``.

SEED_FILE holds the bank's 32-byte signing seed in hexadecimal; ACCOUNT is the account's id.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from payport.ledger.state.restrictions import FreezeMode, FreezeReason
from payport.proof.trust import decode_trust
from payport.values.refusals import Refusal
from payport.wallet.client import Client
from payport.wallet.keys import SigningKey

DAY_MS = 86_400_000


def main(url: str, trust: str, bank: str, seed_file: str, account: str) -> int:
    """Freeze, then lift; returns the exit status."""
    key = SigningKey(bytes.fromhex(Path(seed_file).read_text(encoding="ascii").strip()))
    frozen = {
        "account": bytes.fromhex(account),
        "mode": FreezeMode.DEBIT,
        "asset": None,
        "amount_minor": None,
        "reason": FreezeReason.LOST_DEVICE,
        "expires_at_ms": time.time_ns() // 1_000_000 + DAY_MS,
        "second": None,
    }
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        chain_id = port.network().chain_id
        try:
            freeze = port.send_as(bank, chain_id, [key], "freeze/1", **frozen)
            print(f"frozen in block {freeze.height}: payments stop, credits and earlier holds pass")
            lifted = {"account": bytes.fromhex(account), "freeze": bytes.fromhex(freeze.id)}
            port.send_as(bank, chain_id, [key], "unfreeze/1", **lifted)
            print("lifted")
        except Refusal as refusal:
            print(f"refused: {refusal.reason.en} ({refusal.code})")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
