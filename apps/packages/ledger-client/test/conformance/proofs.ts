/** Trees, digests, leaves, commitments, receipts and codes, against the published vectors. */

import { bigEndian, concat, fromHex, toHex, utf8 } from "../../src/bytes.js";
import { readMerchantCode, writeMerchantCode } from "../../src/codes/merchant.js";
import { commitmentHash, decodeCommitment, encodeCommitment } from "../../src/commitments.js";
import { readEnvelope } from "../../src/envelopes.js";
import { requireFinality } from "../../src/finality.js";
import { taggedHash } from "../../src/hashing.js";
import { SeedKey } from "../../src/keys.js";
import { decodeBalance, decodeOutcome, encodeBalance, encodeOutcome, leafSalt } from "../../src/leaves.js";
import { leafHash, merklePath, merkleRoot, rootFromPath } from "../../src/merkle.js";
import { NO_WEBAUTHN } from "../../src/signatures.js";
import { LtHash, stateDigest, stateElement } from "../../src/state-digest.js";
import type { FamilySum } from "../../src/state-digest.js";
import { decodeBody, encodeBody, transactionId } from "../../src/transactions.js";
import { decodeTrust } from "../../src/trust.js";
import { verifyReceipt } from "../../src/verify.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { data, each, isRefused, refuses, same } from "./check.js";
import type { Check, Json, Vectors } from "./check.js";
import { cometbftChecks } from "./cometbft.js";
import { told } from "./verdict.js";

/** Return the checks of everything that proves, and of codes. */
export function proofChecks(vectors: Vectors): Check[] {
  return [
    ...merkleChecks(vectors["merkle"]),
    ...stateChecks(vectors["state_digest"]),
    ...leafChecks(vectors["leaves"]),
    ...commitmentChecks(vectors["commitments"]),
    ...receiptChecks(vectors["receipts"]),
    ...cometbftChecks(vectors["cometbft"]),
    ...blockChecks(vectors["blocks"]),
    ...codeChecks(vectors["codes"]),
  ];
}

/** What can be checked of whole blocks without executing them: every transaction, every commitment and their log. */
function blockChecks({ chain_id: chainId, genesis_commitment: genesis, blocks }: Json): Check[] {
  return [
    {
      name: "blocks",
      run() {
        const log = [commitmentHash(data(genesis))];
        for (const block of blocks) {
          same(
            block.items.flat().map(idOf),
            block.outcomes.map((outcome: Json) => outcome.transaction_id),
          );
          const read = decodeCommitment(data(block.commitment));
          same([read.chainId, read.height, read.timeMs], [chainId, block.height, block.time_ms]);
          same(read.leafCount, block.leaf_hashes.length);
          same(read.historyRoot, merkleRoot(log));
          same(commitmentHash(data(block.commitment)), data(block.commitment_hash));
          log.push(commitmentHash(data(block.commitment)));
        }
      },
    },
  ];
}

function idOf(envelope: string): string {
  const { body } = readEnvelope(data(envelope));
  same(encodeBody(decodeBody(body)), body);
  return toHex(transactionId(body));
}

function merkleChecks({ trees, refused }: Json): Check[] {
  return [
    ...each("merkle", trees, (tree) => {
      const leaves = Array.from({ length: tree.size }, (_, index) => bigEndian(index, 2));
      same(merkleRoot(leaves), data(tree.root));
      for (const { index, path } of tree.paths) {
        same(merklePath(leaves, index), path);
        same(rootFromPath(leafHash(bigEndian(index, 2)), index, tree.size, path.map(data)), data(tree.root));
      }
    }),
    ...each("merkle refuses", refused, (found) => {
      refuses(found.code, () => rootFromPath(data(found.leaf_hash), found.index, found.size, found.path.map(data)));
    }),
  ];
}

function stateChecks({ lthash, digest }: Json): Check[] {
  return [
    ...each("lthash", lthash, (found) => {
      const sum = new LtHash();
      for (const element of found.added) {
        sum.add(data(element));
      }
      for (const element of found.removed) {
        sum.remove(data(element));
      }
      same(toHex(sum.bytes()).slice(0, found.first_lanes.length), found.first_lanes);
      same(sha256(sum.bytes()), data(found.lanes_sha256));
    }),
    {
      name: "state digest",
      run() {
        const sums = new Map<string, FamilySum>();
        for (const block of digest) {
          for (const change of block.changes) {
            applyChange(sums, change);
          }
          const ordered = Array.from(sums).sort(([left], [right]) => (left < right ? -1 : 1));
          same(stateDigest(ordered.map(([, sum]) => sum)), data(block.state_digest));
        }
      },
    },
  ];
}

function applyChange(sums: Map<string, FamilySum>, { family, key, before, after }: Json): void {
  const bucket = family === "ids" ? Number(BigInt(`0x${String(key).slice(0, 16)}`)) : -1;
  const place = `${String(family)}/${String(bucket + 1).padStart(20, "0")}`;
  const [, , sum] = sums.get(place) ?? [family, bucket, new LtHash()];
  sums.set(place, [family, bucket, sum]);
  if (after !== null) {
    sum.add(stateElement(family, data(key), data(after)));
  }
  if (before !== null) {
    sum.remove(stateElement(family, data(key), data(before)));
  }
}

function leafChecks({ salts, outcomes, balances, refused }: Json): Check[] {
  return [
    ...each("salts", salts, (found) => {
      same(leafSalt(data(found.view_key), data(found.transaction_id)), data(found.salt));
    }),
    ...each("outcome leaves", outcomes, (found) => {
      const leaf = decodeOutcome(data(found.leaf));
      const signers = leaf.signers.map(({ publicKey, role }) => ({ public_key: publicKey, role }));
      same([leaf.transactionId, leaf.outcome, leaf.signaturesHash, signers], [found.transaction_id, found.outcome, found.signatures_hash, found.signers]); // prettier-ignore
      same(encodeOutcome(leaf), data(found.leaf));
    }),
    ...each("balance leaves", balances, (found) => {
      const leaf = decodeBalance(data(found.leaf));
      same([leaf.account, leaf.asset, leaf.entry, leaf.transactionId, leaf.salt], [found.account, found.asset, found.entry, found.transaction_id, found.salt]); // prettier-ignore
      same([leaf.deltaMinor, leaf.balanceMinor, leaf.feeMinor], [found.delta_minor, found.balance_minor, found.fee_minor]); // prettier-ignore
      same(encodeBalance(leaf), data(found.leaf));
    }),
    ...each("balance leaves refuse", refused, (found) => {
      refuses(found.code, () => decodeBalance(data(found.balance)));
    }),
  ];
}

function commitmentChecks({ valid, refused, ...rest }: Json): Check[] {
  const embedded = rest["embedded/1"];
  const commitment = data(embedded.commitment);
  const trust = {
    chainId: "example-00112233aabbccdd",
    genesisHash: new Uint8Array(32),
    embeddedKeys: [data(embedded.trusted_key)],
    validators: [],
    embeddedUntil: 0,
    webauthn: NO_WEBAUTHN,
  };
  const require = (payload: string, embeddedUntil = 0): unknown =>
    requireFinality({ tag: "embedded/1", payload: data(payload) }, commitment, { ...trust, embeddedUntil });
  return [
    ...each("commitments", valid, (found) => {
      const read = decodeCommitment(data(found.commitment));
      same(Object.values(read), Object.values(found.fields));
      same(encodeCommitment(read), data(found.commitment));
      same(commitmentHash(data(found.commitment)), data(found.hash));
    }),
    ...each("commitments refuse", refused, (found) => {
      refuses(found.code, () => decodeCommitment(data(found.commitment)));
    }),
    {
      name: "embedded/1",
      async run() {
        require(embedded.payload);
        const key = new SeedKey(data(embedded.seed));
        same(concat(key.publicKey, await key.sign(data(embedded.signing_bytes))), data(embedded.payload));
        same(sha256(data(embedded.signing_bytes)), taggedHash("commitment", commitment));
      },
    },
    ...each("embedded/1 refuses", embedded.refused, (found) => {
      refuses(found.code, () => require(found.payload));
    }),
    ...each("embedded/1 until a block", embedded.embedded_until, (found) => {
      if (found.code === "") {
        require(embedded.payload, found.until);
      } else {
        refuses(found.code, () => require(embedded.payload, found.until));
      }
    }),
  ];
}

function receiptChecks({ trust: trustText, accepted, refused }: Json): Check[] {
  const trust = decodeTrust(utf8(trustText));
  return [
    ...each("receipts", accepted, (found) => {
      same(told(verifyReceipt(data(found.receipt), trust)), found.verdict);
    }),
    ...each("receipts refuse", refused, (found) => {
      refuses(found.code, () => verifyReceipt(data(found.receipt), trust));
    }),
    ...each("receipts with a changed byte", accepted, (found) => {
      const receipt = data(found.receipt);
      // A step that is prime to the lengths of what repeats inside visits every kind of place.
      for (let at = 0; at < receipt.length; at += 31) {
        const changed = receipt.slice();
        changed.set([(receipt[at] ?? 0) ^ 0x01], at);
        same([at, isRefused(() => verifyReceipt(changed, trust))], [at, true]);
      }
      same(
        isRefused(() => verifyReceipt(concat(receipt, Uint8Array.of(0)), trust)),
        true,
      );
      same(
        isRefused(() => verifyReceipt(receipt.slice(0, -1), trust)),
        true,
      );
    }),
    {
      name: "trust file with a member twice",
      run() {
        const twice = trustText.replace("{", '{"format": "payport-trust/1", ');
        refuses("malformed_trust", () => decodeTrust(utf8(twice)));
      },
    },
  ];
}

function codeChecks({ valid, refused }: Json): Check[] {
  return [
    ...each("codes", valid, (found) => {
      const code = readMerchantCode(found.payload);
      const { account, category, asset, amountMinor, country, name, city, order, reference, localName, billNumber } =
        code;
      const read = [
        account,
        category,
        asset,
        amountMinor,
        country,
        name,
        city,
        order,
        reference,
        localName,
        billNumber,
      ];
      same(read, Object.values(found.fields));
      same(writeMerchantCode({ ...code, account: fromHex(found.fields.account) }), found.payload);
    }),
    ...each("codes refuse", refused, (found) => {
      refuses(found.code, () => readMerchantCode(found.payload));
    }),
  ];
}
