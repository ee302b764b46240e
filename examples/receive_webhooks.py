"""Receive webhooks: ``receive_webhooks.py SECRET [PORT] [FILE]``. It needs nothing but the standard library.

SECRET is what `POST /v1/webhooks` answered; after a rotation, both secrets with a comma between. FILE keeps the ids
that were dealt with, so that an event that is sent twice is dealt with once. In production, put TLS in front of it.
"""

from __future__ import annotations

import base64
import hmac
import json
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

MAX_BODY_BYTES = 64 * 1024
TOLERANCE_SECONDS = 300


def is_genuine(secrets: list[bytes], headers: dict[str, str], body: bytes) -> bool:
    """Tell whether Payport signed exactly this body, within the last minutes."""
    name, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{name}.{timestamp}.".encode() + body
    expected = ["v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets]
    found = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(each.encode(), one.encode()) for each in expected for one in found)


def deal_with(event: dict) -> None:
    """Do what the event asks for; raising here makes Payport send it again."""
    data = event["data"]
    if event["type"] == "transaction.committed" and not data["sent"]:
        print(f"received {data['amount_minor'] or 0} minor units of {data['asset']} in {data['id'][:16]}", flush=True)
    else:
        print(event["type"], flush=True)


def handler(secrets: list[bytes], seen: sqlite3.Connection) -> type[BaseHTTPRequestHandler]:
    """Return what answers requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(self.status())
            self.send_header("content-length", "0")
            self.end_headers()

        def status(self) -> int:
            size = int(self.headers.get("content-length", "0"))
            if size > MAX_BODY_BYTES:
                return 413
            body = self.rfile.read(size)
            headers = {key.lower(): value for key, value in self.headers.items()}
            if not is_genuine(secrets, headers, body):
                return 400
            with seen:  # the id and its effect are one transaction; a failure undoes both
                new = seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (headers["webhook-id"],)).rowcount
                if new:
                    deal_with(json.loads(body))
            return 204

        def log_message(self, *_: object) -> None:
            """Say nothing of requests: the log is at Payport."""

    return Handler


def main(secrets: str, port: str = "8090", file: str = "webhooks.sqlite") -> int:
    """Receive until interrupted."""
    seen = sqlite3.connect(file)
    seen.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets.split(",")]
    server = HTTPServer(("127.0.0.1", int(port)), handler(keys, seen))
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
