/** The phone's store, keys, PIN and outbox in a real Chromium, with its IndexedDB and WebCrypto. */

import { afterAll, beforeAll, expect, test } from "vitest";

import { TestBrowser } from "../../packages/ledger-client/test/browser/chromium.js";
import type { page as held } from "./browser/page.js";

declare const page: typeof held;

const SENT = 'POST /v1/payments {"envelopes":["CQgH"]}';

let browser: TestBrowser;

beforeAll(async () => {
  browser = await TestBrowser.open(new URL("browser/page.ts", import.meta.url));
});

afterAll(async () => {
  await browser.close();
});

/** Load the page anew, as when the app was killed and is started again. */
async function restart(): Promise<void> {
  await browser.tab.reload();
}

test("a key outlives the app, signs, and cannot be read", async () => {
  const publicKey = await browser.tab.evaluate(() => page.keepKey("keys"));
  await restart();
  const used = await browser.tab.evaluate((given) => page.useKey("keys", given), publicKey);
  expect(used).toEqual({ isVerified: true, isExtractable: false, seed: undefined });
});

test("after five wrong PINs even the right one waits, by whatever clock", async () => {
  expect(await browser.tab.evaluate(() => page.tryPins("pins"))).toEqual({
    wrong: ["4 true", "3 true", "2 true", "1 true", "0 true"],
    during: "0 false",
    setBack: "0 false",
    after: "open",
    then: "4 true",
  });
});

test("lost answers are outlived: the same bytes are sent until the port has answered", async () => {
  const outcome = await browser.tab.evaluate(() => page.begin("lost", ["lost", "busy", "committed"], 10_000));
  expect(outcome).toEqual({ standing: "committed", code: undefined, sent: [SENT, SENT, SENT] });
});

test("what the port has taken is pending, and sent again until it is final", async () => {
  const outcome = await browser.tab.evaluate(() => page.begin("pending", ["pending", "committed"], 10_000));
  expect(outcome).toEqual({ standing: "committed", code: undefined, sent: [SENT, SENT] });
});

test("a refusal ends it", async () => {
  const outcome = await browser.tab.evaluate(() => page.begin("refused", ["refused"], 10_000));
  expect(outcome).toEqual({ standing: "refused", code: "insufficient_balance", sent: [SENT] });
});

test("an app killed in the middle of a payment sends the same bytes when it is back", async () => {
  const before = await browser.tab.evaluate(() => page.begin("killed", ["lost"], 200));
  expect(before).toMatchObject({ standing: "sending" });
  await restart();
  const after = await browser.tab.evaluate(() => page.resume("killed", ["committed"]));
  expect(after).toEqual({ standing: "committed", sent: [SENT] });
  await restart();
  const later = await browser.tab.evaluate(() => page.resume("killed", ["lost"]));
  expect(later).toEqual({ standing: "committed", sent: [] });
});
