/** The trust file: what a verifier takes for granted about one network, and nothing else. */

import { fromHex, fromUtf8, toHex, utf8 } from "./bytes.js";
import { MAX_SET_MEMBERS, MAX_TRUST_BYTES } from "./generated/limits.js";
import { refuse } from "./refusal.js";
import type { WebAuthnPolicy } from "./signatures.js";

/** One whose vote counts. */
export interface TrustedValidator {
  /** The institution that runs it; a name for people. */
  readonly institution: string;
  /** Ed25519 key with which it votes. */
  readonly publicKey: Uint8Array;
  /** Voting power, at least 1. */
  readonly power: number;
}

/** Those who together decide which blocks are final, from one height on (`cometbft/1`). */
export interface ValidatorSet {
  /** First height on which this set votes, as far as the trust file knows; until the next set's. */
  readonly fromHeight: number;
  /** Everyone in it. */
  readonly members: readonly TrustedValidator[];
}

/** What a verifier trusts. */
export interface Trust {
  /** The network; ends in the first 8 bytes of the genesis hash. */
  readonly chainId: string;
  /** Hash of the genesis document. */
  readonly genesisHash: Uint8Array;
  /** Ed25519 keys with which the operator's node signs commitments (`embedded/1`). */
  readonly embeddedKeys: readonly Uint8Array[];
  /** Validator sets by rising height; the last is the newest known. A network with a single orderer has none. */
  readonly validators: readonly ValidatorSet[];
  /** Last block of the ledger for which `embeddedKeys` count, where a consortium took over after it; 0 for all. */
  readonly embeddedUntil: number;
  /** Relying parties and origins whose assertions count. */
  readonly webauthn: WebAuthnPolicy;
}

const FORMAT = "payport-trust/1";
const CHAIN_PREFIX_DIGITS = 16;
const CHAIN_ID = /^[a-z][a-z0-9-]{0,30}-[0-9a-f]{16}$/u;
const INSTITUTION = /^[a-z][a-z0-9-]{1,31}$/u;
const TEXT = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/u;
const HASH = /^[0-9a-f]{64}$/u;
const NAMES = ["format", "chain_id", "genesis_hash", "embedded_keys", "webauthn"];
const OPTIONAL = ["embedded_until", "validators"];
const BROKEN_NUMBER = /^-?[0-9]+[.eE]/u;
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/gu;

/** Read a trust file strictly; refuses `malformed_trust`. */
export function decodeTrust(data: Uint8Array): Trust {
  if (data.length > MAX_TRUST_BYTES) {
    refuse("malformed_trust", `${String(data.length)} bytes`);
  }
  const text = fromUtf8(data) ?? refuse("malformed_trust", "not UTF-8");
  const document = parse(text);
  const has = (name: string) => typeof document === "object" && document !== null && Object.hasOwn(document, name);
  const members = membersOf(document, [...NAMES, ...OPTIONAL.filter(has)]);
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
    validators: has("validators") ? validatorsOf(members["validators"]) : [],
    embeddedUntil: has("embedded_until") ? positiveOf(members["embedded_until"]) : 0,
    webauthn: { rpIds: textsOf(webauthn["rp_ids"]), origins: textsOf(webauthn["origins"]) },
  };
}

/** Write a trust file, to keep one that was brought forward. */
export function encodeTrust(trust: Trust): Uint8Array {
  const sets = trust.validators.map(({ fromHeight, members }) => ({
    from_height: fromHeight,
    members: members.map(({ institution, publicKey, power }) => ({
      institution,
      public_key: toHex(publicKey),
      power,
    })),
  }));
  const document = {
    format: FORMAT,
    chain_id: trust.chainId,
    genesis_hash: toHex(trust.genesisHash),
    embedded_keys: trust.embeddedKeys.map(toHex),
    ...(trust.embeddedUntil > 0 ? { embedded_until: trust.embeddedUntil } : {}),
    ...(sets.length > 0 ? { validators: sets } : {}),
    webauthn: { rp_ids: trust.webauthn.rpIds, origins: trust.webauthn.origins },
  };
  return utf8(`${JSON.stringify(document, null, 2)}\n`);
}

/** Insist that something belongs to the trusted network; refuses `wrong_chain`. */
export function requireChain(chainId: string, trust: Trust): void {
  if (chainId !== trust.chainId) {
    refuse("wrong_chain", `${chainId}, trusted is ${trust.chainId}`);
  }
}

function parse(text: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return refuse("malformed_trust", "not JSON");
  }
  requirePlain(text);
  return document;
}

/**
 * Refuse what `JSON.parse` passes over in silence: a member that appears twice, of which it keeps the last, and a number
 * that is not written as an integer.
 */
function requirePlain(json: string): void {
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
    if (BROKEN_NUMBER.test(token)) {
      refuse("malformed_trust", "a number is not an integer");
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

function validatorsOf(value: unknown): readonly ValidatorSet[] {
  const sets = arrayOf(value, "validators").map(setOf);
  const isRising = sets.every(({ fromHeight }, at) => at === 0 || fromHeight > (sets[at - 1]?.fromHeight ?? 0));
  return sets.length > 0 && isRising
    ? sets
    : refuse("malformed_trust", "validators are sets by rising from_height, at least one");
}

function setOf(value: unknown): ValidatorSet {
  const fields = membersOf(value, ["from_height", "members"]);
  const members = arrayOf(fields["members"], "members").map(validatorOf);
  if (members.length === 0 || members.length > MAX_SET_MEMBERS) {
    refuse("malformed_trust", `a validator set of ${String(members.length)} members`);
  }
  if (new Set(members.map(({ publicKey }) => toHex(publicKey))).size !== members.length) {
    refuse("malformed_trust", "a validator's key appears twice in a set");
  }
  return { fromHeight: positiveOf(fields["from_height"]), members };
}

function validatorOf(value: unknown): TrustedValidator {
  const fields = membersOf(value, ["institution", "public_key", "power"]);
  const institution = fields["institution"];
  if (typeof institution !== "string" || !INSTITUTION.test(institution)) {
    return refuse("malformed_trust", "institution is not a short name of a-z, 0-9 and hyphen");
  }
  return { institution, publicKey: hashOf(fields["public_key"]), power: positiveOf(fields["power"]) };
}

function arrayOf(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse("malformed_trust", `${what} is not an array`);
}

function positiveOf(value: unknown): number {
  const isPositive = typeof value === "number" && Number.isSafeInteger(value) && value > 0;
  return isPositive ? value : refuse("malformed_trust", "expected an integer of 1 to 2^53-1");
}

function textsOf(value: unknown): readonly string[] {
  const isTexts = Array.isArray(value) && value.every((each) => typeof each === "string" && TEXT.test(each));
  return isTexts ? (value as string[]) : refuse("malformed_trust", "expected an array of strings of printable ASCII");
}

function hashOf(value: unknown): Uint8Array {
  const isHash = typeof value === "string" && HASH.test(value);
  return isHash ? fromHex(value) : refuse("malformed_trust", "expected 64 lower-case hexadecimal digits");
}
