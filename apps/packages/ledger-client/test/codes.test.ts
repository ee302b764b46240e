/** Codes that this network's wallets and tills draw and scan. */

import { expect, test } from "vitest";

import { buildAuthority, digitsDigest, drawDigits, readSignedAuthority, signAuthority } from "../src/authorities.js";
import { fromBase64, toBase64, utf8 } from "../src/bytes.js";
import { readAmount, readMerchantCode, writeAmount, writeMerchantCode } from "../src/codes/merchant.js";
import type { MerchantCode } from "../src/codes/merchant.js";
import { drawToken, readPayCode, writePayCode } from "../src/codes/pay-code.js";
import { SeedKey } from "../src/keys.js";

const account = new Uint8Array(16).fill(0x33);
const ALLOWED = { chain_id: "example-00112233aabbccdd", account, asset: "CNY", cap_minor: 50_000 };
const MARKET: MerchantCode = {
  account,
  category: "5411",
  asset: "CNY",
  amountMinor: null,
  country: "CN",
  name: "MARKET",
  city: "BEIJING",
  order: null,
  reference: null,
  localName: null,
  billNumber: null,
};

test("a pay code carries an authority that is good for a minute and one charge", async () => {
  const key = SeedKey.generate();
  const authority = buildAuthority(ALLOWED, null, 1_000);
  expect(authority).toMatchObject({ issued_at_ms: 1_000, expires_at_ms: 61_000, digits_digest: null });
  const signed = await signAuthority(authority, key);
  const token = drawToken();
  const text = writePayCode({ token, authority: signed });
  expect(text.length).toBeLessThanOrEqual(512);
  expect(readPayCode(text)).toEqual({ token, authority: signed });
  expect(readSignedAuthority(readPayCode(text).authority)).toMatchObject({ authority, publicKey: key.publicKey });
  expect(buildAuthority(ALLOWED).counter).not.toBe(buildAuthority(ALLOWED).counter);
});

test("digits begin with 62, and are bound to the account", () => {
  const digits = drawDigits();
  expect(digits).toMatch(/^62[0-9]{17}$/u);
  expect(buildAuthority(ALLOWED, digits).digits_digest).toEqual(digitsDigest(digits, account));
});

test.each([
  ["no base64", "***", "code_malformed"],
  ["nothing", "", "code_field_invalid"],
  ["another beginning", toBase64(utf8("\u0004\u0000"), "standard"), "code_field_invalid"],
  ["no application", "hQVDUFYwMQ==", "code_field_missing"],
  ["another network's application", "hQVDUFYwMWEHTwWgAAADMw==", "not_our_code"],
  ["an object that reaches past the end", "hQVDUFYwMWEI", "code_truncated"],
  ["an indefinite length", "hYBDUFYwMQ==", "code_malformed"],
])("a pay code of %s is refused", (_name, text, code) => {
  expect(() => readPayCode(text)).toThrow(code);
});

test("a merchant code says what a merchant may say", () => {
  expect(readMerchantCode(writeMerchantCode(MARKET))).toEqual(MARKET);
  const wrong: Partial<MerchantCode>[] = [
    ...[{ asset: "XXX" }, { category: "54" }, { country: "XX" }, { name: "" }, { name: "M".repeat(26) }],
    ...[{ name: "超市" }, { amountMinor: 0 }, { order: new Uint8Array(601) }, { account: new Uint8Array(15) }],
  ];
  for (const change of wrong) {
    expect(() => writeMerchantCode({ ...MARKET, ...change }), JSON.stringify(change)).toThrow("code_field_invalid");
  }
  expect(() => readMerchantCode("0".repeat(5_000))).toThrow("code_too_long");
});

test("amounts are exact", () => {
  expect([readAmount("128.5", "CNY"), readAmount("7", "JPY"), readAmount("1.2340", "KWD")]).toEqual([12_850, 7, 1_234]);
  expect([writeAmount(5, "CNY"), writeAmount(12_850, "CNY"), writeAmount(7, "JPY")]).toEqual(["0.05", "128.50", "7"]);
  for (const text of ["0.001", "0", "1e3", "-1", "90071992547409.92", ""]) {
    expect(() => readAmount(text, "CNY"), text).toThrow("code_field_invalid");
  }
});

test("base64 is read as it is written", () => {
  for (let length = 0; length < 9; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => 251 + at);
    expect(fromBase64(toBase64(bytes, "standard"), "standard")).toEqual(bytes);
    expect(fromBase64(toBase64(bytes, "url"), "url")).toEqual(bytes);
    expect(toBase64(bytes, "standard")).toBe(Buffer.from(bytes).toString("base64"));
  }
  expect([fromBase64("A", "url"), fromBase64("AA", "standard"), fromBase64("A=BC", "standard"), fromBase64("A+", "url")]).toEqual([null, null, null, null]); // prettier-ignore
});
