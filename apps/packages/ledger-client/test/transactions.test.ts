/** Building and signing: what is filled in, what is refused before anything is signed. */

import { expect, test } from "vitest";

import { fromHex, toHex } from "../src/bytes.js";
import { checkSignatures, readEnvelope, signTransaction } from "../src/envelopes.js";
import { SeedKey, WebCryptoKey, generateKey, keyFromSeed } from "../src/keys.js";
import { Refusal } from "../src/refusal.js";
import { sentence } from "../src/sentences.js";
import { build, decodeBody, encodeBody } from "../src/transactions.js";
import type { Draft } from "../src/transactions.js";

const NOW_MS = 1_790_000_000_000;
const TRANSFER: Draft<"transfer/1"> = {
  chain_id: "example-00112233aabbccdd",
  sender: new Uint8Array(16).fill(1),
  payee: new Uint8Array(16).fill(2),
  asset: "CNY",
  amount_minor: 1_250,
};

test("nonce and window are filled in, and may be given", () => {
  const [first, second] = [build("transfer/1", TRANSFER, NOW_MS), build("transfer/1", TRANSFER, NOW_MS)];
  expect(first).toMatchObject({ kind: "transfer/1", valid_from_ms: NOW_MS - 30_000, valid_until_ms: NOW_MS + 90_000 });
  expect(first).toMatchObject({ group: null, attachment: null });
  expect(toHex(first.nonce)).not.toBe(toHex(second.nonce));
  expect(build("transfer/1", { ...TRANSFER, valid_until_ms: 7 }).valid_until_ms).toBe(7);
  expect(decodeBody(encodeBody(first))).toEqual(first);
});

test("the types know every verb's fields", () => {
  // @ts-expect-error -- a transfer has an amount
  expect(() => encodeBody(build("transfer/1", { ...TRANSFER, amount_minor: undefined }))).toThrow(Refusal);
  // @ts-expect-error -- there is no such verb
  expect(() => encodeBody(build("gift/1", TRANSFER))).toThrow("unknown_kind");
});

test.each([
  ["nothing", { amount_minor: 0 }],
  ["a part of a minor unit", { amount_minor: 0.5 }],
  ["more than can be written exactly", { amount_minor: 2 ** 53 }],
  ["a lower-case currency", { asset: "cny" }],
  ["an asset with a line feed behind it", { asset: "CNY\n" }],
  ["an account of 15 bytes", { payee: new Uint8Array(15) }],
  ["a network without its hash", { chain_id: "example" }],
  ["an attachment of 65 bytes", { attachment: new Uint8Array(65) }],
])("%s is refused before it is signed", async (_name, change) => {
  const key = SeedKey.generate();
  const signed = signTransaction(build("transfer/1", { ...TRANSFER, ...change }), key);
  await expect(signed).rejects.toMatchObject({ code: "malformed_bytes" });
});

test("several keys sign in the order of their public keys", async () => {
  const keys = [1, 2, 3].map((seed) => new SeedKey(new Uint8Array(32).fill(seed)));
  const issue = {
    chain_id: TRANSFER.chain_id,
    sender: "bank-east",
    account: TRANSFER.payee,
    asset: "CNY",
    amount_minor: 1,
  };
  const envelope = readEnvelope(await signTransaction(build("issue/1", issue), ...keys));
  const order = envelope.signatures.map((each) => toHex(each.public_key));
  expect(order).toEqual(order.slice().sort());
  checkSignatures(envelope);
  const twice = signTransaction(build("issue/1", issue), ...keys, ...keys);
  expect(() => readEnvelope(new Uint8Array(16_385))).toThrow("envelope_too_large");
  expect(() => readEnvelope(fromHex("90"))).toThrow("malformed_bytes");
  await expect(twice).rejects.toMatchObject({ code: "malformed_bytes" });
});

test("a key that WebCrypto keeps signs as its seed does, and does not show it", async () => {
  const seed = new Uint8Array(32).fill(9);
  const [kept, held] = [await keyFromSeed(seed), new SeedKey(seed)];
  const message = new TextEncoder().encode("paid");
  expect(kept).toBeInstanceOf(WebCryptoKey);
  expect(kept.publicKey).toEqual(held.publicKey);
  expect(await kept.sign(message)).toEqual(await held.sign(message));
  expect(held.revealSeed()).toEqual(seed);
  expect(JSON.stringify(held)).not.toContain("9,9");
  const { privateKey } = await WebCryptoKey.generatePair();
  await expect(crypto.subtle.exportKey("pkcs8", privateKey)).rejects.toThrow();
  expect((await generateKey()).publicKey).toHaveLength(32);
  expect(() => new SeedKey(new Uint8Array(31))).toThrow(RangeError);
});

test("every refusal has its sentence in both languages", () => {
  expect(sentence("insufficient_balance", "en")).toMatch(/\.$/u);
  expect(sentence("insufficient_balance", "zh")).toMatch(/。$/u);
  expect(sentence("no_such_code", "en")).toBeUndefined();
  expect(sentence("toString", "en")).toBeUndefined();
});
