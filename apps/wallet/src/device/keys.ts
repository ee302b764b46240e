/**
 * The phone's keys. Where WebCrypto knows Ed25519 a private key is kept in IndexedDB and can never be read; elsewhere its
 * seed is kept sealed by the vault. The network binds a key to one account only, so there is one for each card and use.
 */

import { SeedKey, WebCryptoKey, hasWebCryptoEd25519 } from "@payport/ledger-client/keys";
import type { SigningKey } from "@payport/ledger-client/keys";
import { toHex } from "@payport/ledger-client/bytes";

import type { Database } from "./database.js";
import type { Sealed, Vault } from "./vault.js";

/** A key as it is kept. */
export interface KeptKey {
  /** The public key, hexadecimal. */
  readonly publicKey: string;
  /** The pair, of which the private half cannot be extracted. */
  readonly pair?: CryptoKeyPair;
  /** The seed, where there is no such pair. */
  readonly seed?: Sealed;
}

/** Draw a key and keep it. It is on the disk before anything is told of it. */
export async function makeKey(database: Database, vault: Vault): Promise<SigningKey> {
  if (await hasWebCryptoEd25519()) {
    const pair = await WebCryptoKey.generatePair();
    const key = await WebCryptoKey.fromPair(pair);
    await database.stores.put("keys", { publicKey: toHex(key.publicKey), pair });
    return key;
  }
  const key = SeedKey.generate();
  await database.stores.put("keys", { publicKey: toHex(key.publicKey), seed: vault.seal(key.revealSeed()) });
  return key;
}

/** Return a kept key; throws where it is gone. */
export async function keyOf(database: Database, vault: Vault, publicKey: string): Promise<SigningKey> {
  const kept = await database.stores.get("keys", publicKey);
  if (kept?.pair !== undefined) {
    return WebCryptoKey.fromPair(kept.pair);
  }
  if (kept?.seed === undefined) {
    throw new Error(`the key ${publicKey} is not on this phone`);
  }
  return new SeedKey(vault.unseal(kept.seed));
}
