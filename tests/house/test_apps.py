"""The TypeScript workspace: what it is locked to, and under which licences."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "ISC",
    "MIT",
    "(MIT OR CC0-1.0)",
    "Python-2.0",
}

TOOLS_ONLY = {
    "lightningcss": "MPL-2.0: compresses style sheets inside Vite; nothing of it is in what is shipped",
    "axe-core": "MPL-2.0: looks at pages in tests",
    "caniuse-lite": "CC-BY-4.0: data of the Babel inside the lint rules for React",
}
"""Packages under another licence, each with its reason; their variants for a platform begin with the same name."""


def locked() -> dict[str, dict[str, Any]]:
    document = json.loads((ROOT / "apps/package-lock.json").read_text(encoding="utf-8"))
    return {name: each for name, each in document["packages"].items() if "node_modules/" in name}


def test_every_package_is_pinned_and_no_address_is_written() -> None:
    for name, package in locked().items():
        if package.get("link"):
            assert re.fullmatch(r"packages/[a-z-]+|wallet", package["resolved"]), name
        else:
            assert package["integrity"].startswith("sha512-"), name
            assert "resolved" not in package, name


def test_licences_are_permissive() -> None:
    for name, package in locked().items():
        tool = name.rsplit("node_modules/", 1)[1].startswith(tuple(TOOLS_ONLY))
        assert package.get("link") or package["license"] in PERMISSIVE or (tool and package["dev"]), name


SHIPPED = {
    "@noble/curves",
    "@noble/hashes",
    *("react", "react-dom", "scheduler", "loose-envify", "js-tokens"),
    "lean-qr",
    *("barcode-detector", "zxing-wasm", "zxing-wasm/node_modules/type-fest", "tagged-tag", "@types/emscripten"),
    *("@noble/ciphers", "idb", "workbox-window", "workbox-core"),
    *("@tanstack/react-query", "@tanstack/query-core"),
    *("i18next", "react-i18next", "html-parse-stringify", "use-sync-external-store", "@babel/runtime", "typescript"),
    *("react-router", "react-router-dom", "cookie", "set-cookie-parser"),
    *(
        "antd-mobile",
        "@floating-ui/core",
        "@floating-ui/dom",
        "@floating-ui/utils",
        "@rc-component/mini-decimal",
        "@react-spring/animated",
        "@react-spring/core",
        "@react-spring/rafz",
        "@react-spring/shared",
        "@react-spring/types",
        "@react-spring/web",
        "@types/prop-types",
        "@types/react",
        "@types/trusted-types",
        "@use-gesture/core",
        "@use-gesture/react",
        "ahooks",
        "antd-mobile-icons",
        "antd-mobile-v5-count",
        "async-validator",
        "classnames",
        "csstype",
        "dayjs",
        "deepmerge",
        "js-cookie",
        "lodash",
        "nano-memoize",
        "rc-field-form",
        "rc-motion",
        "rc-segmented",
        "rc-util",
        "react-fast-compare",
        "react-is",
        "resize-observer-polyfill",
        "runes2",
        "screenfull",
        "staged-components",
        "tslib",
    ),
}
"""What the apps are built from; a package that only brings others stands beside them.

TypeScript is there for its types alone, which react-i18next names as a peer.
"""


def test_what_is_shipped_is_known() -> None:
    shipped = {name for name, each in locked().items() if not (each.get("dev") or each.get("link"))}
    assert shipped == {f"node_modules/{name}" for name in SHIPPED}


def test_versions_are_exact() -> None:
    for path in [
        ROOT / "apps/package.json",
        *(ROOT / "apps").glob("packages/*/package.json"),
        ROOT / "apps/wallet/package.json",
    ]:
        package = json.loads(path.read_text(encoding="utf-8"))
        for version in {**package.get("dependencies", {}), **package.get("devDependencies", {})}.values():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), path


def test_sources_are_named_for_what_they_hold() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "apps"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    names = [Path(name) for name in tracked.split("\0") if name.endswith((".ts", ".tsx", ".js"))]
    assert not {name.stem for name in names} & {"index", "utils", "helpers", "common", "misc"}
