"""The reference at ``/docs``: the OpenAPI document as one plain page without scripts, and the page of refusals."""

from __future__ import annotations

import html
import importlib
import json
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from litestar import MediaType, Response, get
from litestar.openapi.plugins import OpenAPIRenderPlugin

import payport.gateway
import payport.services
from payport.consensus import contract
from payport.database import engines
from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.problems import status_of
from payport.history import verified
from payport.ledger import purchase_proof, receipt
from payport.ledger.reasons import reasons
from payport.node import client
from payport.qr import refusals as qr_refusals
from payport.services import once
from payport.signers.refusals import SIGNER_UNAVAILABLE
from payport.values import access, codec, identifiers
from payport.values.refusals import RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from litestar import Request

STYLE: Final = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem}
code{font:.9rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin-block:.5rem}
caption{text-align:left;font-weight:700}
th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-top:1px solid #8886}
summary{cursor:pointer;padding:.4rem 0}
summary:focus-visible,a:focus-visible{outline:3px solid}
.method{display:inline-block;min-width:3.5rem;font-weight:700;text-transform:uppercase}
nav a{margin-right:1rem}
section{margin-block:2rem}
ul.contents{columns:10rem;padding-left:1.2rem}
summary small{opacity:.75}
@media(max-width:40rem){td,th{display:block;border:0}tr{border-top:1px solid #8886}}
"""
"""Style of both pages."""

NOT_ANSWERING: Final = tuple(
    f"payport.{layer}.{name}"
    for layer in ("gateway", "services")
    for name in ("migrations", "process", "config", "apps.folder")
)
"""Modules of this layer and of the one below whose refusals no request ever gets."""

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of both pages: nothing but their own style."""


@cache
def known_refusals() -> dict[str, RefusalCode]:
    """Return every refusal this port may give, by its code."""
    named = (value for module in _own_modules() for value in vars(module).values())
    told = [each for value in named for each in (value if isinstance(value, tuple) else (value,))]
    found = {reason.code: reason for reason in (*told, *_below()) if isinstance(reason, RefusalCode)}
    return dict(sorted(found.items()))


def _below() -> Iterator[RefusalCode]:
    """Yield refusals of the layers below that are told as they come."""
    for module in (verified, purchase_proof, qr_refusals, access, codec, identifiers, client, contract, once, engines):
        yield from module.REFUSALS
    yield receipt.NO_RECEIPT
    yield SIGNER_UNAVAILABLE
    yield from reasons().values()


def _own_modules() -> Iterator[ModuleType]:
    """Yield the modules of this layer and of the one below that answer requests."""
    for layer in (payport.gateway, payport.services):
        for each in pkgutil.walk_packages(layer.__path__, f"{layer.__name__}."):
            if not each.name.startswith(NOT_ANSWERING):
                yield importlib.import_module(each.name)


def _page(title: str, content: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><header><h1>{html.escape(title)}</h1>"
        '<nav aria-label="Reference"><a href="/docs">Routes</a><a href="/docs/refusals">Refusals</a>'
        f'<a href="/docs/openapi.json">OpenAPI 3.1</a></nav></header><main>{content}</main></body></html>'
    ).encode()


class ReferencePage(OpenAPIRenderPlugin):
    """Renders the OpenAPI document on the server."""

    def __init__(self) -> None:
        """Serve the page at the root of the reference."""
        super().__init__(path="/", media_type=MediaType.HTML)
        self._page: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page, made once."""
        if self._page is None:
            self._page = self._make(request, openapi_schema)
        return self._page

    def _make(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        document = json.loads(self.render_json(request, openapi_schema))
        info = document["info"]
        tags = document["tags"]
        routes = "".join(_resource(tag, document["paths"]) for tag in tags)
        contents = "".join(f'<li><a href="#{_anchor(tag)}">{html.escape(tag["name"])}</a>' for tag in tags)
        events = "".join(_route(name, "event", each["post"]) for name, each in document["webhooks"].items())
        schemas = "".join(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
        content = (
            f"<p>{html.escape(info.get('description', ''))}</p>"
            f'<nav aria-label="Resources"><ul class=contents>{contents}</ul></nav>'
            f'<section aria-labelledby="routes"><h2 id="routes">Routes</h2>{routes}</section>'
            f'<section aria-labelledby="webhooks"><h2 id="webhooks">Webhooks</h2>{events}</section>'
            f'<section aria-labelledby="records"><h2 id="records">Records</h2>{schemas}</section>'
        )
        return _page(f"{info['title']} {info['version']}", content)


def _named(schema: dict[str, Any]) -> str:
    """Return a schema in short, with a link to a record."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f'<a href="#{html.escape(name)}">{html.escape(name)}</a>'
    if "oneOf" in schema:
        return " or ".join(_named(each) for each in schema["oneOf"])
    if "allOf" in schema:
        return " with ".join(_named(each) for each in schema["allOf"])
    if "const" in schema:
        return f"<code>{html.escape(str(schema['const']))}</code>"
    if "properties" in schema:
        return ", ".join(
            f"<code>{html.escape(key)}</code>: {_named(value)}" for key, value in schema["properties"].items()
        )
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return "list of " + _named(schema.get("items", {}))
    details = [f"{key} {schema[key]}" for key in ("minimum", "maximum", "minLength", "maxLength") if key in schema]
    if "pattern" in schema:
        details.append(schema["pattern"])
    return html.escape(kind + (f" ({', '.join(details)})" if details else ""))


def _anchor(tag: dict[str, Any]) -> str:
    return "resource-" + str(tag["name"]).replace(" ", "-")


def _resource(tag: dict[str, Any], paths: dict[str, Any]) -> str:
    """Return one resource with its routes."""
    routes = "".join(
        _route(path, method, operation)
        for path, methods in sorted(paths.items())
        for method, operation in methods.items()
        if isinstance(operation, dict) and tag["name"] in operation.get("tags", ())
    )
    about = html.escape(tag.get("description", ""))
    return f'<h3 id="{_anchor(tag)}">{html.escape(tag["name"])}</h3><p>{about}</p>{routes}'


def _route(path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{html.escape(each['name'])}</code></td><td>{each['in']}</td>"
        f"<td>{_named(each.get('schema', {}))}</td><td>{html.escape(each.get('description', ''))}</td></tr>"
        for each in operation.get("parameters", ())
    ]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        body = _named(content.get("schema", {}))
        rows.append(f"<tr><td>body</td><td><code>{html.escape(media)}</code></td><td>{body}</td><td></td></tr>")
    answers = [
        f"<tr><td>{status}</td><td><code>{html.escape(media)}</code></td><td>{_named(content.get('schema', {}))}</td>"
        f"<td>{html.escape(response.get('description', ''))}</td></tr>"
        for status, response in sorted(operation.get("responses", {}).items())
        for media, content in response.get("content", {}).items()
    ]
    shown = " or ".join(name for each in operation.get("security", ()) for name in each)
    lock = f" <small>{html.escape(shown)}</small>" if shown else ""
    return (
        f"<details><summary><span class=method>{method}</span> <code>{html.escape(path)}</code>{lock}<br>"
        f"{html.escape(operation.get('description', operation.get('summary', '')))}</summary>"
        f"<table><caption>Takes</caption>{''.join(rows)}</table><table><caption>Answers</caption>{''.join(answers)}</table></details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{html.escape(key)}</code></td><td>{_named(value)}</td>"
        f"<td>{'required' if key in schema.get('required', ()) else ''}</td>"
        f"<td>{html.escape(value.get('description', ''))}</td></tr>"
        for key, value in schema.get("properties", {}).items()
    )
    about = html.escape(schema.get("description", ""))
    return f'<h3 id="{html.escape(name)}">{html.escape(name)}</h3><p>{about}</p><table>{rows}</table>'


@get("/docs/refusals", media_type=MediaType.HTML, include_in_schema=False, **open_to(ANYBODY))
async def refusals_page() -> Response[bytes]:
    """Explain every code of a problem, in both languages."""
    rows = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{status_of(reason)}</td>'
        f'<td>{html.escape(reason.en)}</td><td lang="zh-CN">{html.escape(reason.zh)}</td></tr>'
        for code, reason in known_refusals().items()
    )
    head = "<tr><th>code</th><th>status</th><th>English</th><th>中文</th></tr>"
    page = _page("Refusals of the Payport port", f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>")
    return Response(page, media_type=MediaType.HTML)


ROUTES: Final = (refusals_page,)
"""Routes of this resource."""
