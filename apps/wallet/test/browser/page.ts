/** What the browser runs: the phone's store, keys and outbox, as the app uses them. */

import { Port } from "@payport/client/port";
import { toHex } from "@payport/ledger-client/bytes";
import { verifyEd25519 } from "@payport/ledger-client/ed25519";

import { FREE_ATTEMPTS, PinRefused, openWithPin } from "../../src/device/attempts.js";
import { Database } from "../../src/device/database.js";
import { keyOf, makeKey } from "../../src/device/keys.js";
import { Outbox } from "../../src/device/outbox.js";
import type { Outgoing } from "../../src/device/outgoing.js";
import { Vault } from "../../src/device/vault.js";

const ROUNDS = 1_000;
const MESSAGE = Uint8Array.of(1, 2, 3);
const ID = "ab".repeat(32);

/** What the test calls; each works in a store of its own name. */
export const page = {
  keepKey,
  useKey,
  tryPins,
  begin,
  resume,
} as const;

/** Make a wallet's vault and a key in a store. */
async function keepKey(name: string): Promise<string> {
  const database = await Database.open(name);
  const { vault, record } = await Vault.create("258036", ROUNDS);
  await database.keep("vault", record);
  return toHex((await makeKey(database, vault)).publicKey);
}

/** Open the same store anew, and sign with the kept key. */
async function useKey(name: string, publicKey: string): Promise<object> {
  const database = await Database.open(name);
  const vault = await openWithPin(database, "258036");
  const key = await keyOf(database, vault, publicKey);
  const kept = await database.stores.get("keys", publicKey);
  return {
    isVerified: verifyEd25519(key.publicKey, MESSAGE, await key.sign(MESSAGE)),
    isExtractable: kept?.pair?.privateKey.extractable,
    seed: kept?.seed,
  };
}

/** Try wrong PINs until there is a wait, and the right one during and after it. */
async function tryPins(name: string): Promise<object> {
  const database = await Database.open(name);
  const { record } = await Vault.create("258036", ROUNDS);
  await database.keep("vault", record);
  const nowMs = Date.now();
  const tried = async (pin: string, atMs: number): Promise<string> => {
    try {
      await openWithPin(database, pin, atMs);
      return "open";
    } catch (error) {
      return error instanceof PinRefused ? `${String(error.left)} ${String(error.isTried)}` : String(error);
    }
  };
  const wrong: string[] = [];
  for (let attempt = 0; attempt < FREE_ATTEMPTS; attempt += 1) {
    wrong.push(await tried("000001", nowMs));
  }
  return {
    wrong,
    during: await tried("258036", nowMs + 29_000),
    setBack: await tried("258036", nowMs - 86_400_000),
    after: await tried("258036", nowMs + 31_000),
    then: await tried("000001", nowMs + 32_000),
  };
}

/** Send something through a port that answers as `answers` say, the last one for ever. */
async function outboxOf(name: string, answers: readonly Answer[]): Promise<{ outbox: Outbox; sent: string[] }> {
  const sent: string[] = [];
  const left = [...answers];
  const database = await Database.open(name);
  const port = new Port("http://port.example", {
    fetch: (input, init) => {
      const { method = "GET", body } = init ?? {};
      sent.push(`${method} ${new URL(input as string).pathname} ${typeof body === "string" ? body : ""}`);
      const answer = left.length > 1 ? left.shift() : left[0];
      return answer === undefined || answer === "lost"
        ? Promise.reject(new TypeError("lost"))
        : Promise.resolve(response(answer));
    },
  });
  return { outbox: new Outbox({ database, port: () => port, now: Date.now }), sent };
}

/** An answer of the port, or none. */
export type Answer = "lost" | "busy" | "pending" | "committed" | "refused";

function response(answer: Exclude<Answer, "lost">): Response {
  const executed = { id: ID, outcome: answer, final: answer === "committed" };
  const problem = { type: "about:blank", title: "No.", status: 402, code: "insufficient_balance", final: true };
  switch (answer) {
    case "busy":
      return Response.json({ ...problem, status: 503, code: "busy", final: false }, problemAs(503));
    case "refused":
      return Response.json(problem, problemAs(402));
    case "pending":
      return Response.json({ status: answer, transactions: [executed] }, { status: 202 });
    case "committed":
      return Response.json({ status: answer, transactions: [executed] });
  }
}

function problemAs(status: number): ResponseInit {
  return { status, headers: { "content-type": "application/problem+json" } };
}

const ENTRY: Outgoing = {
  id: ID,
  account: "cd".repeat(16),
  route: "/v1/payments",
  envelopes: [Uint8Array.of(9, 8, 7)],
  madeAtMs: 0,
  validUntilMs: 0,
  about: { verb: "purchase", amountMinor: 1, asset: "CNY" },
  standing: "sending",
};

/** Send, with answers; returns what came of it, or how it stands where nothing did within a while. */
async function begin(name: string, answers: readonly Answer[], waitMs: number): Promise<object> {
  const { outbox, sent } = await outboxOf(name, answers);
  const now = Date.now();
  const sending = outbox.send({ ...ENTRY, madeAtMs: now, validUntilMs: now + 90_000 });
  const waiting = new Promise<undefined>((resolve) => setTimeout(resolve, waitMs));
  const outcome = (await Promise.race([sending, waiting])) ?? outbox.entry(ID);
  return { standing: outcome?.standing, code: outcome?.refusal?.code, sent };
}

/** Begin the app anew on the same store; returns what became of what was under way. */
async function resume(name: string, answers: readonly Answer[]): Promise<object> {
  const { outbox, sent } = await outboxOf(name, answers);
  await outbox.resume();
  while (outbox.unsettled().length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { standing: outbox.entry(ID)?.standing, sent };
}

Object.assign(globalThis, { page });
