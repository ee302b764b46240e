/**
 * `cometbft/1`: validators with more than two thirds of the voting power signed the block after.
 *
 * CometBFT puts the hash of a block's commitment into the header of the block after. The payload is that header, the
 * precommits for it, and the validators who cast them. The proof holds where every signature in it verifies and more
 * than two thirds of the power voted for the block twice over: of the set the header itself names, and of the set the
 * trust file has for that height. A set of the trust file counts from its height to the next set's. What an earlier
 * set alone proves is marked historical.
 */

import { equal, toHex } from "./bytes.js";
import { commitmentHash } from "./commitments.js";
import { verifyEd25519 } from "./ed25519.js";
import type { Finding } from "./finality.js";
import { decodeLightBlock, headerHash, signBytes, validatorsHash } from "./light-block.js";
import type { LightBlock } from "./light-block.js";
import { refuse } from "./refusal.js";
import { requireChain } from "./trust.js";
import type { Trust, TrustedValidator, ValidatorSet } from "./trust.js";

/** Power of those who voted for the block, by their keys in hexadecimal. */
type Voters = ReadonlyMap<string, bigint>;

/** Hexadecimal digits of a key that stand for an institution whose name is not known. */
const UNNAMED_DIGITS = 16;

/**
 * Check header, votes and power; refuses `malformed_receipt`, `wrong_chain`, `finality_invalid`, `unknown_validator` or
 * `too_little_power`.
 */
export function verifyCometbft(payload: Uint8Array, commitment: Uint8Array, trust: Trust): Finding {
  const block = decodeLightBlock(payload);
  requireChain(block.header.chainId, trust);
  if (!equal(block.header.appHash, commitmentHash(commitment))) {
    refuse("finality_invalid", "the header holds another commitment");
  }
  const voters = votersOf(block);
  const trusted = setAt(trust, block.header.height);
  requirePower(block, voters, trusted);
  const voted = trusted.members.filter(({ publicKey }) => voters.has(toHex(publicKey)));
  return {
    institutions: voted.map(({ institution }) => institution),
    historical: !suffices(newestOf(trust), voters),
  };
}

/**
 * Return the trust that also names the validators of a proof; needs no network and no commitment.
 *
 * More than two thirds of the newest trusted set's power must have voted for the proof's header: those trusted so far
 * then vouch for the new set. `institutions` names, by keys in hexadecimal, those who run keys the newest set does not
 * hold; a key in neither is called by its first digits. Trust is returned as it is where the proof holds no other set.
 * Refuses what a proof is refused with, and `finality_invalid` for one older than the newest set.
 */
export function broughtForward(
  trust: Trust,
  payload: Uint8Array,
  institutions: ReadonlyMap<string, string> = new Map(),
): Trust {
  const block = decodeLightBlock(payload);
  const { chainId, height } = block.header;
  requireChain(chainId, trust);
  const newest = setAt(trust, height);
  if (newest !== newestOf(trust)) {
    refuse("finality_invalid", `header ${String(height)} is older than the newest trusted validators`);
  }
  requirePower(block, votersOf(block), newest);
  const known = newest.members.map(({ institution, publicKey }): [string, string] => [toHex(publicKey), institution]);
  const names = new Map([...institutions, ...known]);
  const members = block.validators.map(({ publicKey, power }): TrustedValidator => {
    const key = toHex(publicKey);
    return { institution: names.get(key) ?? `key-${key.slice(0, UNNAMED_DIGITS)}`, publicKey, power };
  });
  if (isSame(members, newest.members)) {
    return trust;
  }
  if (height === newest.fromHeight) {
    refuse("finality_invalid", `the trust file names other validators from height ${String(height)} on`);
  }
  return { ...trust, validators: [...trust.validators, { fromHeight: height, members }] };
}

/** Return the set the trust file has for a height. */
function setAt(trust: Trust, height: number): ValidatorSet {
  const set = trust.validators.findLast(({ fromHeight }) => fromHeight <= height);
  return set ?? refuse("unknown_validator", `the trust file names no validators of height ${String(height)}`);
}

function newestOf(trust: Trust): ValidatorSet | undefined {
  return trust.validators.at(-1);
}

/** Check validators and every signature; return who voted for the block. */
function votersOf({ header, commit, validators }: LightBlock): Voters {
  if (!equal(header.validatorsHash, validatorsHash(validators))) {
    refuse("finality_invalid", "the header names other validators");
  }
  const blockId = { blockHash: headerHash(header), partCount: commit.partCount, partsHash: commit.partsHash };
  const voters = new Map<string, bigint>();
  for (const [place, { publicKey, power }] of validators.entries()) {
    const vote = commit.votes[place] ?? null;
    if (vote === null) {
      continue;
    }
    const votedFor = vote.forBlock ? blockId : null;
    const message = signBytes(header.chainId, header.height, commit.round, votedFor, vote.timeNs);
    if (!verifyEd25519(publicKey, message, vote.signature)) {
      refuse("finality_invalid", `the signature of validator ${toHex(publicKey)} does not verify`);
    }
    if (vote.forBlock) {
      voters.set(toHex(publicKey), BigInt(power));
    }
  }
  return voters;
}

/** Insist on more than two thirds of the header's own set, and of the trusted set. */
function requirePower({ header, validators }: LightBlock, voters: Voters, trusted: ValidatorSet): void {
  const [voted, total] = [sum(voters.values()), powerOf(validators)];
  if (!isEnough(voted, total)) {
    refuse("too_little_power", `${String(voted)} of ${String(total)}`);
  }
  if (suffices(trusted, voters)) {
    return;
  }
  const members = new Set(trusted.members.map(({ publicKey }) => toHex(publicKey)));
  const unknown = Array.from(voters.keys()).find((key) => !members.has(key));
  if (unknown !== undefined) {
    refuse("unknown_validator", `${unknown} at height ${String(header.height)}`);
  }
  refuse("too_little_power", `less than enough of the trusted power ${String(powerOf(trusted.members))}`);
}

/** Tell whether enough of a trusted set voted: what the trust file says of their power counts, not what the proof says. */
function suffices(trusted: ValidatorSet | undefined, voters: Voters): boolean {
  const members = trusted?.members ?? [];
  return isEnough(powerOf(members.filter(({ publicKey }) => voters.has(toHex(publicKey)))), powerOf(members));
}

/** Tell whether `power` is strictly more than two thirds of `total`. */
function isEnough(power: bigint, total: bigint): boolean {
  return 3n * power > 2n * total;
}

// Sums may leave 2^53, where JavaScript's numbers are no longer exact.
function powerOf(validators: readonly { readonly power: number }[]): bigint {
  return sum(validators.map(({ power }) => BigInt(power)));
}

function sum(powers: Iterable<bigint>): bigint {
  return Array.from(powers).reduce((total, power) => total + power, 0n);
}

/** Tell whether two sets have the same members, in whatever order. */
function isSame(left: readonly TrustedValidator[], right: readonly TrustedValidator[]): boolean {
  const [lines, others] = [left, right].map((members) =>
    members.map(({ institution, publicKey, power }) => `${toHex(publicKey)} ${String(power)} ${institution}`).sort(),
  );
  return JSON.stringify(lines) === JSON.stringify(others);
}
