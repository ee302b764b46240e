/** What a receiver believes: signed with one of its secrets, over exactly these bytes, within the last minutes. */

import { utf8 } from "@payport/ledger-client/bytes";
import { expect, test } from "vitest";

import { WebhookNotGenuine, readWebhook } from "../src/webhooks.js";

// The example that Standard Webhooks publishes.
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const SECONDS = 1_614_265_330;
const HEADERS = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": String(SECONDS),
  "webhook-signature": SIGNATURE,
};
const BODY = utf8('{"test": 2432232314}');

function read(
  changes: Partial<Record<keyof typeof HEADERS, string>> = {},
  { secrets = [SECRET], body = BODY, nowMs = SECONDS * 1_000 } = {},
): Promise<unknown> {
  return readWebhook(secrets, new Headers({ ...HEADERS, ...changes }), body, nowMs);
}

test("the published example holds", async () => {
  const expected = { id: HEADERS["webhook-id"], event: { test: 2_432_232_314 } };
  expect(await read()).toEqual(expected);
  expect(await read({}, { secrets: [OTHER, SECRET] })).toEqual(expected);
  expect(await read({ "webhook-signature": `v1,${"A".repeat(43)}= v1a,x ${SIGNATURE}` })).toEqual(expected);
  expect(await read({}, { nowMs: SECONDS * 1_000 + 299_000 })).toEqual(expected);
});

test.each([
  ["another secret", () => read({}, { secrets: [OTHER] })],
  ["no secret", () => read({}, { secrets: [] })],
  ["another body", () => read({}, { body: utf8('{"test": 2432232315}') })],
  ["another id", () => read({ "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJel" })],
  ["another time", () => read({ "webhook-timestamp": String(SECONDS + 1) })],
  ["an old one", () => read({}, { nowMs: SECONDS * 1_000 + 301_000 })],
  ["one of the future", () => read({}, { nowMs: SECONDS * 1_000 - 301_000 })],
  ["no time", () => read({ "webhook-timestamp": "now" })],
  ["no signature", () => read({ "webhook-signature": "" })],
  ["a signature of another kind", () => read({ "webhook-signature": SIGNATURE.replace("v1,", "v2,") })],
  ["what is no signature", () => read({ "webhook-signature": "v1,!" })],
])("%s is not believed", async (_name, reading) => {
  await expect(reading()).rejects.toBeInstanceOf(WebhookNotGenuine);
});

test("a secret that is none is an error of the program", async () => {
  await expect(read({}, { secrets: ["AAAA"] })).rejects.toBeInstanceOf(TypeError);
});
