import { describe, expect, test } from "vitest";

import { MAX_AMOUNT_MINOR } from "../src/money.js";
import { grouped, keyOf, press, typeText, typedMinor } from "../src/typed-amount.js";
import type { AmountBounds, AmountKey, Typed } from "../src/typed-amount.js";

const YUAN = { decimals: 2, maxMinor: MAX_AMOUNT_MINOR };
const YEN = { decimals: 0, maxMinor: 100_000 };

function typed(keys: readonly AmountKey[], bounds: AmountBounds): Typed {
  return keys.reduce<Typed>((before, key) => press(before, key, bounds), { text: "" });
}

describe("keys of an amount", () => {
  test.each<[readonly AmountKey[], string, number]>([
    [["1", "2", ".", "5"], "12.5", 1_250],
    [[".", "0", "5"], "0.05", 5],
    [["0", "0", "7"], "7", 700],
    [["00"], "0", 0],
    [["5", "00"], "500", 50_000],
    [["1", ".", ".", "2"], "1.2", 120],
    [["1", ".", "delete", "delete", "delete"], "", 0],
    [["1", "2", "clear", "3"], "3", 300],
  ])("%j type %s", (keys, text, amountMinor) => {
    expect(typed(keys, YUAN)).toEqual({ text });
    expect(typedMinor(text, YUAN.decimals)).toBe(amountMinor);
  });

  test("that would round or pass a limit change nothing and say why", () => {
    expect(typed(["1", ".", "2", "3", "4"], YUAN)).toEqual({ text: "1.23", refused: "too_many_decimals" });
    expect(typed(["1", "."], YEN)).toEqual({ text: "1", refused: "no_decimals" });
    expect(typed(["1", "0", "0", "0", "0", "1"], YEN)).toEqual({ text: "10000", refused: "over_limit" });
    expect(typed(["1", "00", "00", "0"], YEN)).toEqual({ text: "100000" });
  });

  test("stop at the largest amount there is", () => {
    const largest = "90071992547409.91";
    expect(typeText(largest, YUAN)).toEqual({ text: largest });
    expect(typedMinor(largest, 2)).toBe(MAX_AMOUNT_MINOR);
    expect(typeText("90071992547409.92", YUAN).refused).toBe("over_limit");
    expect(typeText("9".repeat(400), YUAN).refused).toBe("over_limit");
  });
});

test("what is pasted is typed: signs and groups are passed over, too many digits are refused", () => {
  expect(typeText("¥1,234.50", YUAN)).toEqual({ text: "1234.50" });
  expect(typeText("1.234", YUAN)).toEqual({ text: "1.23", refused: "too_many_decimals" });
  expect(typeText("about nothing", YUAN)).toEqual({ text: "" });
});

test("keyboards send the keys, and nothing else does", () => {
  expect(["Backspace", "Delete", "。", "7", "-", "e", "Enter", "٣"].map(keyOf)).toEqual([
    ...["delete", "clear", ".", "7"],
    ...[undefined, undefined, undefined, undefined],
  ]);
});

test("digits are grouped before the point only", () => {
  expect(["", "7", "1234", "1234567.1234", "12."].map(grouped)).toEqual(["0", "7", "1,234", "1,234,567.1234", "12."]);
});
