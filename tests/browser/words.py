"""The words of the wallet, read from its own sources, so that a test looks for what the wallet really says."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

APPS = Path(__file__).resolve().parents[2] / "apps"

Words = dict[str, str]
"""Words by page and name: ``pay.agree``."""

_READ = """
import { readFileSync } from "node:fs";
import typescript from "typescript";
const read = async (path) => {
  const { outputText } = typescript.transpileModule(readFileSync(path, "utf8"), { compilerOptions: { module: 99 } });
  return import(`data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`);
};
const [{ en }, { zh }, { SCANNER_MESSAGES: scanner }, { MESSAGES: ui }] = await Promise.all(
  ["wallet/src/words/en", "wallet/src/words/zh", "packages/scanner/src/messages", "packages/ui/src/messages"]
    .map((path) => read(`${path}.ts`)));
process.stdout.write(JSON.stringify(
  { en: { ...en, scanner: scanner.en, ui: ui.en }, zh: { ...zh, scanner: scanner.zh, ui: ui.zh } }));
"""


@cache
def words_of(language: str) -> Words:
    """Return the words of ``en`` or ``zh``."""
    return {
        f"{page}.{name}": words
        for page, names in _everything()[language].items()
        for name, words in names.items()
        if isinstance(words, str)
    }


@cache
def _everything() -> Any:
    command = ["node", "--input-type=module", "--eval", _READ]
    return json.loads(subprocess.run(command, cwd=APPS, check=True, capture_output=True, text=True).stdout)
