/** Calls: typed, retried where that is safe, their refusals told. */

import { expect, test } from "vitest";

import { PortProblem, PortUnreachable, UnexpectedAnswer } from "../src/problems.js";
import { execute } from "../src/transactions.js";
import { cut, json, problem, standIn } from "./stand-in.js";
import type { Answer } from "./stand-in.js";

const ACCOUNT = "0".repeat(32);
const BODY = { text: "0002" };

const between: Answer = (response) => {
  response.writeHead(502, { "content-type": "text/html" }).end("<p>Bad gateway");
};

test("an answer is what the document says, and so is what a call needs", async () => {
  const { port, requests } = await standIn([json(200, { asset: "CNY", entries: [], next: null })]);
  const path = { account: ACCOUNT };
  const found = await port.get("/v1/accounts/{account}/statement", { path, query: { limit: 5, before: null } });
  expect(found.asset).toBe("CNY");
  expect(requests[0]?.url).toBe(`/v1/accounts/${ACCOUNT}/statement?limit=5`);
  expect(requests[0]?.headers["idempotency-key"]).toBeUndefined();
  // @ts-expect-error -- the path needs an account
  await expect(port.get("/v1/accounts/{account}/statement")).rejects.toThrow(TypeError);
  // @ts-expect-error -- there is no such route
  await port.get("/v1/nowhere");
  // @ts-expect-error -- a statement has no such member
  expect(found.nothing).toBeUndefined();
});

test("the token is asked for before every attempt", async () => {
  let asked = 0;
  const token = (): string => `token-${String((asked += 1))}`;
  const { port, requests } = await standIn([problem(503, "node_unreachable"), json(200, {})], {
    token,
    language: "zh",
  });
  await port.get("/v1/network");
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  expect(requests[0]?.headers["accept-language"]).toBe("zh");
});

test.each([
  ["a lost connection", cut()],
  ["an answer cut in the middle", cut('{"sch')],
  ["a busy port", problem(429, "too_many_requests")],
  ["an error of the port", problem(500, "internal_error")],
  ["a gateway between", between],
])("after %s the same call is made again under the same key", async (_name, failure) => {
  const { port, requests, bodies } = await standIn([failure, failure, json(200, { scheme: "payport" })]);
  await port.post("/v1/codes/resolve", { body: BODY });
  const keys = requests.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/u);
  expect(new Set(bodies)).toEqual(new Set([JSON.stringify(BODY)]));
});

test("each call has a key of its own, and a caller may bring one", async () => {
  const { port, requests } = await standIn([json(200, {})]);
  await port.post("/v1/codes/resolve", { body: BODY });
  await port.post("/v1/codes/resolve", { body: BODY });
  await port.post("/v1/codes/resolve", { body: BODY, idempotencyKey: "kept-over-a-restart" });
  const keys = requests.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(3);
  expect(keys[2]).toBe("kept-over-a-restart");
});

test("waits as long as the port asks, and not longer than it is patient", async () => {
  const asked = await standIn([problem(503, "busy", {}, { "retry-after": "7" }), json(200, {})]);
  await asked.port.get("/v1/network");
  expect(asked.waits).toEqual([7_000]);
  const long = await standIn([problem(503, "busy", {}, { "retry-after": "3600" })]);
  await expect(long.port.get("/v1/network")).rejects.toMatchObject({ code: "busy", retryAfterMs: 3_600_000 });
  expect(long.requests).toHaveLength(1);
});

test("waits longer each time, and gives up", async () => {
  const { port, waits, requests } = await standIn([cut()], {
    patience: { attempts: 5, firstDelayMs: 100, maxDelayMs: 300 },
  });
  await expect(port.get("/v1/network")).rejects.toBeInstanceOf(PortUnreachable);
  expect(requests).toHaveLength(5);
  for (const [at, longest] of [100, 200, 300, 300].entries()) {
    expect(waits[at]).toBeGreaterThanOrEqual(longest / 2);
    expect(waits[at]).toBeLessThanOrEqual(longest);
  }
});

test("a refusal is told at once, with what became of the transaction", async () => {
  const told = { id: "aa", outcome: "insufficient_balance", final: true, repeated: false };
  const { port, requests } = await standIn([
    problem(402, "insufficient_balance", { detail: "50 short", final: true, transactions: [told] }),
  ]);
  const refused = port.post("/v1/transactions", { body: { envelopes: ["AA=="] } });
  await expect(refused).rejects.toBeInstanceOf(PortProblem);
  await expect(refused).rejects.toMatchObject({
    code: "insufficient_balance",
    message: "insufficient_balance: 50 short",
    status: 402,
    final: true,
    transactions: [told],
  });
  expect(requests).toHaveLength(1);
});

test("an answer that is no problem of the port is told as it is", async () => {
  const { port, requests } = await standIn([json(503, { ready: false })]);
  await expect(port.get("/v1/health")).rejects.toMatchObject({ status: 503, body: { ready: false } });
  await expect(port.get("/v1/health")).rejects.toBeInstanceOf(UnexpectedAnswer);
  expect(requests).toHaveLength(2);
});

test("a transaction under way is asked for until it is final", async () => {
  const pending = { id: "ab", outcome: "pending", final: false, valid_until_ms: 5 };
  const { port, requests, waits } = await standIn([
    json(202, { status: "pending", transactions: [pending] }),
    json(200, pending),
    json(200, { id: "ab", outcome: "committed", final: true }),
  ]);
  expect(await execute(port, [Uint8Array.of(1, 2, 3)])).toEqual([{ id: "ab", outcome: "committed", final: true }]);
  expect(requests.map(({ url }) => url)).toEqual([
    "/v1/transactions",
    "/v1/transactions/ab?valid_until_ms=5",
    "/v1/transactions/ab?valid_until_ms=5",
  ]);
  expect(waits).toEqual([500]);
});

test("an aborted call throws the reason, and is not made again", async () => {
  const controller = new AbortController();
  const { port, requests } = await standIn([() => { controller.abort(new Error("left the page")); }]); // prettier-ignore
  await expect(port.get("/v1/network", { signal: controller.signal })).rejects.toThrow("left the page");
  expect(requests).toHaveLength(1);
});

test("an attempt that takes too long is given up and made again", async () => {
  const { port, requests } = await standIn([() => undefined, json(200, {})]);
  await port.get("/v1/network", { patience: { timeoutMs: 50 } });
  expect(requests).toHaveLength(2);
});
