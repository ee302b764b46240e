"""Reserve at a pump, take what was used: ``authorise_and_capture.py URL TRUST DRIVER_KEY STATION_KEY MOST USED``.

MOST and USED are in yuan. The passphrase of both key files is in the environment variable PAYPORT_PASSPHRASE. In life
the two halves run on two machines: the driver's phone and the station's till.
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


def main(url: str, trust: str, driver_key: str, station_key: str, most: str, used: str) -> int:
    """Reserve and capture; returns the exit status."""
    passphrase = os.environ["PAYPORT_PASSPHRASE"]
    driver, station = (key_file.load(Path(file), passphrase) for file in (driver_key, station_key))
    with Client(url, decode_trust(Path(trust).read_bytes())) as port:
        try:
            most_minor, used_minor = read_amount(most), read_amount(used)
            hold = port.authorise(driver, station.account, most_minor)
            print(f"reserved {most} until captured, released or expired: hold {hold.id}")
            found = port.hold(station, hold.id).hold  # the till learns from the port who pays, and what is left
            captured = port.capture_hold(station, found, used_minor)
            _, proven = port.receipt(driver, captured.id)
        except Refusal as refusal:
            print(f"refused: {refusal.reason.en} ({refusal.code})")
            return 1
    (balance,) = proven.balances
    print(f"captured {-balance.delta_minor / 100:.2f}; the rest is free, {balance.balance_minor / 100:.2f} left")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
