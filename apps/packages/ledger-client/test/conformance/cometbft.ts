/** The finality proof of a consortium, against the published vectors. */

import { fromUtf8, utf8 } from "../../src/bytes.js";
import { broughtForward, verifyCometbft } from "../../src/cometbft.js";
import { LIGHT_BLOCK_MAX_VALIDATORS } from "../../src/generated/limits.js";
import { decodeLightBlock, headerHash, signBytes, validatorsHash } from "../../src/light-block.js";
import { decode, encode, isArray } from "../../src/messagepack.js";
import { decodeTrust, encodeTrust } from "../../src/trust.js";
import type { Trust } from "../../src/trust.js";
import { verifyReceipt } from "../../src/verify.js";
import { data, each, isRefused, refuses, same } from "./check.js";
import type { Check, Json } from "./check.js";
import { told } from "./verdict.js";

/** Return the checks of proofs, receipts by them, and trust files brought forward. */
export function cometbftChecks(vectors: Json): Check[] {
  const trust = (found: Json): Trust => decodeTrust(utf8(vectors.trust[found.trust]));
  const verify = (found: Json, payload = data(found.payload)): unknown =>
    verifyCometbft(payload, data(vectors.commitments[found.commitment]), trust(found));
  return [
    ...each("cometbft/1 sign bytes", vectors.sign_bytes, (found) => {
      const { block_id: told } = found;
      const blockId =
        told === null
          ? null
          : { blockHash: data(told.block_hash), partCount: told.part_count, partsHash: data(told.parts_hash) };
      const bytes = signBytes(found.chain_id, found.height, found.round, blockId, BigInt(found.time_ns));
      same(bytes, data(found.bytes));
    }),
    ...each("cometbft/1", vectors.proofs, (found) => {
      const { header, validators } = decodeLightBlock(data(found.payload));
      same([headerHash(header), validatorsHash(validators)], [found.header_hash, found.validators_hash]);
      same(verify(found), { institutions: found.institutions, historical: found.historical });
    }),
    ...each("cometbft/1 refuses", vectors.proofs_refused, (found) => {
      refuses(found.code, () => verify(found));
    }),
    ...each("cometbft/1 with a changed byte", vectors.proofs.slice(0, 1), (found) => {
      const payload = data(found.payload);
      for (let at = 0; at < payload.length; at += 7) {
        const changed = payload.slice();
        changed.set([(payload[at] ?? 0) ^ 0x01], at);
        same([at, isRefused(() => verify(found, changed))], [at, true]);
      }
    }),
    {
      name: "cometbft/1 with a validator too many",
      run() {
        const [found] = vectors.proofs;
        refuses("finality_invalid", () => verify(found, crowded(data(found.payload), LIGHT_BLOCK_MAX_VALIDATORS)));
        refuses("malformed_receipt", () => verify(found, crowded(data(found.payload), LIGHT_BLOCK_MAX_VALIDATORS + 1)));
      },
    },
    ...each("cometbft/1 receipts", vectors.receipts, (found) => {
      same(told(verifyReceipt(data(found.receipt), trust(found))), found.verdict);
    }),
    ...each("cometbft/1 receipts refuse", vectors.receipts_refused, (found) => {
      refuses(found.code, () => verifyReceipt(data(found.receipt), trust(found)));
    }),
    ...trustChecks(vectors, trust),
  ];
}

function trustChecks(vectors: Json, trust: (found: Json) => Trust): Check[] {
  return [
    ...each("trust files", Object.values(vectors.trust), (text) => {
      same(fromUtf8(encodeTrust(decodeTrust(utf8(text)))), text);
    }),
    ...each("trust files refuse", vectors.trust_refused, (found) => {
      refuses(found.code, () => decodeTrust(utf8(found.trust)));
    }),
    ...each("trust brought forward", vectors.forward, (found) => {
      const names = new Map<string, string>(Object.entries(found.institutions));
      same(fromUtf8(encodeTrust(broughtForward(trust(found), data(found.payload), names))), found.after);
    }),
    ...each("trust brought forward refuses", vectors.forward_refused, (found) => {
      refuses(found.code, () => broughtForward(trust(found), data(found.payload)));
    }),
  ];
}

/** Return a proof whose validators are so many, none of whom voted. */
function crowded(payload: Uint8Array, count: number): Uint8Array {
  const [header, commit] = parts(decode(payload));
  const places = Array.from({ length: count }, (_, at) => at);
  const keys = places.map((at) => Uint8Array.from({ length: 32 }, (_, byte) => (at >> (8 * (byte % 2))) & 0xff));
  return encode([header ?? null, [...parts(commit).slice(0, 3), places.map(() => null)], keys.map((key) => [key, 1])]);
}

function parts(value: Json): readonly Json[] {
  return isArray(value) ? value : [];
}
