"""An error of the program is told as one, logged without what was sent, and never mistaken for a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import structlog.testing
from litestar import Litestar, get
from litestar.testing import TestClient

from payport.gateway.problems import EXCEPTION_HANDLERS

if TYPE_CHECKING:
    from collections.abc import Iterator


@get("/broken")
async def broken(value: str = "") -> None:
    raise KeyError(value)


@pytest.fixture
def client() -> Iterator[TestClient[Any]]:
    app = Litestar([broken], exception_handlers=EXCEPTION_HANDLERS, logging_config=None, openapi_config=None)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_internal_error(client: TestClient[Any]) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = client.get("/broken", headers={"Authorization": "Bearer secret", "Accept-Language": "zh"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "detail" not in answer.json()
    (entry,) = logs
    assert (entry["method"], entry["path"]) == ("GET", "/broken")
    assert "secret" not in str(entry)
