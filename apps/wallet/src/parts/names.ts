/** What the other side of a payment is called: a contact, what a code or a bank said when it was paid, or its account. */

import { useWallet } from "./wallet-context.js";
import { useCards, useContacts } from "./queries.js";
import { useCardName } from "./card-row.js";
import type { Happening } from "../flows/activity.js";

/** Return an account's id short enough to compare. */
export function shortAccount(account: string): string {
  return `${account.slice(0, 6)}…${account.slice(-4)}`;
}

/** Return what the other side of something that happened is called; undefined where there is none. */
export function useCounterparty(): (happening: Happening) => string | undefined {
  const { outbox } = useWallet();
  const contacts = useContacts();
  const cards = useCards();
  const cardName = useCardName();
  return ({ id, counterparty }) => {
    const own = cards.data?.find(({ account }) => account === counterparty);
    const contact = contacts.data?.find(({ account }) => account === counterparty);
    const known = own === undefined ? contact?.name : cardName(own);
    return known ?? outbox.entry(id)?.about.payee ?? (counterparty === null ? undefined : shortAccount(counterparty));
  };
}
