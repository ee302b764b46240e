"""Signatures, read by the published reader of Standard Webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from payport.gateway.port import clock_ms
from payport.gateway.webhooks import endpoints, signing
from tests.gateway.webhooks.scene import BOSS

if TYPE_CHECKING:
    from tests.gateway.webhooks.scene import Scene

PAYLOAD = '{"type":"webhook.test","text":"\u4ed8\u6b3e"}'.encode()


def test_the_published_reader_agrees() -> None:
    secret = signing.new_secret()
    headers = signing.headers([secret], bytes(16), clock_ms(), PAYLOAD)
    reader = Webhook(signing.shown(secret))
    assert reader.verify(PAYLOAD, headers) == {"type": "webhook.test", "text": "\u4ed8\u6b3e"}
    for wrong in (
        {**headers, "webhook-id": "11" * 16},
        {**headers, "webhook-timestamp": str(clock_ms() // 1_000 - 1)},
        {**headers, "webhook-signature": signing.headers([bytes(32)], bytes(16), clock_ms(), PAYLOAD)["webhook-id"]},
    ):
        with pytest.raises((WebhookVerificationError, ValueError)):
            reader.verify(PAYLOAD, wrong)
    with pytest.raises(WebhookVerificationError):
        reader.verify(PAYLOAD + b" ", headers)


def test_known_answer() -> None:
    """The example of the specification's own libraries."""
    import base64

    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signing.headers([secret], bytes.fromhex("00" * 16), 1_614_265_330_000, b'{"test": 2432232314}')
    expected = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    import datetime as dt

    at = dt.datetime(2021, 2, 25, 15, 2, 10, tzinfo=dt.UTC)
    assert signed["webhook-signature"] == expected.sign("00" * 16, at, '{"test": 2432232314}')


async def test_both_secrets_sign_for_a_day(scene: Scene) -> None:
    scene.now_ms = clock_ms()
    webhook = await scene.endpoint()
    old, new = signing.new_secret(), signing.new_secret()
    for secret in (old, new):
        async with scene.database.writing() as connection:
            sealed = scene.secret.seal(signing.SECRET_PURPOSE, secret)
            until_ms = await endpoints.rotate(connection, BOSS, webhook, sealed, scene.now_ms)
    assert until_ms == scene.now_ms + 24 * 3_600_000
    await scene.pay()
    await scene.turns()
    (received,) = scene.receiver.received
    for secret in (old, new):
        assert Webhook(signing.shown(secret)).verify(received.body, received.headers) == received.event
    scene.now_ms = until_ms + 1
    await scene.pay()
    await scene.turns()
    signatures = scene.receiver.received[-1].headers["webhook-signature"]
    assert len(signatures.split()) == 1
