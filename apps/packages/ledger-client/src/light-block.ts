/**
 * A header of CometBFT, the votes for it and the validators who cast them, as CometBFT 0.40 encodes, hashes and signs
 * them: Protocol Buffers in which a field of its zero value is left out, except for embedded messages that may not be
 * missing; Merkle trees of RFC 6962. In the payload of a proof the same values are one canonical MessagePack array:
 * `[header, commit, validators]`, each an array of the fields of its record below, in their order.
 */

import { bigEndian, concat, toHex, utf8 } from "./bytes.js";
import * as elements from "./elements.js";
import {
  LIGHT_BLOCK_MAX_PAYLOAD_BYTES,
  LIGHT_BLOCK_MAX_TIME_NS,
  LIGHT_BLOCK_MAX_VALIDATORS,
} from "./generated/limits.js";
import { HASH_BYTES } from "./hashing.js";
import { merkleRoot } from "./merkle.js";
import { decode } from "./messagepack.js";
import type { Value } from "./messagepack.js";
import { refuse } from "./refusal.js";

/** Names a block by its header and by the parts it travels in. */
export interface BlockId {
  /** Hash of the header; empty before the first block. */
  readonly blockHash: Uint8Array;
  /** Number of parts. */
  readonly partCount: number;
  /** Merkle root over the parts; empty before the first block. */
  readonly partsHash: Uint8Array;
}

/** Header of a CometBFT block. */
export interface Header {
  /** Version of the block format. */
  readonly blockVersion: number;
  /** Version the application declares. */
  readonly appVersion: number;
  /** The network. */
  readonly chainId: string;
  /** Height of the block; 1 is the first. */
  readonly height: number;
  /** Time, in nanoseconds since the Unix epoch. */
  readonly timeNs: bigint;
  /** The block before. */
  readonly lastBlockId: BlockId;
  /** Merkle root over the votes for the block before. */
  readonly lastCommitHash: Uint8Array;
  /** Merkle root over the block's transactions. */
  readonly dataHash: Uint8Array;
  /** Merkle root over the validators who vote on this block. */
  readonly validatorsHash: Uint8Array;
  /** Merkle root over the validators of the next block. */
  readonly nextValidatorsHash: Uint8Array;
  /** Hash of the consensus parameters. */
  readonly consensusHash: Uint8Array;
  /** What the application answered for the block before: the hash of its commitment. */
  readonly appHash: Uint8Array;
  /** Merkle root over the results of the block before. */
  readonly lastResultsHash: Uint8Array;
  /** Merkle root over the evidence of misbehaviour. */
  readonly evidenceHash: Uint8Array;
  /** Address of the validator who proposed the block. */
  readonly proposerAddress: Uint8Array;
}

/** One validator's precommit. */
export interface Vote {
  /** Whether it is for the block; otherwise it is for no block. */
  readonly forBlock: boolean;
  /** When the validator voted, by its clock, in nanoseconds since the Unix epoch. */
  readonly timeNs: bigint;
  /** Ed25519 signature over {@link signBytes}. */
  readonly signature: Uint8Array;
}

/** The precommits of one round. Its height, and the hash of its block, are those of the header. */
export interface Commit {
  /** Round of the votes; 0 is the first. */
  readonly round: number;
  /** Number of parts the block travelled in. */
  readonly partCount: number;
  /** Merkle root over the parts. */
  readonly partsHash: Uint8Array;
  /** The vote of each validator, in the order of the validators; null where none was received. */
  readonly votes: readonly (Vote | null)[];
}

/** One who votes. */
export interface Validator {
  /** Ed25519 public key. */
  readonly publicKey: Uint8Array;
  /** Voting power, at least 1. */
  readonly power: number;
}

/** A header, the commit for it, and the validators whose votes the commit holds. */
export interface LightBlock {
  /** The header. */
  readonly header: Header;
  /** The votes for it. */
  readonly commit: Commit;
  /** The validators of the header's height, in CometBFT's order: by falling power, then by address. */
  readonly validators: readonly Validator[];
}

const ADDRESS_BYTES = 20;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const NANOSECONDS = 1_000_000_000n;
const MAX_UINT32 = 2n ** 32n - 1n;
const MAX_INT32 = 2n ** 31n - 1n;
const PRECOMMIT = 2;
const [VARINT, FIXED64, LENGTH_DELIMITED] = [0, 1, 2];
const NOTHING = new Uint8Array();

/** Read the payload of a proof strictly; refuses `malformed_receipt`. */
export function decodeLightBlock(data: Uint8Array): LightBlock {
  if (data.length > LIGHT_BLOCK_MAX_PAYLOAD_BYTES) {
    refuse("malformed_receipt", `a finality proof of ${String(data.length)} bytes`);
  }
  const [header, commit, listed] = elements.array(decode(data, "malformed_receipt"), "the finality proof", 3);
  const block = {
    header: readHeader(header),
    commit: readCommit(commit),
    validators: elements.array(listed, "the validators").map(readValidator),
  };
  const { length } = block.validators;
  if (length === 0 || length > LIGHT_BLOCK_MAX_VALIDATORS) {
    refuse("malformed_receipt", `${String(length)} validators`);
  }
  if (new Set(block.validators.map(({ publicKey }) => toHex(publicKey))).size !== length) {
    refuse("malformed_receipt", "a validator appears twice");
  }
  if (block.commit.votes.length !== length) {
    refuse("malformed_receipt", `${String(block.commit.votes.length)} votes of ${String(length)} validators`);
  }
  return block;
}

/** Return the hash of a header, as validators sign it. */
export function headerHash(header: Header): Uint8Array {
  return merkleRoot([
    concat(numberField(1, header.blockVersion), numberField(2, header.appVersion)),
    bytesField(1, utf8(header.chainId)),
    numberField(1, header.height),
    timestamp(header.timeNs),
    blockIdFields(header.lastBlockId),
    bytesField(1, header.lastCommitHash),
    bytesField(1, header.dataHash),
    bytesField(1, header.validatorsHash),
    bytesField(1, header.nextValidatorsHash),
    bytesField(1, header.consensusHash),
    bytesField(1, header.appHash),
    bytesField(1, header.lastResultsHash),
    bytesField(1, header.evidenceHash),
    bytesField(1, header.proposerAddress),
  ]);
}

/** Return the hash of a validator set, as a header names it. */
export function validatorsHash(validators: readonly Validator[]): Uint8Array {
  return merkleRoot(
    validators.map(({ publicKey, power }) => concat(message(1, bytesField(1, publicKey)), numberField(2, power))),
  );
}

/** Return what a validator signs in a precommit; `blockId` is null in a vote for no block. */
export function signBytes(
  chainId: string,
  height: number,
  round: number,
  blockId: BlockId | null,
  timeNs: bigint,
): Uint8Array {
  const vote = concat(
    numberField(1, PRECOMMIT),
    fixedField(2, height),
    fixedField(3, round),
    blockId === null ? NOTHING : message(4, blockIdFields(blockId)),
    message(5, timestamp(timeNs)),
    bytesField(6, utf8(chainId)),
  );
  return concat(varint(vote.length), vote);
}

function blockIdFields({ blockHash, partCount, partsHash }: BlockId): Uint8Array {
  return concat(bytesField(1, blockHash), message(2, concat(numberField(1, partCount), bytesField(2, partsHash))));
}

function timestamp(timeNs: bigint): Uint8Array {
  return concat(numberField(1, timeNs / NANOSECONDS), numberField(2, timeNs % NANOSECONDS));
}

function numberField(field: number, value: number | bigint): Uint8Array {
  return BigInt(value) === 0n ? NOTHING : concat(varint((field << 3) | VARINT), varint(value));
}

function fixedField(field: number, value: number): Uint8Array {
  return value === 0 ? NOTHING : concat(varint((field << 3) | FIXED64), bigEndian(value, 8).reverse());
}

function bytesField(field: number, value: Uint8Array): Uint8Array {
  return value.length === 0 ? NOTHING : message(field, value);
}

/** Write an embedded message, which CometBFT writes even where it is empty. */
function message(field: number, value: Uint8Array): Uint8Array {
  return concat(varint((field << 3) | LENGTH_DELIMITED), varint(value.length), value);
}

function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

function readHeader(value: Value | undefined): Header {
  const [blockVersion, appVersion, chainId, height, timeNs, lastBlockId, ...rest] = elements.array(
    value,
    "the header",
    15,
  );
  const [lastCommit, data, validators, nextValidators, consensus, app, lastResults, evidence, proposer] = rest;
  return {
    blockVersion: elements.natural(blockVersion, "the block version"),
    appVersion: elements.natural(appVersion, "the application version"),
    chainId: elements.name(chainId, "the chain id"),
    height: elements.natural(height, "the height"),
    timeNs: bounded(timeNs, "the header's time", LIGHT_BLOCK_MAX_TIME_NS),
    lastBlockId: readBlockId(lastBlockId),
    lastCommitHash: hashOrNone(lastCommit, "the last commit's hash"),
    dataHash: hashOrNone(data, "the data hash"),
    validatorsHash: elements.binary(validators, "the validators' hash", HASH_BYTES),
    nextValidatorsHash: elements.binary(nextValidators, "the next validators' hash", HASH_BYTES),
    consensusHash: elements.binary(consensus, "the consensus hash", HASH_BYTES),
    appHash: elements.binary(app, "the application hash", HASH_BYTES),
    lastResultsHash: hashOrNone(lastResults, "the last results' hash"),
    evidenceHash: hashOrNone(evidence, "the evidence hash"),
    proposerAddress: elements.binary(proposer, "the proposer's address", ADDRESS_BYTES),
  };
}

function readBlockId(value: Value | undefined): BlockId {
  const [blockHash, partCount, partsHash] = elements.array(value, "the last block id", 3);
  return {
    blockHash: hashOrNone(blockHash, "the last block's hash"),
    partCount: Number(bounded(partCount, "the number of parts", MAX_UINT32)),
    partsHash: hashOrNone(partsHash, "the last block's parts hash"),
  };
}

function readCommit(value: Value | undefined): Commit {
  const [round, partCount, partsHash, votes] = elements.array(value, "the commit", 4);
  return {
    round: Number(bounded(round, "the round", MAX_INT32)),
    partCount: Number(bounded(partCount, "the number of parts", MAX_UINT32)),
    partsHash: elements.binary(partsHash, "the parts hash", HASH_BYTES),
    votes: elements.array(votes, "the votes").map((vote) => (vote === null ? null : readVote(vote))),
  };
}

function readVote(value: Value): Vote {
  const [forBlock, timeNs, signature] = elements.array(value, "a vote", 3);
  if (typeof forBlock !== "boolean") {
    return refuse("malformed_receipt", "a vote does not say whether it is for the block");
  }
  return {
    forBlock,
    timeNs: bounded(timeNs, "a vote's time", LIGHT_BLOCK_MAX_TIME_NS),
    signature: elements.binary(signature, "a signature", SIGNATURE_BYTES),
  };
}

function readValidator(value: Value): Validator {
  const [publicKey, power] = elements.array(value, "a validator", 2);
  if (power === 0) {
    refuse("malformed_receipt", "a validator without power");
  }
  return {
    publicKey: elements.binary(publicKey, "a validator's key", KEY_BYTES),
    power: elements.natural(power, "a power"),
  };
}

function hashOrNone(value: Value | undefined, what: string): Uint8Array {
  const found = elements.binary(value, what);
  return found.length === 0 ? found : elements.binary(found, what, HASH_BYTES);
}

function bounded(value: Value | undefined, what: string, most: bigint): bigint {
  const found = elements.wide(value, what);
  return found >= 0n && found <= most
    ? found
    : refuse("malformed_receipt", `${what} is not an integer of 0 to ${String(most)}`);
}
