/** Finality proofs by their tag in the receipt: who stands behind a commitment. */

import { concat, equal, toHex } from "./bytes.js";
import { verifyCometbft } from "./cometbft.js";
import { decodeCommitment } from "./commitments.js";
import { verifyEd25519 } from "./ed25519.js";
import { prefix } from "./hashing.js";
import type { Finality } from "./receipts.js";
import { refuse } from "./refusal.js";
import type { Trust } from "./trust.js";

/** Whom a proof binds, in both languages. */
export interface Binds {
  /** In English. */
  readonly en: string;
  /** In simplified Chinese. */
  readonly zh: string;
}

/** What a proof says beside that it holds. */
export interface Finding {
  /** Institutions that voted for the block; none where the kind of proof names none. */
  readonly institutions: readonly string[];
  /** Whether only those prove it who have been replaced since. */
  readonly historical: boolean;
}

/** A finding, and whom the proof binds. */
export interface Proven extends Finding {
  /** Whom it binds, in both languages. */
  readonly binds: Binds;
}

interface FinalityKind {
  readonly binds: Binds;
  verify(payload: Uint8Array, commitment: Uint8Array, trust: Trust): Finding;
}

const KEY_BYTES = 32;
const PAYLOAD_BYTES = KEY_BYTES + 64;

const KINDS: ReadonlyMap<string, FinalityKind> = new Map([
  ["embedded/1", { binds: { en: "binds the operator only", zh: "仅约束运营方" }, verify: verifyEmbedded }],
  [
    "cometbft/1",
    {
      binds: {
        en: "binds the institutions that voted, with more than two thirds of the voting power",
        zh: "约束投票的各机构，其投票权合计超过三分之二",
      },
      verify: verifyCometbft,
    },
  ],
]);

/** Insist that a proof proves an encoded commitment; refuses `unknown_finality`, and what its kind refuses. */
export function requireFinality(finality: Finality, commitment: Uint8Array, trust: Trust): Proven {
  const kind = KINDS.get(finality.tag) ?? refuse("unknown_finality", finality.tag);
  return { ...kind.verify(finality.payload, commitment, trust), binds: kind.binds };
}

/** The node of a network with a single orderer signed the commitment: its key, then its signature. */
function verifyEmbedded(payload: Uint8Array, commitment: Uint8Array, trust: Trust): Finding {
  if (payload.length !== PAYLOAD_BYTES) {
    refuse("finality_invalid", `a payload of ${String(payload.length)} bytes`);
  }
  const [publicKey, signature] = [payload.slice(0, KEY_BYTES), payload.slice(KEY_BYTES)];
  if (!trust.embeddedKeys.some((key) => equal(key, publicKey))) {
    refuse("untrusted_key", toHex(publicKey));
  }
  if (trust.embeddedUntil > 0 && decodeCommitment(commitment).height > trust.embeddedUntil) {
    refuse("untrusted_key", `${toHex(publicKey)} counts until block ${String(trust.embeddedUntil)}`);
  }
  if (!verifyEd25519(publicKey, concat(prefix("commitment"), commitment), signature)) {
    refuse("finality_invalid", "the node's signature does not verify");
  }
  return { institutions: [], historical: false };
}
