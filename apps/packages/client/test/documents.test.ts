/** The programs in guides and READMEs: all of them compile, and what needs no network runs. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import ts from "typescript";
import { expect, test, vi } from "vitest";

const APPS = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = `${APPS}packages/client/.build/documents/`;
const LEDGER_CLIENT = "packages/ledger-client/README.md";
const DOCUMENTS = [
  ...["packages/client/README.md", LEDGER_CLIENT],
  ...["../docs/how-to/sign-in-typescript.md", "../docs/how-to/receive-webhooks.md"],
];

/** Write the blocks of a document as one program; returns its file. */
function program(document: string): string {
  const blocks = Array.from(
    readFileSync(APPS + document, "utf8").matchAll(/^```ts\n(.*?)^```$/gmsu),
    ([, code]) => code,
  );
  expect(blocks).not.toEqual([]);
  const file = `${FOLDER}${document.replace(/\W+/gu, "-")}.ts`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, `${blocks.join("\n")}\nexport {};\n`);
  return file;
}

test("every program compiles", () => {
  const { config } = ts.readConfigFile(`${APPS}tsconfig.base.json`, (name) => ts.sys.readFile(name));
  const options = {
    ...ts.convertCompilerOptionsFromJson(config.compilerOptions, APPS).options,
    ...{ composite: false, declaration: false, declarationMap: false, noEmit: true, noUnusedLocals: false },
    paths: { "@payport/client/*": [`${APPS}packages/client/src/*.ts`], "@payport/ledger-client/*": [`${APPS}packages/ledger-client/src/*.ts`] }, // prettier-ignore
  };
  const found = ts.getPreEmitDiagnostics(ts.createProgram(DOCUMENTS.map(program), options));
  expect(found.map((each) => ts.flattenDiagnosticMessageText(each.messageText, "\n"))).toEqual([]);
});

test("what needs no network runs", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  await import(program(LEDGER_CLIENT));
  expect(log.mock.calls.map(([first]: unknown[]) => first)).toEqual([
    expect.objectContaining({ kind: "transfer/1", amount_minor: 1_250 }),
    "malformed_bytes",
  ]);
});
