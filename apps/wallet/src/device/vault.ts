/**
 * What the PIN opens: a random key that seals the wallet's secrets. The PIN itself is kept nowhere; whether it is right
 * shows when the vault opens. A PIN has few digits: what protects it is the number of attempts and the cost of each.
 */

import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { utf8 } from "@payport/ledger-client/bytes";

/** Something sealed, with the nonce it was sealed under. */
export interface Sealed {
  /** Drawn for each sealing. */
  readonly nonce: Uint8Array;
  /** Encrypted and authenticated. */
  readonly sealed: Uint8Array;
}

/** A vault as it is kept. */
export interface VaultRecord extends Sealed {
  /** Salt of the PIN's key. */
  readonly salt: Uint8Array;
  /** Rounds of PBKDF2 with SHA-256. */
  readonly rounds: number;
}

/** Rounds for new vaults: OWASP's recommendation for PBKDF2 with SHA-256. */
export const ROUNDS = 600_000;

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 24;

/** An open vault: the key in memory. Drop it to lock. */
export class Vault {
  readonly #key: Uint8Array;

  private constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Make a vault that `pin` opens, and what is to be kept of it. */
  static async create(pin: string, rounds = ROUNDS): Promise<{ vault: Vault; record: VaultRecord }> {
    const vault = new Vault(random(KEY_BYTES));
    return { vault, record: await vault.closedBy(pin, rounds) };
  }

  /** Open a vault; undefined where the PIN is wrong. */
  static async open(record: VaultRecord, pin: string): Promise<Vault | undefined> {
    const key = unsealed(await keyOf(pin, record.salt, record.rounds), record);
    return key === undefined ? undefined : new Vault(key);
  }

  /** Return what to keep so that `pin` opens it from now on. */
  async closedBy(pin: string, rounds = ROUNDS): Promise<VaultRecord> {
    const salt = random(SALT_BYTES);
    return { salt, rounds, ...sealed(await keyOf(pin, salt, rounds), this.#key) };
  }

  /** Seal a secret. */
  seal(secret: Uint8Array): Sealed {
    return sealed(this.#key, secret);
  }

  /** Return a sealed secret; an error of the program where another vault sealed it. */
  unseal(record: Sealed): Uint8Array {
    const secret = unsealed(this.#key, record);
    if (secret === undefined) {
      throw new Error("this vault did not seal that");
    }
    return secret;
  }
}

function sealed(key: Uint8Array, secret: Uint8Array): Sealed {
  const nonce = random(NONCE_BYTES);
  return { nonce, sealed: xchacha20poly1305(key, nonce).encrypt(secret) };
}

function unsealed(key: Uint8Array, record: Sealed): Uint8Array | undefined {
  try {
    return xchacha20poly1305(key, record.nonce).decrypt(record.sealed);
  } catch {
    return undefined; // its tag does not fit
  }
}

/** Derive a key from a PIN: by the platform, or in JavaScript on a page that is not secure; both give the same. */
async function keyOf(pin: string, salt: Uint8Array, rounds: number): Promise<Uint8Array> {
  if (!("subtle" in crypto)) {
    return pbkdf2Async(sha256, utf8(pin), salt, { c: rounds, dkLen: KEY_BYTES });
  }
  const base = await crypto.subtle.importKey("raw", new Uint8Array(utf8(pin)), "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, 8 * KEY_BYTES));
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
