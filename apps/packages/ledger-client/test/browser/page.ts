/** What the browser runs: every published vector, and keys as only a browser has them. */

import { toHex } from "../../src/bytes.js";
import { checkSignatures, readEnvelope, signTransaction } from "../../src/envelopes.js";
import { Passkey, WebCryptoKey, generateKey } from "../../src/keys.js";
import { build } from "../../src/transactions.js";
import type { Vectors } from "../conformance/check.js";
import { formatChecks } from "../conformance/formats.js";
import { proofChecks } from "../conformance/proofs.js";

/** What became of the checks. */
export interface Outcome {
  /** Names of the checks that held. */
  readonly passed: readonly string[];
  /** Name and error of each that did not. */
  readonly failed: readonly string[];
}

async function runVectors(vectors: Vectors): Promise<Outcome> {
  const passed: string[] = [];
  const failed: string[] = [];
  for (const { name, run } of [...formatChecks(vectors), ...proofChecks(vectors)]) {
    try {
      await run();
      passed.push(name);
    } catch (error) {
      failed.push(`${name}: ${String(error)}`);
    }
  }
  return { passed, failed };
}

const TRANSFER = {
  chain_id: "example-00112233aabbccdd",
  sender: new Uint8Array(16).fill(1),
  payee: new Uint8Array(16).fill(2),
  asset: "CNY",
  amount_minor: 1_250,
};

/** Draw a key, keep it in IndexedDB, take it out again and sign with it. */
async function signWithKeptKey(): Promise<{ isWebCrypto: boolean; isExtractable: boolean }> {
  const pair = await WebCryptoKey.generatePair();
  const kept = await throughIndexedDb(pair);
  const key = await WebCryptoKey.fromPair(kept);
  checkSignatures(readEnvelope(await signTransaction(build("transfer/1", TRANSFER), key)));
  return { isWebCrypto: (await generateKey()) instanceof WebCryptoKey, isExtractable: kept.privateKey.extractable };
}

async function throughIndexedDb(pair: CryptoKeyPair): Promise<CryptoKeyPair> {
  const opened = indexedDB.open("keys");
  opened.onupgradeneeded = () => opened.result.createObjectStore("keys");
  const database = await settled(opened);
  await settled(database.transaction("keys", "readwrite").objectStore("keys").put(pair, "mine"));
  return (await settled(database.transaction("keys").objectStore("keys").get("mine"))) as CryptoKeyPair;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error("IndexedDB failed"));
    };
  });
}

/** Make a passkey, and sign a transaction with it as an owner would. */
async function signWithPasskey(): Promise<{ publicKey: string; scheme: string }> {
  const credential = await navigator.credentials.create({
    publicKey: {
      challenge: new Uint8Array(32),
      rp: { id: "localhost", name: "Payport" },
      user: { id: new Uint8Array(16), name: "lin", displayName: "Lin Mei" },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { userVerification: "required" },
    },
  });
  if (!(credential instanceof PublicKeyCredential)) {
    throw new TypeError("no passkey was made");
  }
  const spki = (credential.response as AuthenticatorAttestationResponse).getPublicKey();
  // The uncompressed point is what ends the key's own encoding.
  const publicKey = new Uint8Array(spki ?? new ArrayBuffer(0)).slice(-65);
  const passkey = new Passkey(publicKey, new Uint8Array(credential.rawId), "localhost");
  const envelope = readEnvelope(await signTransaction(build("transfer/1", TRANSFER), passkey));
  checkSignatures(envelope, { rpIds: ["localhost"], origins: [location.origin] });
  return { publicKey: toHex(publicKey), scheme: envelope.signatures[0]?.scheme ?? "" };
}

/** What the test calls. */
export const page = { runVectors, signWithKeptKey, signWithPasskey };

Object.assign(globalThis, { page });
