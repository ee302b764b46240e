/** Making what is sent: a body by the network's clock, signed by the right key of the phone, ready for the outbox. */

import { toHex, fromHex } from "@payport/ledger-client/bytes";
import { readEnvelope, signTransaction } from "@payport/ledger-client/envelopes";
import { build, transactionId } from "@payport/ledger-client/transactions";
import type { Draft, Kind } from "@payport/ledger-client/transactions";
import type { SigningKey } from "@payport/ledger-client/keys";

import { keyOf } from "../device/keys.js";
import type { About, Outgoing, Route } from "../device/outgoing.js";
import type { Wallet } from "../device/wallet.js";

/** What a verb asks for beside network and sender. */
export type Fields<K extends Kind> = Omit<Draft<K>, "chain_id" | "sender">;

/** Which of a card's keys signs: the one with limits for everyday payments, or the owner's. */
export type Signer = "session" | "owner";

/** What is to be sent, and how. */
export interface Sending<K extends Kind> {
  /** Account that signs, hexadecimal. */
  readonly account: string;
  /** Verb and version. */
  readonly kind: K;
  /** Its fields. */
  readonly fields: Fields<K>;
  /** Where it is sent. */
  readonly route: Route;
  /** For people. */
  readonly about: Omit<About, "verb">;
  /** Which key signs. */
  readonly signer?: Signer;
}

/** Sign, keep, send; returns once the outcome is known. `onMade` is told what was kept, before anything is sent. */
export async function send<K extends Kind>(
  wallet: Wallet,
  sending: Sending<K>,
  onMade: (id: string) => void = () => undefined,
): Promise<Outgoing> {
  const { account, kind, fields, route, about, signer = "session" } = sending;
  const key = await signerOf(wallet, account, signer);
  const now = wallet.clock.now();
  const draft = { chain_id: wallet.chainId, sender: fromHex(account), ...fields } as unknown as Draft<K>;
  const transaction = build(kind, draft, now);
  const envelope = await signTransaction(transaction, key);
  const id = toHex(transactionId(readEnvelope(envelope).body));
  const entry: Outgoing = {
    id,
    account,
    route,
    envelopes: [envelope],
    madeAtMs: now,
    validUntilMs: transaction.valid_until_ms,
    about: { verb: kind.replace(/\/\d+$/u, ""), ...about },
    standing: "sending",
  };
  const outcome = wallet.outbox.send(entry);
  onMade(id);
  return outcome;
}

/** Return a card's key; the owner's where none with limits is bound, or it has ended. */
export async function signerOf(wallet: Wallet, account: string, signer: Signer): Promise<SigningKey> {
  const card = await wallet.card(account);
  const isLive = card.session !== undefined && card.session.expiresAtMs > wallet.clock.now();
  const publicKey = signer === "session" && isLive ? card.session.publicKey : card.ownerKey;
  return keyOf(wallet.database, wallet.vault, publicKey);
}
