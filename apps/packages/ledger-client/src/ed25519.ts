/** Ed25519 under ZIP-215: verification accepts what every node accepts, binding keeps odd keys out. */

import { ed25519 } from "@noble/curves/ed25519.js";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Tell whether a signature verifies under ZIP-215. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) {
    return false;
  }
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: true });
  } catch {
    return false; // a point off the curve, or S not below the group order
  }
}

/** Tell whether a key may be bound: a canonical point of the curve, and not of small order. */
export function isBindableEd25519(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) {
    return false;
  }
  try {
    return !ed25519.Point.fromBytes(publicKey, false).isSmallOrder();
  } catch {
    return false;
  }
}
