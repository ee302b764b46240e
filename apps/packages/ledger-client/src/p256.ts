/** ECDSA on P-256 over a 32-byte digest. Both s and n - s verify, because authenticators do not normalise it. */

import { p256 } from "@noble/curves/nist.js";

const KEY_BYTES = 65;
const SIGNATURE_BYTES = 64;
const UNCOMPRESSED = 0x04;
const DIGEST_BYTES = 32;

/** Tell whether r||s signs the digest. */
export function verifyP256(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  if (!isBindableP256(publicKey) || digest.length !== DIGEST_BYTES || signature.length !== SIGNATURE_BYTES) {
    return false;
  }
  try {
    return p256.verify(signature, digest, publicKey, { prehash: false, lowS: false });
  } catch {
    return false; // r or s outside 1 to n - 1
  }
}

/** Tell whether a key is an uncompressed point of the curve. */
export function isBindableP256(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || publicKey[0] !== UNCOMPRESSED) {
    return false;
  }
  try {
    p256.Point.fromBytes(publicKey).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** Return r||s of a signature in DER, as authenticators write it; throws where it is none. */
export function fromDer(signature: Uint8Array): Uint8Array {
  return p256.Signature.fromBytes(signature, "der").toBytes("compact");
}
