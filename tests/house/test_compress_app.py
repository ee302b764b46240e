"""The forms of a built app's files that the port sends: each is the file again, and smaller."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from payport.gateway.apps.folder import read_app
from tests.gateway.apps.built import FILES

PROGRAM = Path(__file__).resolve().parents[2] / "tools/compress_app.mjs"
UNPACK = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(process.argv[1])))"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node builds the apps")


def test_each_form_is_the_file_again(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    subprocess.run(["node", PROGRAM, tmp_path], check=True)
    found = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    large = {name for name, content in FILES.items() if len(content) > 500}
    assert {name for name in found if name.endswith(".br")} >= {f"{name}.br" for name in large}
    assert not {name for name in found if name.startswith("icons/192.png.")}, "a picture is compressed as it is"
    for name in found - set(FILES):
        path, content = tmp_path / name, FILES[name[:-3]]
        assert path.stat().st_size < len(content)
        if name.endswith(".gz"):
            assert gzip.decompress(path.read_bytes()) == content
        else:
            assert subprocess.run(["node", "-e", UNPACK, path], capture_output=True, check=True).stdout == content
    for name in large:
        assert [form.encoding for form in read_app(tmp_path)[name].forms] == ["br", "gzip", ""]


def test_usage() -> None:
    assert subprocess.run(["node", PROGRAM], capture_output=True, check=False).returncode == 2
