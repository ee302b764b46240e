/** Paying somebody from a card: by the bank where the account does not hold enough. */

import { fromBase64, fromHex } from "@payport/ledger-client/bytes";

import type { Outgoing } from "../device/outgoing.js";
import type { Wallet } from "../device/wallet.js";
import type { Target } from "./payees.js";
import { send } from "./signing.js";

/** A payment as it was agreed to. */
export interface Agreed {
  /** Who is paid. */
  readonly target: Target;
  /** Account that pays, hexadecimal. */
  readonly account: string;
  /** In minor units. */
  readonly amountMinor: number;
  /** What the payee is called on this phone. */
  readonly payee: string;
}

/** Sign and send; `onMade` is told the id once it is kept, before anything is sent. */
export async function pay(wallet: Wallet, agreed: Agreed, onMade: (id: string) => void): Promise<Outgoing> {
  const { target, account, amountMinor, payee } = agreed;
  const about = {
    payee,
    amountMinor,
    asset: target.asset,
    ...(target.request === null ? {} : { request: target.request }),
  };
  const money = { asset: target.asset, amount_minor: amountMinor };
  if (target.verb === "purchase") {
    const order = target.order === null ? null : fromBase64(target.order, "standard");
    const fields = { merchant: fromHex(target.account), ...money, order };
    return send(wallet, { account, kind: "purchase/1", fields, route: "/v1/payments", about }, onMade);
  }
  const fields = { payee: fromHex(target.account), ...money };
  return send(wallet, { account, kind: "transfer/1", fields, route: "/v1/transfers", about }, onMade);
}
