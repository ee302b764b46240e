/** What a card has: on the ledger, and at its bank, which funds payments as they happen. */

import { currencyDecimals } from "@payport/ledger-client/currencies";
import type { Unit } from "@payport/ui/money";

import type { Card } from "./queries.js";

/** What a card has of one asset, in minor units. */
export interface Held {
  /** Asset. */
  readonly asset: string;
  /** What can be spent now. */
  readonly spendableMinor: number;
  /** What is reserved. */
  readonly heldMinor: number;
}

/** Return what some cards have together, by asset; the first asset is yuan, where there is any. */
export function heldBy(cards: readonly Card[]): Held[] {
  const sums = new Map<string, { asset: string; spendableMinor: number; heldMinor: number }>();
  const add = (asset: string, spendableMinor: number, heldMinor: number): void => {
    const sum = sums.get(asset) ?? { asset, spendableMinor: 0, heldMinor: 0 };
    sums.set(asset, {
      asset,
      spendableMinor: sum.spendableMinor + spendableMinor,
      heldMinor: sum.heldMinor + heldMinor,
    });
  };
  for (const { balances, deposits } of cards) {
    balances?.forEach((each) => {
      add(each.asset, each.amount_minor - each.held_minor, each.held_minor);
    });
    deposits?.forEach((each) => {
      add(each.asset, each.available_minor, each.held_minor);
    });
  }
  return [...sums.values()].sort((one, other) => rank(one.asset) - rank(other.asset));
}

/** Return what a card can spend of an asset, in minor units. */
export function spendableMinor(card: Card, asset: string): number {
  return heldBy([card]).find((each) => each.asset === asset)?.spendableMinor ?? 0;
}

/** Return how an asset is written: a currency with its own digits, everything else by its code, in whole units. */
export function unitOf(asset: string): Unit {
  return currencyDecimals(asset) === undefined ? { asset: asset.replace(/^.*:/u, ""), decimals: 0 } : { asset };
}

function rank(asset: string): number {
  return asset === "CNY" ? 0 : asset.includes(":") ? 2 : 1;
}
