"""The OpenAPI document of the port as a file, so that clients are made from it without a running port."""

from __future__ import annotations

import json

import msgspec

from payport.gateway.app import create_app
from payport.gateway.settings import Settings


def port_document() -> str:
    """Return the document; nothing is opened for it."""
    needed = {field.name: field.type() for field in msgspec.structs.fields(Settings) if field.required}
    app = create_app(Settings(**needed))
    return json.dumps(app.openapi_schema.to_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
