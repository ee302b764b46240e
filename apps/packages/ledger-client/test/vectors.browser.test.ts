/** Every published vector, and keys, in a real Chromium. */

import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";

import type { page as held } from "./browser/page.js";
import { formatChecks } from "./conformance/formats.js";
import { proofChecks } from "./conformance/proofs.js";
import { readVectors } from "./vectors.js";

declare const page: typeof held;

const ENTRY = fileURLToPath(new URL("browser/page.ts", import.meta.url));
const EXECUTABLE = process.env["PAYPORT_CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

let server: Server;
let browser: Browser;
let tab: Page;

beforeAll(async () => {
  server = await serve(await bundle());
  browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  tab = await browser.newPage();
  await tab.goto(`http://localhost:${String((server.address() as AddressInfo).port)}/`);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

/** Return the page's program in one file. */
async function bundle(): Promise<string> {
  const lib = { entry: ENTRY, formats: ["iife" as const], name: "payport" };
  const built = await build({ configFile: false, logLevel: "error", build: { lib, write: false, minify: false } });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((each) => ("output" in each ? each.output : []));
  const chunk = outputs.find((each) => each.type === "chunk");
  return chunk?.code ?? expect.fail("nothing was bundled");
}

async function serve(program: string): Promise<Server> {
  const made = createServer((request, response) => {
    const isProgram = request.url === "/page.js";
    response.setHeader("content-type", isProgram ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8");
    response.end(
      isProgram ? program : '<!doctype html><html lang="en"><title>Checks</title><script src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => made.listen(0, "localhost", resolve));
  return made;
}

test("every vector holds", async () => {
  const vectors = readVectors();
  const outcome = await tab.evaluate((given) => page.runVectors(given), vectors);
  expect(outcome.failed).toEqual([]);
  expect(outcome.passed).toEqual([...formatChecks(vectors), ...proofChecks(vectors)].map(({ name }) => name));
});

test("a key is kept without being shown", async () => {
  expect(await tab.evaluate(() => page.signWithKeptKey())).toEqual({ isWebCrypto: true, isExtractable: false });
});

test("a passkey signs", async () => {
  const devtools = await tab.context().newCDPSession(tab);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const signed = await tab.evaluate(() => page.signWithPasskey());
  expect(signed).toEqual({ publicKey: expect.stringMatching(/^04[0-9a-f]{128}$/u) as string, scheme: "webauthn" });
});
