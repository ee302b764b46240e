/** Receipt leaves: a transaction's outcome, each balance it changed, and what expired when a block began. */

import * as elements from "./elements.js";
import { HASH_BYTES, taggedMac } from "./hashing.js";
import { decode, encode } from "./messagepack.js";
import type { Value } from "./messagepack.js";
import { refuse } from "./refusal.js";

/** Outcome of a transaction that had its effect; every other outcome is the code of a refusal. */
export const COMMITTED = "committed";

/** A key that signed, and the role under which it did. */
export interface Signer {
  /** The public key. */
  readonly publicKey: Uint8Array;
  /** Owner, session, device or institution. */
  readonly role: string;
}

/** What happened to one transaction. */
export interface OutcomeLeaf {
  /** Its id. */
  readonly transactionId: Uint8Array;
  /** `committed`, or the code of a refusal. */
  readonly outcome: string;
  /** Tagged hash of the envelope's signatures. */
  readonly signaturesHash: Uint8Array;
  /** Who signed, in the order of the envelope. */
  readonly signers: readonly Signer[];
}

/** One balance after one transaction. Amounts are bigints, because sums may leave 2^53. */
export interface BalanceLeaf {
  /** Account id. */
  readonly account: Uint8Array;
  /** Asset of the balance. */
  readonly asset: string;
  /** Number of this entry of the account; they have no gaps. */
  readonly entry: number;
  /** Transaction that changed the balance. */
  readonly transactionId: Uint8Array;
  /** By how much it changed, in minor units; negative where money left. */
  readonly deltaMinor: bigint;
  /** The balance afterwards, in minor units. */
  readonly balanceMinor: bigint;
  /** Fee taken from this account, in minor units; negative where it was returned. */
  readonly feeMinor: bigint;
  /** What keeps others from guessing the leaf; see {@link leafSalt}. */
  readonly salt: Uint8Array;
}

/** A hold or offer whose time was over. */
export interface ExpiryLeaf {
  /** `holds` or `offers`. */
  readonly family: string;
  /** Its id: that of the transaction that made it. */
  readonly subject: Uint8Array;
  /** Account whose money it freed. */
  readonly account: Uint8Array;
  /** Asset of what it freed. */
  readonly asset: string;
  /** How much it freed, in minor units. */
  readonly amountMinor: bigint;
  /** What keeps others from guessing the leaf; see {@link leafSalt}, with the id as transaction. */
  readonly salt: Uint8Array;
}

const ACCOUNT_BYTES = 16;
const SALT_BYTES = 32;

/** Return the salt of an account's leaves of one transaction. */
export function leafSalt(viewKey: Uint8Array, transactionId: Uint8Array): Uint8Array {
  return taggedMac(viewKey, "view", transactionId);
}

/** Encode an outcome leaf. */
export function encodeOutcome(leaf: OutcomeLeaf): Uint8Array {
  const signers = leaf.signers.map(({ publicKey, role }) => [publicKey, role]);
  return encode(["outcome/1", leaf.transactionId, leaf.outcome, leaf.signaturesHash, signers]);
}

/** Encode a balance leaf. */
export function encodeBalance(leaf: BalanceLeaf): Uint8Array {
  const { account, asset, entry, transactionId, deltaMinor, balanceMinor, feeMinor, salt } = leaf;
  return encode(["balance/1", account, asset, entry, transactionId, deltaMinor, balanceMinor, feeMinor, salt]);
}

/** Read an outcome leaf strictly; refuses `malformed_receipt`. */
export function decodeOutcome(data: Uint8Array): OutcomeLeaf {
  const [transactionId, outcome, signaturesHash, signers] = fieldsOf(data, "outcome/1", 4);
  return {
    transactionId: elements.binary(transactionId, "the transaction id", HASH_BYTES),
    outcome: elements.name(outcome, "the outcome"),
    signaturesHash: elements.binary(signaturesHash, "the signatures hash", HASH_BYTES),
    signers: elements.array(signers, "the signers").map((pair): Signer => {
      const [publicKey, role] = elements.array(pair, "a signer", 2);
      return { publicKey: elements.binary(publicKey, "a public key"), role: elements.name(role, "a role") };
    }),
  };
}

/** Read a balance leaf strictly; refuses `malformed_receipt`. */
export function decodeBalance(data: Uint8Array): BalanceLeaf {
  const [account, asset, entry, transactionId, delta, balance, fee, salt] = fieldsOf(data, "balance/1", 8);
  return {
    account: elements.binary(account, "the account", ACCOUNT_BYTES),
    asset: elements.name(asset, "the asset"),
    entry: elements.natural(entry, "the entry number"),
    transactionId: elements.binary(transactionId, "the transaction id", HASH_BYTES),
    deltaMinor: elements.wide(delta, "the change"),
    balanceMinor: elements.wide(balance, "the balance"),
    feeMinor: elements.wide(fee, "the fee"),
    salt: elements.binary(salt, "the salt", SALT_BYTES),
  };
}

/** Read an expiry leaf strictly; refuses `malformed_receipt`. */
export function decodeExpiry(data: Uint8Array): ExpiryLeaf {
  const [family, subject, account, asset, amount, salt] = fieldsOf(data, "expiry/1", 6);
  return {
    family: elements.name(family, "the family"),
    subject: elements.binary(subject, "the id", HASH_BYTES),
    account: elements.binary(account, "the account", ACCOUNT_BYTES),
    asset: elements.name(asset, "the asset"),
    amountMinor: elements.wide(amount, "the amount"),
    salt: elements.binary(salt, "the salt", SALT_BYTES),
  };
}

function fieldsOf(data: Uint8Array, kind: string, count: number): readonly Value[] {
  const [found, ...fields] = elements.array(decode(data, "malformed_receipt"), "a leaf", 1 + count);
  if (found !== kind) {
    refuse("malformed_receipt", `the leaf does not begin with ${kind}`);
  }
  return fields;
}
