/** Trade: offer one asset for another, take part of what others offer, take an offer back. */

import { fromHex } from "@payport/ledger-client/bytes";
import type { Schemas } from "@payport/client/routes";

import type { Outgoing } from "../device/outgoing.js";
import type { Wallet } from "../device/wallet.js";
import { send } from "./signing.js";

/** An offer as the port tells it. */
export type Offer = Schemas["OfferView"];

/** What is given for what, in minor units. */
export interface Terms {
  /** What is given. */
  readonly give_asset: string;
  /** How much of it. */
  readonly give_minor: number;
  /** What is wanted. */
  readonly want_asset: string;
  /** How much of it, for the whole. */
  readonly want_minor: number;
}

const STANDS_MS = 86_400_000;

/** Return what taking a part costs: in proportion to the whole, rounded up against the taker. A take names exactly it. */
export function priceMinor(terms: Terms, takeMinor: number): number {
  const [give, want, take] = [BigInt(terms.give_minor), BigInt(terms.want_minor), BigInt(takeMinor)];
  return Number((take * want + give - 1n) / give);
}

/** Offer to anyone, for a day. The owner's key signs: the one for every day spends a single asset. */
export function makeOffer(wallet: Wallet, account: string, terms: Terms): Promise<Outgoing> {
  return send(wallet, {
    account,
    kind: "offer/1",
    fields: { ...terms, taker: null, expires_at_ms: wallet.clock.now() + STANDS_MS },
    route: "/v1/offers",
    about: { amountMinor: terms.give_minor, asset: terms.give_asset },
    signer: "owner",
  });
}

/** Take part of an offer, or all that is left of it. */
export function takeOffer(wallet: Wallet, account: string, offer: Offer, takeMinor: number): Promise<Outgoing> {
  return send(wallet, {
    account,
    kind: "take/1",
    fields: {
      maker: fromHex(offer.maker),
      take_asset: offer.give_asset,
      take_minor: takeMinor,
      pay_asset: offer.want_asset,
      pay_minor: priceMinor(offer, takeMinor),
      offer: fromHex(offer.id),
    },
    route: "/v1/offers",
    about: { amountMinor: takeMinor, asset: offer.give_asset },
    signer: "owner",
  });
}

/** Take an offer back. */
export function cancelOffer(wallet: Wallet, offer: Offer): Promise<Outgoing> {
  return send(wallet, {
    account: offer.maker,
    kind: "cancel/1",
    fields: { offer: fromHex(offer.id) },
    route: "/v1/offers",
    about: { amountMinor: offer.remaining_minor, asset: offer.give_asset },
    signer: "owner",
  });
}
