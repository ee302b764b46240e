/** What a PIN opens, and what it does not. */

import { describe, expect, test } from "vitest";

import { Vault } from "../src/device/vault.js";

const ROUNDS = 1_000;
const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index);

describe("a vault", () => {
  test("opens by its PIN alone, and gives back what it sealed", async () => {
    const { vault, record } = await Vault.create("258036", ROUNDS);
    const sealed = vault.seal(SECRET);
    expect(await Vault.open(record, "258037")).toBeUndefined();
    const opened = await Vault.open(record, "258036");
    expect(opened?.unseal(sealed)).toEqual(SECRET);
  });

  test("takes another PIN without sealing its secrets anew", async () => {
    const { vault, record } = await Vault.create("258036", ROUNDS);
    const sealed = vault.seal(SECRET);
    const next = await vault.closedBy("141421", ROUNDS);
    expect(next.salt).not.toEqual(record.salt);
    expect(await Vault.open(next, "258036")).toBeUndefined();
    expect((await Vault.open(next, "141421"))?.unseal(sealed)).toEqual(SECRET);
  });

  test("does not take what was changed, or what another sealed", async () => {
    const [one, other] = await Promise.all([Vault.create("258036", ROUNDS), Vault.create("258036", ROUNDS)]);
    const sealed = one.vault.seal(SECRET);
    const changed = sealed.sealed.slice();
    changed.set([(changed[3] ?? 0) ^ 1], 3);
    expect(() => one.vault.unseal({ ...sealed, sealed: changed })).toThrow();
    expect(() => other.vault.unseal(sealed)).toThrow();
  });

  test("derives the same key where the platform gives no WebCrypto", async () => {
    const { vault, record } = await Vault.create("258036", ROUNDS);
    const sealed = vault.seal(SECRET);
    const { subtle } = crypto;
    Object.defineProperty(globalThis, "crypto", {
      value: { getRandomValues: crypto.getRandomValues.bind(crypto) },
      configurable: true,
    });
    try {
      expect((await Vault.open(record, "258036"))?.unseal(sealed)).toEqual(SECRET);
    } finally {
      Object.defineProperty(globalThis, "crypto", {
        value: (await import("node:crypto")).webcrypto,
        configurable: true,
      });
    }
    expect(subtle).toBeDefined();
  });
});
