"""Recover the account of a lost phone: ``recover_account.py URL TRUST BANK SEED_FILE OWNER_KEY NEW_KEY PAYEE``.

The first recovery is a false alarm, which the owner vetoes with the phone that was found; the second is finished, and
the new key, written to the file NEW_KEY, pays a fen to PAYEE. SEED_FILE holds the bank's 32-byte signing seed in
hexadecimal. The passphrase of both key files is in the environment variable PAYPORT_PASSPHRASE. In life the last step
is taken once the network's delay is over, three days unless the scheme says otherwise; this script waits for it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from payport.proof.trust import decode_trust
from payport.values.refusals import Refusal
from payport.wallet import account_keys, key_file
from payport.wallet.client import Client
from payport.wallet.keys import SigningKey
from payport.wallet.own_account import OwnAccount
from payport.wallet.records import Executed

PAUSE_SECONDS = 0.5


class Bank:
    """A clerk's side of the conversation."""

    def __init__(self, port: Client, name: str, key: SigningKey) -> None:
        """Act for the bank ``name``."""
        self.port, self.name, self.key = port, name, key

    def recover(self, own: OwnAccount, new: SigningKey) -> Executed:
        """Begin to recover an account to a new owner key, which proves that the customer has it."""
        owner = new.prove_possession(own.chain_id, own.account)
        return self.port.send_as(self.name, own.chain_id, [self.key], "recover/1", account=own.account, owner=owner)

    def finish(self, own: OwnAccount, recovery: Executed, new: SigningKey) -> Executed:
        """Bind the new key as soon as the delay is over."""
        fields = {"account": own.account, "recovery": bytes.fromhex(recovery.id), "owner": new.public_key}
        while True:
            try:
                return self.port.send_as(self.name, own.chain_id, [self.key], "finish_recovery/1", **fields)
            except Refusal as refusal:
                if refusal.code != "recovery_waits":
                    raise
                time.sleep(PAUSE_SECONDS)


def main(url: str, trust: str, bank: str, seed_file: str, owner_key: str, new_key: str, payee: str) -> int:
    """Recover, veto, recover again, finish; returns the exit status."""
    passphrase, to = os.environ["PAYPORT_PASSPHRASE"], bytes.fromhex(payee)
    lost = key_file.load(Path(owner_key), passphrase)
    found = account_keys.with_key(lost, SigningKey.generate())
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        clerk = Bank(port, bank, SigningKey(bytes.fromhex(Path(seed_file).read_text(encoding="ascii").strip())))
        try:
            alarm = clerk.recover(lost, found.key)
            print(f"recovery begun in block {alarm.height}: {_refused(port, lost, to)}")
            port.veto_recovery(lost, alarm.id)
            port.transfer(lost, to, 1)
            print("vetoed by the owner, who pays again")
            recovery = clerk.recover(lost, found.key)
            finished = clerk.finish(lost, recovery, found.key)
            key_file.save(Path(new_key), found, passphrase)
            port.transfer(found, to, 1)
            print(f"finished in block {finished.height}: the new key pays; the lost one: {_refused(port, lost, to)}")
        except Refusal as refusal:
            print(f"refused: {refusal.reason.en} ({refusal.code})")
            return 1
    return 0


def _refused(port: Client, own: OwnAccount, payee: bytes) -> str:
    """Return why a payment is refused."""
    try:
        port.transfer(own, payee, 1)
    except Refusal as refusal:
        return f"{refusal.reason.en} ({refusal.code})"
    return "it pays"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
