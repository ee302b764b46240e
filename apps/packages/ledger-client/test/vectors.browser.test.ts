/** Every published vector, and keys, in a real Chromium. */

import { afterAll, beforeAll, expect, test } from "vitest";

import { Authenticator, TestBrowser } from "./browser/chromium.js";
import type { page as held } from "./browser/page.js";
import { formatChecks } from "./conformance/formats.js";
import { proofChecks } from "./conformance/proofs.js";
import { readVectors } from "./vectors.js";

declare const page: typeof held;

let browser: TestBrowser;

beforeAll(async () => {
  browser = await TestBrowser.open(new URL("browser/page.ts", import.meta.url));
});

afterAll(async () => {
  await browser.close();
});

test("every vector holds", async () => {
  const vectors = readVectors();
  const outcome = await browser.tab.evaluate((given) => page.runVectors(given), vectors);
  expect(outcome.failed).toEqual([]);
  expect(outcome.passed).toEqual([...formatChecks(vectors), ...proofChecks(vectors)].map(({ name }) => name));
});

test("a key is kept without being shown", async () => {
  const kept = await browser.tab.evaluate(() => page.signWithKeptKey());
  expect(kept).toEqual({ isWebCrypto: true, isExtractable: false });
});

test("a passkey signs", async () => {
  await Authenticator.of(browser.tab);
  const signed = await browser.tab.evaluate(() => page.signWithPasskey());
  expect(signed).toEqual({ publicKey: expect.stringMatching(/^04[0-9a-f]{128}$/u) as string, scheme: "webauthn" });
});
