/**
 * WebAuthn assertions on P-256: what a passkey or a phone's secure element signs. A signature is a 2-byte length and the
 * authenticatorData, a 2-byte length and the clientDataJSON, and 64 bytes r||s; nothing may follow.
 */

import { sha256 } from "@noble/hashes/sha2.js";

import { bigEndian, concat, equal, fromBigEndian, toBase64, utf8 } from "./bytes.js";
import { checkClientData } from "./client-data.js";
import { MAX_SIGNATURE_BYTES } from "./generated/limits.js";
import { fromDer, verifyP256 } from "./p256.js";
import { refuse } from "./refusal.js";

/** Which relying parties and origins a network accepts. Empty means no assertion is accepted. */
export interface WebAuthnPolicy {
  /** Relying party ids, as the authenticator hashed them. */
  readonly rpIds: readonly string[];
  /** Origins, as the browser wrote them. */
  readonly origins: readonly string[];
}

const RP_ID_HASH_BYTES = 32;
const MIN_AUTHENTICATOR_DATA_BYTES = 37;
const LENGTH_BYTES = 2;
const RS_BYTES = 64;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const WITH_MORE = 0x40 | 0x80;

/** Verify an assertion over a message; refuses `invalid_signature` where its form is wrong. */
export function verifyAssertion(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  policy: WebAuthnPolicy,
): boolean {
  const { authenticatorData, clientDataJson, rs } = split(signature);
  checkAuthenticatorData(authenticatorData, policy);
  checkClientData(clientDataJson, toBase64(sha256(message), "url"), policy.origins);
  return verifyP256(publicKey, sha256(concat(authenticatorData, sha256(clientDataJson))), rs);
}

/** Write an assertion as it travels; `derSignature` is what an authenticator returns. */
export function encodeAssertion(
  authenticatorData: Uint8Array,
  clientDataJson: Uint8Array,
  derSignature: Uint8Array,
): Uint8Array {
  const parts = [authenticatorData, clientDataJson].flatMap((part) => [bigEndian(part.length, LENGTH_BYTES), part]);
  return concat(...parts, fromDer(derSignature));
}

interface Parts {
  readonly authenticatorData: Uint8Array;
  readonly clientDataJson: Uint8Array;
  readonly rs: Uint8Array;
}

function split(signature: Uint8Array): Parts {
  if (signature.length > MAX_SIGNATURE_BYTES) {
    refuse("invalid_signature", `an assertion of ${String(signature.length)} bytes`);
  }
  let at = 0;
  const take = (): Uint8Array => {
    const start = at + LENGTH_BYTES;
    at = start + Number(fromBigEndian(signature.slice(at, start)));
    return signature.slice(start, at);
  };
  const authenticatorData = take();
  const clientDataJson = take();
  // Slices of a short input are short too, so this one comparison covers every length.
  if (signature.length !== at + RS_BYTES) {
    refuse("invalid_signature", "the parts of the assertion do not add up to its length");
  }
  return { authenticatorData, clientDataJson, rs: signature.slice(at) };
}

function checkAuthenticatorData(data: Uint8Array, policy: WebAuthnPolicy): void {
  const flags = data[RP_ID_HASH_BYTES] ?? 0;
  if (data.length < MIN_AUTHENTICATOR_DATA_BYTES) {
    refuse("invalid_signature", `authenticatorData of ${String(data.length)} bytes`);
  }
  if (((flags & WITH_MORE) !== 0) !== data.length > MIN_AUTHENTICATOR_DATA_BYTES) {
    refuse("invalid_signature", "the flags of authenticatorData contradict its length");
  }
  const rpIdHash = data.slice(0, RP_ID_HASH_BYTES);
  if (!policy.rpIds.some((rpId) => equal(rpIdHash, sha256(utf8(rpId))))) {
    refuse("invalid_signature", "the assertion is for another relying party");
  }
  if ((flags & USER_PRESENT) === 0) {
    refuse("invalid_signature", "the user was not present");
  }
  if ((flags & USER_VERIFIED) === 0) {
    refuse("invalid_signature", "the user was not verified");
  }
}
