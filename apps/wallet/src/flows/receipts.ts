/** Receipts: fetched as files, and verified on this phone against the trust file it began with. */

import type { Port } from "@payport/client/port";
import { Refusal } from "@payport/ledger-client/refusal";
import type { RefusalCode } from "@payport/ledger-client/refusal";
import type { Trust } from "@payport/ledger-client/trust";
import { verifyReceipt } from "@payport/ledger-client/verify";
import type { Verdict } from "@payport/ledger-client/verify";

/** What is checked, from the container inwards, in this order. */
export const STEPS = ["form", "network", "transaction", "leaves", "history", "finality"] as const;

/** One step of the verification. */
export type Step = (typeof STEPS)[number];

/** What came of a verification. */
export type Verification =
  { readonly verdict: Verdict } | { readonly failed: Step; readonly code: RefusalCode; readonly detail: string };

const BY_REFUSAL: Partial<Record<RefusalCode, Step>> = {
  malformed_receipt: "form",
  malformed_bytes: "form",
  wrong_chain: "network",
  transaction_mismatch: "transaction",
  signatures_mismatch: "transaction",
  invalid_signature: "transaction",
  unknown_scheme: "transaction",
  balance_of_other_transaction: "leaves",
  leaves_out_of_order: "leaves",
  leaf_not_in_block: "leaves",
  commitment_not_in_history: "history",
};

/** Verify a receipt; a refusal is the answer, an error of the program is thrown. */
export function verify(file: Uint8Array, trust: Trust): Verification {
  try {
    return { verdict: verifyReceipt(file, trust) };
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    return { failed: BY_REFUSAL[error.code] ?? "finality", code: error.code, detail: error.detail };
  }
}

/** The index follows the ledger by milliseconds: a receipt may be asked for before it is there. */
const NOT_YET = 404;
const PAUSES_MS = [100, 200, 400, 800];

/** Fetch the receipt of a transaction of an account. */
export async function fetchReceipt(port: Port, account: string, transaction: string): Promise<Uint8Array> {
  const path = { account, transaction_id: transaction };
  for (const pauseMs of [...PAUSES_MS, 0]) {
    try {
      return await port.get("/v1/accounts/{account}/receipts/{transaction_id}", { path });
    } catch (error) {
      const isEarly = error instanceof Error && "status" in error && error.status === NOT_YET;
      if (!isEarly || pauseMs === 0) {
        throw error;
      }
      await port.wait(pauseMs);
    }
  }
  throw new Error("unreachable");
}
