/** Signing in: what a device key signs to show a port that it is here now. It is no key of an account. */

import { concat } from "./bytes.js";
import { prefix } from "./hashing.js";
import type { SigningKey } from "./keys.js";
import { encode } from "./messagepack.js";

/** Return what is signed: network, challenge, and the key that signs. */
export function signInBytes(chainId: string, challenge: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return concat(prefix("sign_in"), encode([chainId, challenge, publicKey]));
}

/** Answer a port's challenge. */
export function answerChallenge(key: SigningKey, chainId: string, challenge: Uint8Array): Promise<Uint8Array> {
  return key.sign(signInBytes(chainId, challenge, key.publicKey));
}
