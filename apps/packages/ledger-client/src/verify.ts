/**
 * Verifies a receipt against a trust file, with no network and no other program. The order of checks goes from the
 * container inwards: form, chain, transaction, leaves, block, history, finality. The first that fails names the refusal.
 */

import { equal } from "./bytes.js";
import { commitmentHash, decodeCommitment } from "./commitments.js";
import type { Commitment } from "./commitments.js";
import { requireFinality } from "./finality.js";
import type { Binds, Proven } from "./finality.js";
import { COMMITTED, decodeBalance, decodeOutcome } from "./leaves.js";
import type { BalanceLeaf, OutcomeLeaf, Signer } from "./leaves.js";
import { leafHash, rootFromPath } from "./merkle.js";
import { decodeReceipt } from "./receipts.js";
import type { ProvenLeaf, Receipt } from "./receipts.js";
import { Refusal, refuse } from "./refusal.js";
import type { RefusalCode } from "./refusal.js";
import { readSigned, requireSignatures, signedHash, signedId } from "./signed.js";
import type { Signed } from "./signed.js";
import { requireChain } from "./trust.js";
import type { Trust } from "./trust.js";

/** One balance the receipt proves. */
export type BalanceChange = Omit<BalanceLeaf, "salt" | "transactionId">;

/** What a receipt proves. */
export interface Verdict {
  /** Network. */
  readonly chainId: string;
  /** Height of the block. */
  readonly height: number;
  /** Block time, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Id of the transaction. */
  readonly transactionId: Uint8Array;
  /** Verb and version; null where the transaction is withheld because it carries a secret. */
  readonly kind: string | null;
  /** `committed`, or the code of a refusal. */
  readonly outcome: string;
  /** Each signing key with its role. */
  readonly signers: readonly Signer[];
  /** Balances shown. */
  readonly balances: readonly BalanceChange[];
  /** Kind of finality proof. */
  readonly finality: string;
  /** Height of the commitment the finality proof is over: the block's own, or a later one. */
  readonly provenAtHeight: number;
  /** Whom the proof binds. */
  readonly binds: Binds;
  /** Institutions that voted for the block; none where the kind of proof names none. */
  readonly institutions: readonly string[];
  /** Whether only those prove it who have been replaced since. */
  readonly historical: boolean;
}

/** Check everything a receipt says; throws the refusal that names what is wrong. */
export function verifyReceipt(data: Uint8Array, trust: Trust): Verdict {
  const receipt = decodeReceipt(data);
  const commitment = decodeCommitment(receipt.commitment);
  const outcome = decodeOutcome(receipt.outcome.leaf);
  const balances = receipt.balances.map((proven) => decodeBalance(proven.leaf));
  const signed = receipt.envelope === null ? null : readSigned(receipt.envelope);
  requireChain(commitment.chainId, trust);
  if (!equal(outcome.transactionId, receipt.transactionId)) {
    refuse("transaction_mismatch", "the outcome leaf is of another transaction");
  }
  if (signed !== null) {
    requireChain(signed.chainId, trust);
    checkTransaction(signed, outcome, trust);
  }
  checkBalances(outcome, balances);
  checkLeaves([receipt.outcome, ...receipt.balances], commitment);
  const { height, binds, institutions, historical } = checkFinality(receipt, commitment, trust);
  return {
    chainId: commitment.chainId,
    height: commitment.height,
    timeMs: commitment.timeMs,
    transactionId: receipt.transactionId,
    kind: signed === null ? null : signed.kind,
    outcome: outcome.outcome,
    signers: outcome.signers,
    balances: balances.map(({ account, asset, entry, deltaMinor, balanceMinor, feeMinor }) => {
      return { account, asset, entry, deltaMinor, balanceMinor, feeMinor };
    }),
    finality: receipt.finality.tag,
    provenAtHeight: height,
    binds,
    institutions,
    historical,
  };
}

/** Bind the envelope to the outcome leaf and verify its signatures. */
function checkTransaction(signed: Signed, outcome: OutcomeLeaf, trust: Trust): void {
  if (!equal(signedId(signed), outcome.transactionId)) {
    refuse("transaction_mismatch", "the envelope is of another transaction");
  }
  if (!equal(signedHash(signed), outcome.signaturesHash)) {
    refuse("signatures_mismatch", "the outcome leaf names another hash");
  }
  const keys = signed.signatures.map((entry) => entry.publicKey);
  const sameKeys = keys.every((key, index) => equal(key, outcome.signers[index]?.publicKey ?? new Uint8Array()));
  if (keys.length !== outcome.signers.length || !sameKeys) {
    refuse("signatures_mismatch", "the outcome leaf names other signers");
  }
  requireSignatures(signed, trust.webauthn);
}

function checkBalances(outcome: OutcomeLeaf, balances: readonly BalanceLeaf[]): void {
  if (balances.length > 0 && outcome.outcome !== COMMITTED) {
    refuse("balance_of_other_transaction", "a refused transaction changes no balance");
  }
  for (const balance of balances) {
    if (!equal(balance.transactionId, outcome.transactionId)) {
      refuse("balance_of_other_transaction", `entry ${String(balance.entry)}`);
    }
  }
}

/** Lead every leaf to the receipts root, in the order of the block. */
function checkLeaves(proven: readonly ProvenLeaf[], commitment: Commitment): void {
  const indices = proven.map((each) => each.leafIndex);
  if (indices.some((index, at) => at > 0 && index <= (indices[at - 1] ?? 0))) {
    refuse("leaves_out_of_order", indices.join(", "));
  }
  for (const { leaf, leafIndex, path } of proven) {
    const root = provenRoot("leaf_not_in_block", leafHash(leaf), leafIndex, commitment.leafCount, path);
    if (!equal(root, commitment.receiptsRoot)) {
      refuse("leaf_not_in_block", `leaf ${String(leafIndex)}`);
    }
  }
}

/** Verify the finality proof; return the height of the commitment it is over, and whom it binds. */
function checkFinality(receipt: Receipt, commitment: Commitment, trust: Trust): { height: number } & Proven {
  let [bytes, final] = [receipt.commitment, commitment];
  if (receipt.anchor !== null) {
    [bytes, final] = [receipt.anchor.commitment, decodeCommitment(receipt.anchor.commitment)];
    requireChain(final.chainId, trust);
    // At height h the log holds the h commitments of heights 0 to h - 1, so a height is its index.
    const leaf = leafHash(commitmentHash(receipt.commitment));
    const { path } = receipt.anchor;
    if (
      !equal(provenRoot("commitment_not_in_history", leaf, commitment.height, final.height, path), final.historyRoot)
    ) {
      refuse("commitment_not_in_history", `height ${String(commitment.height)} at ${String(final.height)}`);
    }
  }
  return { height: final.height, ...requireFinality(receipt.finality, bytes, trust) };
}

/** Return the root a path proves; a path of the wrong form is refused with `code`. */
function provenRoot(
  code: RefusalCode,
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array {
  try {
    return rootFromPath(leaf, index, size, path);
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(code, error.detail) : error;
  }
}
