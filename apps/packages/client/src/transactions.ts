/** Sending signed transactions and waiting for what becomes of them. */

import { toBase64 } from "@payport/ledger-client/bytes";

import type { CallOptions, Port } from "./port.js";
import type { Executed } from "./problems.js";
import type { Schemas } from "./routes.js";

export type { Executed } from "./problems.js";

/** What became of a submission. */
export type Submitted = Schemas["Submitted"];

/** A transaction whose outcome is not known yet. */
export type UnderWay = Pick<Executed, "id" | "valid_until_ms">;

/** How long to wait between two questions about a transaction that is under way. */
const POLL_MS = 500;

/**
 * Submit a signed transaction, or the members of a group in their order. The signed bytes are the key for retries: they
 * have one effect, however often they are sent. A refusal is thrown as a `PortProblem`, which says whether it is final.
 */
export function submit(port: Port, envelopes: readonly Uint8Array[], options: CallOptions = {}): Promise<Submitted> {
  return port.post("/v1/transactions", {
    body: { envelopes: envelopes.map((each) => toBase64(each, "standard")) },
    ...options,
  });
}

/** Ask until a transaction is final; returns its outcome, which may be the code of a refusal. */
export async function settled(port: Port, under: UnderWay, options: CallOptions = {}): Promise<Executed> {
  const question = {
    path: { transaction_id: under.id },
    query: { valid_until_ms: under.valid_until_ms ?? null },
    ...options,
  };
  for (;;) {
    const found = await port.get("/v1/transactions/{transaction_id}", question);
    if (found.final) {
      return found;
    }
    await port.wait(POLL_MS, options.signal);
  }
}

/** Submit, and wait until every member is final. */
export async function execute(
  port: Port,
  envelopes: readonly Uint8Array[],
  options: CallOptions = {},
): Promise<readonly Executed[]> {
  const { transactions } = await submit(port, envelopes, options);
  return Promise.all(transactions.map(async (told) => (told.final ? told : settled(port, told, options))));
}
