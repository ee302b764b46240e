"""What of a built app's folder is served, in which forms, and within which limits."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

import payport
from payport.gateway.apps import folder as folder_module
from payport.gateway.apps.folder import find_app, read_app
from payport.values.refusals import Refusal
from tests.gateway.apps.built import BROTLI, FILES, SCRIPT, build

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def wallet(tmp_path: Path) -> Path:
    return build(tmp_path / "apps") / "wallet"


def test_every_file_and_nothing_else(wallet: Path) -> None:
    (wallet / "secret.txt").symlink_to(__file__)
    found = read_app(wallet)
    assert set(found) == set(FILES)
    assert {path: file.forms[-1].body for path, file in found.items()} == FILES
    assert all(file.forms[-1].encoding == "" for file in found.values())


def test_compressed_forms(wallet: Path) -> None:
    found = read_app(wallet)
    assert [(form.encoding, form.body) for form in found[SCRIPT].forms[:2]] == [
        ("br", BROTLI),
        ("gzip", gzip.compress(FILES[SCRIPT], 1)),
    ]
    for path in ("index.html", "assets/scanner-0a-b_C9d.wasm"):
        made, plain = found[path].forms
        assert (made.encoding, gzip.decompress(made.body)) == ("gzip", plain.body)
        assert len(made.body) < len(plain.body)
    # What compressing would not make smaller is not compressed, and neither is what is so already.
    for path in ("favicon.svg", "icons/192.png"):
        assert [form.encoding for form in found[path].forms] == [""]
    etags = [form.etag for file in found.values() for form in file.forms]
    assert len(set(etags)) == len(etags)


def test_only_names_with_a_hash_never_change(wallet: Path) -> None:
    for name in ("assets/logo.svg", "assets/index-short.js", "chunk-BQx1v2Z_.js"):
        (wallet / name).write_bytes(b"x")
    found = read_app(wallet)
    assert {path for path, file in found.items() if file.never_changes} == {SCRIPT, "assets/scanner-0a-b_C9d.wasm"}


def test_media_types(wallet: Path) -> None:
    (wallet / "licence").write_bytes(b"x")
    found = {path: file.media_type for path, file in read_app(wallet).items()}
    assert found["manifest.webmanifest"] == "application/manifest+json"
    assert found["assets/scanner-0a-b_C9d.wasm"] == "application/wasm"
    assert found["sw.js"] == "text/javascript; charset=utf-8"
    assert found["licence"] == "application/octet-stream"


@pytest.mark.parametrize(("limit", "most"), [("MAX_FILES", 5), ("MAX_FILE_BYTES", 2_000), ("MAX_APP_BYTES", 6_000)])
def test_limits(wallet: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    monkeypatch.setattr(folder_module, limit, most)
    with pytest.raises(Refusal, match="app_unusable"):
        read_app(wallet)


def test_an_app_has_a_page_to_begin_with(wallet: Path) -> None:
    (wallet / "index.html").unlink()
    with pytest.raises(Refusal, match="app_unusable"):
        read_app(wallet)
    assert find_app("wallet", wallet.parent) is None


def test_where_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "src/payport"
    monkeypatch.setattr(payport, "__file__", str(package / "__init__.py"))
    assert find_app("wallet", None) is None
    installed = build(package / "_apps") / "wallet"
    (tmp_path / "apps/wallet").mkdir(parents=True)
    (tmp_path / "apps/wallet/index.html").touch()  # a source, which no browser could run
    assert find_app("wallet", None) == installed
    built = tmp_path / "apps/wallet/dist"
    built.mkdir()
    (built / "index.html").touch()
    assert find_app("wallet", None) == built
    chosen = build(tmp_path / "chosen")
    assert find_app("wallet", chosen) == chosen / "wallet"
    assert find_app("till", chosen) is None
