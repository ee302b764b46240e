import { describe, expect, test } from "vitest";

import { MAX_AMOUNT_MINOR, amountPieces, amountText, decimalText, decimalsOf } from "../src/money.js";

describe("an amount is written", () => {
  test.each([
    [0, "CNY", "zh", "¥0.00"],
    [5, "CNY", "en", "CN¥0.05"],
    [-1_234_550, "CNY", "zh", "-¥12,345.50"],
    [500, "JPY", "zh", "JP¥500"],
    [500, "JPY", "en", "¥500"],
    [1_234_567, "KWD", "en", "KWD 1,234.567"],
    [MAX_AMOUNT_MINOR, "CNY", "zh", "¥90,071,992,547,409.91"],
    [MAX_AMOUNT_MINOR - 1, "CNY", "zh", "¥90,071,992,547,409.90"],
    [MAX_AMOUNT_MINOR, "KWD", "en", "KWD 9,007,199,254,740.991"],
  ] as const)("%d %s in %s as %s", (amountMinor, asset, language, written) => {
    expect(amountText(amountMinor, { asset }, language).replaceAll("\u00A0", " ")).toBe(written);
  });

  test("with both signs in a list of movements, and none on zero", () => {
    const write = (amountMinor: number): string => amountText(amountMinor, { asset: "EUR" }, "en", "both");
    expect([write(100), write(-100), write(0)]).toEqual(["+€1.00", "-€1.00", "€0.00"]);
  });

  test("with the name of an asset that is no currency, and the decimals it was registered with", () => {
    expect(amountText(12_345, { asset: "Star points", decimals: 1 }, "en")).toBe("1,234.5\u00A0Star points");
    expect(() => amountText(1, { asset: "Star points" }, "en")).toThrow(RangeError);
    expect(() => decimalsOf({ asset: "constructor" })).toThrow(RangeError);
  });

  test("in pieces that say which are the cents", () => {
    expect(amountPieces(-1_250, { asset: "CNY" }, "zh")).toEqual([
      { kind: "sign", text: "-" },
      { kind: "symbol", text: "¥" },
      { kind: "major", text: "12" },
      { kind: "minor", text: "." },
      { kind: "minor", text: "50" },
    ]);
  });
});

test("digits are exact, or refused where a number no longer is", () => {
  expect(decimalText(MAX_AMOUNT_MINOR, 8)).toBe("90071992.54740991");
  expect(decimalText(-7, 2)).toBe("-0.07");
  expect(decimalText(0, 0)).toBe("0");
  expect(() => decimalText(MAX_AMOUNT_MINOR + 1, 2)).toThrow(RangeError);
  expect(() => decimalText(0.5, 2)).toThrow(RangeError);
});
