/** Binding a card to this phone: the bank's one-time code, a key that owns the account, a key with limits for every day. */

import { fromBase64, fromHex, toBase64, toHex } from "@payport/ledger-client/bytes";
import { provePossession } from "@payport/ledger-client/bindings";
import type { Schemas } from "@payport/client/routes";

import { keyOf, makeKey } from "../device/keys.js";
import type { BoundCard } from "../device/database.js";
import type { Outgoing } from "../device/outgoing.js";
import type { Wallet } from "../device/wallet.js";
import { send } from "./signing.js";

/** Limits of the key for every day, in minor units of one asset. */
export interface Limits {
  /** Asset, the only one this key spends. */
  readonly asset: string;
  /** Largest single payment. */
  readonly per_payment_minor: number;
  /** Largest sum of a day. */
  readonly daily_minor: number;
  /** Largest sum of a day by codes that name no order, such as stickers. */
  readonly static_daily_minor: number;
}

/** Limits a new card begins with. */
export const FIRST_LIMITS: Limits = {
  asset: "CNY",
  per_payment_minor: 500_000,
  daily_minor: 2_000_000,
  static_daily_minor: 50_000,
};

const SESSION_MS = 30 * 86_400_000;
/** How long before its end the key for every day is exchanged. */
const RENEW_MS = 7 * 86_400_000;

/** Have the card's bank send its one-time code. */
export function beginCard(
  wallet: Wallet,
  typed: { readonly institution: string; readonly card_number: string; readonly phone: string },
): Promise<Schemas["EnrolmentView"]> {
  return wallet.port.post("/v1/cards/enrolments", { body: typed });
}

/** Bind the card with the code, under a key that is drawn here and kept before the bank hears of it. */
export async function finishCard(wallet: Wallet, begun: Schemas["EnrolmentView"], code: string): Promise<BoundCard> {
  const key = await makeKey(wallet.database, wallet.vault);
  const { scheme, public_key: publicKey, proof } = await provePossession(key, wallet.chainId, fromHex(begun.account));
  const owner = { scheme, public_key: toBase64(publicKey, "standard"), proof: toBase64(proof, "standard") };
  const body = { institution: begun.institution, enrolment: begun.enrolment, code, owner };
  const bound = await wallet.port.post("/v1/cards", { body });
  const card: BoundCard = {
    account: bound.account,
    institution: bound.institution,
    ownerKey: toHex(key.publicKey),
    viewKey: wallet.vault.seal(fromBase64(bound.view_key, "standard") ?? new Uint8Array()),
  };
  await wallet.database.stores.put("cards", card);
  await renewSession(wallet, card, FIRST_LIMITS);
  return card;
}

/** Bind a key with limits to a card, and use it from then on. Where it fails, the owner's key goes on signing. */
export async function renewSession(wallet: Wallet, card: BoundCard, limits: Limits): Promise<Outgoing> {
  const key = await makeKey(wallet.database, wallet.vault);
  const expiresAtMs = wallet.clock.now() + SESSION_MS;
  const outcome = await send(wallet, {
    account: card.account,
    kind: "bind_key/1",
    fields: {
      key: await provePossession(key, wallet.chainId, fromHex(card.account)),
      role: "session",
      scope: [],
      limits,
      expires_at_ms: expiresAtMs,
    },
    route: "/v1/transactions",
    about: {},
    signer: "owner",
  });
  if (outcome.standing === "committed") {
    await wallet.database.stores.put("cards", { ...card, session: { publicKey: toHex(key.publicKey), expiresAtMs } });
  }
  return outcome;
}

/** Exchange keys that end soon, with the limits they had; called when the wallet opens. */
export async function renewSessions(wallet: Wallet): Promise<void> {
  for (const card of await wallet.cards()) {
    if ((card.session?.expiresAtMs ?? 0) < wallet.clock.now() + RENEW_MS) {
      const keys = await wallet.port.get("/v1/accounts/{account}/keys", { path: { account: card.account } });
      const before = keys.find(({ public_key: publicKey }) => publicKey === card.session?.publicKey);
      await renewSession(wallet, card, termsOf(before?.limits) ?? FIRST_LIMITS);
    }
  }
}

/** Return limits as a transaction names them, without what is left of them. */
export function termsOf(told: Schemas["KeyLimits"] | null | undefined): Limits | undefined {
  if (told === null || told === undefined) {
    return undefined;
  }
  return {
    asset: told.asset,
    per_payment_minor: told.per_payment_minor,
    daily_minor: told.daily_minor,
    static_daily_minor: told.static_daily_minor,
  };
}

/** Set the limits of a card's key: what is lower acts at once, what is higher after the network's delay. */
export async function setLimits(wallet: Wallet, account: string, limits: Limits): Promise<Outgoing> {
  const { session } = await wallet.card(account);
  return send(wallet, {
    account,
    kind: "set_limit/1",
    fields: { public_key: fromHex(session?.publicKey ?? ""), limits },
    route: "/v1/transactions",
    about: {},
    signer: "owner",
  });
}

/** Tell whether a card's key is on this phone and can sign. */
export async function canSign(wallet: Wallet, card: BoundCard): Promise<boolean> {
  return keyOf(wallet.database, wallet.vault, card.ownerKey).then(
    () => true,
    () => false,
  );
}
