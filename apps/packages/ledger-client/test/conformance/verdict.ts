/** What a receipt proves, as vectors write it. */

import type { Verdict } from "../../src/verify.js";
import type { Json } from "./check.js";

/** Return a verdict as the vectors have it. */
export function told(verdict: Verdict): Json {
  return {
    verified: true,
    chain_id: verdict.chainId,
    height: verdict.height,
    time_ms: verdict.timeMs,
    transaction_id: verdict.transactionId,
    kind: verdict.kind,
    withheld: verdict.kind === null,
    outcome: verdict.outcome,
    signers: verdict.signers.map(({ publicKey, role }) => ({ public_key: publicKey, role })),
    balances: verdict.balances.map((change) => ({
      account: change.account,
      asset: change.asset,
      entry: change.entry,
      delta_minor: change.deltaMinor,
      balance_minor: change.balanceMinor,
      fee_minor: change.feeMinor,
    })),
    finality: verdict.finality,
    proven_at_height: verdict.provenAtHeight,
    binds: verdict.binds,
    institutions: verdict.institutions,
    historical: verdict.historical,
  };
}
