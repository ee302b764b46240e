/** What a part of an offer costs. */

import { expect, test } from "vitest";

import { priceMinor } from "../src/flows/trading.js";

const terms = (give: number, want: number) => {
  return { give_asset: "bank-east:POINTS", give_minor: give, want_asset: "CNY", want_minor: want };
};

test.each([
  [1_000, 850, 1_000, 850],
  [1_000, 850, 1, 1],
  [1_000, 850, 500, 425],
  [3, 1, 1, 1],
  [3, 1, 3, 1],
  [2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 2, 2 ** 53 - 2],
])("of %d for %d, %d cost %d", (give, want, take, price) => {
  expect(priceMinor(terms(give, want), take)).toBe(price);
});
