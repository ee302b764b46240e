/**
 * Signing keys. In a browser or in Node that knows Ed25519, the private key is a WebCrypto key that cannot be extracted:
 * keep its pair in IndexedDB, which stores keys without showing them. Elsewhere the seed is held in memory, and it is for
 * the wallet to keep it safe.
 */

import { ed25519 } from "@noble/curves/ed25519.js";

import { concat, fromHex } from "./bytes.js";
import { encodeAssertion } from "./webauthn.js";
import { sha256 } from "@noble/hashes/sha2.js";

/** What signs: a key of the phone, a passkey, a signer of an institution. */
export interface SigningKey {
  /** Name of its scheme on the wire. */
  readonly scheme: string;
  /** The public key, as its scheme writes it. */
  readonly publicKey: Uint8Array;
  /** Sign the exact bytes of a message. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Length of an Ed25519 seed. */
export const SEED_BYTES = 32;

const SCHEME = "ed25519";
const PKCS8_HEAD = fromHex("302e020100300506032b657004220420");

/** An Ed25519 key that WebCrypto keeps; its private half cannot be read. */
export class WebCryptoKey implements SigningKey {
  readonly scheme = SCHEME;

  private constructor(
    readonly publicKey: Uint8Array,
    private readonly privateKey: CryptoKey,
  ) {}

  /** Take a pair that was kept, or imported; its public half must be extractable. */
  static async fromPair(pair: CryptoKeyPair): Promise<WebCryptoKey> {
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return new WebCryptoKey(publicKey, pair.privateKey);
  }

  /** Draw a new pair, to be kept and given to {@link WebCryptoKey.fromPair}. */
  static async generatePair(): Promise<CryptoKeyPair> {
    return await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, this.privateKey, new Uint8Array(message)));
  }
}

/** An Ed25519 key whose seed is in memory: for platforms without WebCrypto's, and for tests. */
export class SeedKey implements SigningKey {
  readonly scheme = SCHEME;
  readonly publicKey: Uint8Array;
  readonly #seed: Uint8Array;

  constructor(seed: Uint8Array) {
    if (seed.length !== SEED_BYTES) {
      throw new RangeError(`a seed has ${String(SEED_BYTES)} bytes`);
    }
    this.#seed = seed.slice();
    this.publicKey = ed25519.getPublicKey(seed);
  }

  /** Draw a new seed. */
  static generate(): SeedKey {
    return new SeedKey(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));
  }

  /** Return the seed, for a store that encrypts it. */
  revealSeed(): Uint8Array {
    return this.#seed.slice();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the contract of every key
  async sign(message: Uint8Array): Promise<Uint8Array> {
    return ed25519.sign(message, this.#seed);
  }
}

/** Tell whether WebCrypto signs Ed25519 here. */
export async function hasWebCryptoEd25519(): Promise<boolean> {
  try {
    await WebCryptoKey.generatePair();
    return true;
  } catch {
    return false; // not a secure context, or a platform without the algorithm
  }
}

/** Draw a new key: a WebCrypto key where there can be one, else a seed in memory. */
export async function generateKey(): Promise<WebCryptoKey | SeedKey> {
  return (await hasWebCryptoEd25519()) ? WebCryptoKey.fromPair(await WebCryptoKey.generatePair()) : SeedKey.generate();
}

/** Import a seed, and forget it where WebCrypto can keep it. */
export async function keyFromSeed(seed: Uint8Array): Promise<WebCryptoKey | SeedKey> {
  const held = new SeedKey(seed);
  if (!(await hasWebCryptoEd25519())) {
    return held;
  }
  const algorithm = { name: "Ed25519" };
  const pkcs8 = new Uint8Array(concat(PKCS8_HEAD, seed));
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const publicKey = await crypto.subtle.importKey("raw", new Uint8Array(held.publicKey), algorithm, true, ["verify"]);
  return WebCryptoKey.fromPair({ privateKey, publicKey });
}

/** A passkey of this origin: every signature asks its holder. */
export class Passkey implements SigningKey {
  readonly scheme = "webauthn";

  constructor(
    /** The uncompressed P-256 point, 65 bytes. */
    readonly publicKey: Uint8Array,
    /** Id under which the authenticator knows it. */
    private readonly credentialId: Uint8Array,
    /** Relying party it was made for. */
    private readonly rpId: string,
  ) {}

  async sign(message: Uint8Array): Promise<Uint8Array> {
    const credential = await navigator.credentials.get({
      publicKey: {
        allowCredentials: [{ id: new Uint8Array(this.credentialId), type: "public-key" }],
        challenge: new Uint8Array(sha256(message)),
        rpId: this.rpId,
        userVerification: "required",
      },
    });
    if (!(credential instanceof PublicKeyCredential)) {
      throw new TypeError("the browser returned no passkey");
    }
    const answer = credential.response as AuthenticatorAssertionResponse;
    const [authenticatorData, clientData, signature] = [
      answer.authenticatorData,
      answer.clientDataJSON,
      answer.signature,
    ];
    return encodeAssertion(new Uint8Array(authenticatorData), new Uint8Array(clientData), new Uint8Array(signature));
  }
}
