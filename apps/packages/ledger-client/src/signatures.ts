/** The table of signature schemes by their name on the wire. */

import { isBindableEd25519, verifyEd25519 } from "./ed25519.js";
import { isBindableP256 } from "./p256.js";
import { refuse } from "./refusal.js";
import { verifyAssertion } from "./webauthn.js";
import type { WebAuthnPolicy } from "./webauthn.js";

export type { WebAuthnPolicy } from "./webauthn.js";

interface Scheme {
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array, policy: WebAuthnPolicy): boolean;
  isBindable(publicKey: Uint8Array): boolean;
}

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ["ed25519", { verify: verifyEd25519, isBindable: isBindableEd25519 }],
  ["webauthn", { verify: verifyAssertion, isBindable: isBindableP256 }],
]);

/** The policy that accepts no WebAuthn assertion. */
export const NO_WEBAUTHN: WebAuthnPolicy = { rpIds: [], origins: [] };

/** Insist that a signature verifies; refuses `unknown_scheme` or `invalid_signature`. */
export function requireSignature(
  scheme: string,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  policy: WebAuthnPolicy = NO_WEBAUTHN,
): void {
  if (!named(scheme).verify(publicKey, message, signature, policy)) {
    refuse("invalid_signature");
  }
}

/** Insist that a key may be bound under a scheme; refuses `unknown_scheme` or `unbindable_key`. */
export function requireBindable(scheme: string, publicKey: Uint8Array): void {
  if (!named(scheme).isBindable(publicKey)) {
    refuse("unbindable_key");
  }
}

function named(scheme: string): Scheme {
  return SCHEMES.get(scheme) ?? refuse("unknown_scheme", scheme);
}
