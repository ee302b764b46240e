/** Sessions: opened once for all who wait, and anew before they end. */

import { SeedKey } from "@payport/ledger-client/keys";
import { expect, test } from "vitest";

import { sessionOf } from "../src/customers.js";
import { json, problem, standIn } from "./stand-in.js";
import type { Answer } from "./stand-in.js";

const CHALLENGE = { challenge: "AAAA", chain_id: "example-00112233aabbccdd", expires_at_ms: 0, rp_id: "localhost" };

function session(token: string, lifeMs: number): Answer {
  return (response, request) => {
    json(201, { token, expires_at_ms: Date.now() + lifeMs, kind: "customer", subject: "" })(response, request);
  };
}

test("one session for all who wait, another before it ends", async () => {
  const challenge = json(200, CHALLENGE);
  const { port, requests } = await standIn([
    challenge,
    session("first", 20_000),
    challenge,
    session("second", 900_000),
  ]);
  const token = sessionOf(port, SeedKey.generate(), "00");
  expect(await Promise.all([token(), token(), token()])).toEqual(["first", "first", "first"]);
  expect([await token(), await token()]).toEqual(["second", "second"]);
  expect(requests).toHaveLength(4);
  expect(requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
});

test("a sign-in that is refused is tried again by the next call", async () => {
  const challenge = json(200, CHALLENGE);
  const { port } = await standIn([challenge, problem(403, "access_denied"), challenge, session("now", 900_000)]);
  const token = sessionOf(port, SeedKey.generate(), "00");
  await expect(token()).rejects.toMatchObject({ code: "access_denied" });
  expect(await token()).toBe("now");
});
