/** Who is paid: found by a scanned code, a phone number or e-mail address, or an account, and shown to be confirmed. */

import { acceptAnswer, verifyAliasAnswer } from "@payport/ledger-client/aliases";
import { fromBase64, fromHex, toHex } from "@payport/ledger-client/bytes";

import type { Wallet } from "../device/wallet.js";

/** Somebody to be paid, and for what. */
export interface Target {
  /** A shop is paid by a purchase, a person by a transfer. */
  readonly verb: "purchase" | "transfer";
  /** Account, hexadecimal. */
  readonly account: string;
  /** Its institution. */
  readonly institution: string;
  /** Name as a code or a bank says it; null where nobody does. */
  readonly name: string | null;
  /** The same in Chinese, where a code has it. */
  readonly localName: string | null;
  /** How it was found: the alias in its one spelling, or a city. */
  readonly by: string | null;
  /** Asset to be paid in. */
  readonly asset: string;
  /** In minor units; null where the payer types it. */
  readonly amountMinor: number | null;
  /** Signed order of a dynamic code, base64. */
  readonly order: string | null;
  /** Request for money that is answered. */
  readonly request: string | null;
}

/** Merchant category of people. */
const PERSON = "0000";

/** Ask what a scanned text wants; throws the port's refusal, which names foreign schemes. */
export async function payeeOfCode(wallet: Wallet, text: string): Promise<Target> {
  const code = await wallet.port.post("/v1/codes/resolve", { body: { text }, token: null });
  return {
    verb: code.category === PERSON ? "transfer" : "purchase",
    account: code.account,
    institution: code.institution,
    name: code.name,
    localName: code.local_name,
    by: code.city,
    asset: code.asset,
    amountMinor: code.amount_minor,
    order: code.order?.encoded ?? null,
    request: null,
  };
}

/** Ask for whom an alias stands, verify the bank's answer and hold it against what was answered the first time. */
export async function payeeOfAlias(wallet: Wallet, typed: string): Promise<Target> {
  const [members, told] = await Promise.all([
    wallet.port.get("/v1/network/institutions", { token: null }),
    wallet.port.post("/v1/aliases/resolve", { body: { alias: typed } }),
  ]);
  const member = members.find(({ institution }) => institution === told.institution);
  const by = {
    institution: told.institution,
    keys: (member?.keys ?? []).map((key) => fromHex(key)),
    threshold: member?.threshold ?? 1,
  };
  const data = fromBase64(told.answer, "standard") ?? new Uint8Array();
  const answer = verifyAliasAnswer(data, told.alias, wallet.chainId, by, wallet.clock.now());
  const pinned = await wallet.database.stores.get("pins", told.alias);
  await wallet.database.stores.put("pins", acceptAnswer(answer, pinned), told.alias);
  return person({
    account: toHex(answer.account),
    institution: answer.institution,
    name: answer.masked_name,
    by: told.alias,
  });
}

/** Forget what an alias stood for, once the person has made sure. */
export async function forgetAlias(wallet: Wallet, alias: string): Promise<void> {
  await wallet.database.stores.delete("pins", alias);
}

/** Ask what may be known of an account before it is paid. */
export async function payeeOfAccount(wallet: Wallet, account: string, name: string | null = null): Promise<Target> {
  const found = await wallet.port.get("/v1/accounts/{account}/payee", { path: { account }, token: null });
  const target = person({ account, institution: found.institution, name, by: null });
  return found.merchant ? { ...target, verb: "purchase" } : target;
}

/** Tell whether a typed text is an account's id. */
export function isAccount(text: string): boolean {
  return /^[0-9a-f]{32}$/u.test(text);
}

function person(found: Pick<Target, "account" | "institution" | "name" | "by">): Target {
  return { verb: "transfer", localName: null, asset: "CNY", amountMinor: null, order: null, request: null, ...found };
}
