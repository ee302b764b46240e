/** The trust file: what a verifier takes for granted about one network, and nothing else. */

import { fromHex, fromUtf8, toHex } from "./bytes.js";
import { MAX_TRUST_BYTES } from "./generated/limits.js";
import { refuse } from "./refusal.js";
import type { WebAuthnPolicy } from "./signatures.js";

/** What a verifier trusts. */
export interface Trust {
  /** The network; ends in the first 8 bytes of the genesis hash. */
  readonly chainId: string;
  /** Hash of the genesis document. */
  readonly genesisHash: Uint8Array;
  /** Ed25519 keys with which the operator's node signs commitments (`embedded/1`). */
  readonly embeddedKeys: readonly Uint8Array[];
  /** Relying parties and origins whose assertions count. */
  readonly webauthn: WebAuthnPolicy;
}

const FORMAT = "payport-trust/1";
const CHAIN_PREFIX_DIGITS = 16;
const CHAIN_ID = /^[a-z][a-z0-9-]{0,30}-[0-9a-f]{16}$/u;
const TEXT = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/u;
const HASH = /^[0-9a-f]{64}$/u;
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/gu;

/** Read a trust file strictly; refuses `malformed_trust`. */
export function decodeTrust(data: Uint8Array): Trust {
  if (data.length > MAX_TRUST_BYTES) {
    refuse("malformed_trust", `${String(data.length)} bytes`);
  }
  const text = fromUtf8(data) ?? refuse("malformed_trust", "not UTF-8");
  const members = membersOf(parse(text), ["format", "chain_id", "genesis_hash", "embedded_keys", "webauthn"]);
  if (members["format"] !== FORMAT) {
    refuse("malformed_trust", `format is not ${FORMAT}`);
  }
  const chainId = members["chain_id"];
  const genesisHash = hashOf(members["genesis_hash"]);
  if (typeof chainId !== "string" || !CHAIN_ID.test(chainId)) {
    return refuse("malformed_trust", "chain_id is not a chain id");
  }
  if (chainId.slice(-CHAIN_PREFIX_DIGITS) !== toHex(genesisHash).slice(0, CHAIN_PREFIX_DIGITS)) {
    refuse("malformed_trust", "chain_id does not end in the first 8 bytes of genesis_hash");
  }
  const webauthn = membersOf(members["webauthn"], ["rp_ids", "origins"]);
  return {
    chainId,
    genesisHash,
    embeddedKeys: textsOf(members["embedded_keys"]).map(hashOf),
    webauthn: { rpIds: textsOf(webauthn["rp_ids"]), origins: textsOf(webauthn["origins"]) },
  };
}

function parse(text: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return refuse("malformed_trust", "not JSON");
  }
  requireDistinctMembers(text);
  return document;
}

/** Refuse an object in which a member appears twice; of those, `JSON.parse` would keep the last and say nothing. */
function requireDistinctMembers(json: string): void {
  const open: Set<string>[] = [];
  let before = "";
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      open.push(new Set());
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":") {
      const name = JSON.parse(before) as string;
      if (open.at(-1)?.has(name) === true) {
        refuse("malformed_trust", "a member appears twice");
      }
      open.at(-1)?.add(name);
    }
    before = token;
  }
}

function membersOf(value: unknown, names: readonly string[]): Record<string, unknown> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).length !== names.length || !names.every((name) => Object.hasOwn(value, name))) {
    return refuse("malformed_trust", `expected an object with exactly the members ${names.join(", ")}`);
  }
  return value as Record<string, unknown>;
}

function textsOf(value: unknown): readonly string[] {
  const isTexts = Array.isArray(value) && value.every((each) => typeof each === "string" && TEXT.test(each));
  return isTexts ? (value as string[]) : refuse("malformed_trust", "expected an array of strings of printable ASCII");
}

function hashOf(value: unknown): Uint8Array {
  const isHash = typeof value === "string" && HASH.test(value);
  return isHash ? fromHex(value) : refuse("malformed_trust", "expected 64 lower-case hexadecimal digits");
}
