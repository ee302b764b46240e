/** The wallet for components: where it stands, what it sends, what happens to its accounts. */

import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from "react";
import type { ReactNode } from "react";

import { follow } from "@payport/client/events";
import { useQueryClient } from "@tanstack/react-query";

import type { Outgoing } from "../device/outgoing.js";
import type { Standing, Wallet } from "../device/wallet.js";
import type { Happening } from "../flows/activity.js";

const Given = createContext<Wallet | undefined>(undefined);

/** What is inside works with `wallet`. */
export function WalletProvider({ wallet, children }: { wallet: Wallet; children: ReactNode }) {
  return <Given.Provider value={wallet}>{children}</Given.Provider>;
}

/** Return the wallet. */
export function useWallet(): Wallet {
  const wallet = useContext(Given);
  if (wallet === undefined) {
    throw new Error("there is no WalletProvider above this component");
  }
  return wallet;
}

/** Return where the wallet stands. */
export function useStanding(): Standing {
  const wallet = useWallet();
  return useSyncExternalStore(wallet.listen, () => wallet.standing);
}

/** Return something that was sent, as it stands; undefined where this phone did not send it. */
export function useOutgoing(id: string): Outgoing | undefined {
  const { outbox } = useWallet();
  return useSyncExternalStore(
    (changed) => outbox.listen(changed),
    () => outbox.entry(id),
  );
}

const happened = new EventTarget();

/** Hear of everything that happens to the customer's accounts, while the wallet is open. */
export function useHappenings(onHappening: (happening: Happening) => void): void {
  const told = useRef(onHappening);
  useEffect(() => {
    told.current = onHappening;
  });
  useEffect(() => {
    const listener = (event: Event): void => {
      told.current((event as CustomEvent<Happening>).detail);
    };
    happened.addEventListener("happening", listener);
    return () => {
      happened.removeEventListener("happening", listener);
    };
  }, []);
}

/** Follows the accounts of an open wallet, and lets what pages show be asked for again when something happens. */
export function Follower() {
  const wallet = useWallet();
  const queries = useQueryClient();
  useEffect(() => {
    const ending = new AbortController();
    const listen = async (): Promise<void> => {
      const stream = follow(wallet.port, "/v1/events", { token: wallet.token, signal: ending.signal });
      for await (const { event, data } of stream) {
        void queries.invalidateQueries();
        if (event !== "accounts") {
          happened.dispatchEvent(new CustomEvent("happening", { detail: data }));
        }
      }
    };
    listen().catch(() => undefined); // a lock or an ended session: pages ask by themselves
    return () => {
      ending.abort();
    };
  }, [wallet, queries]);
  return null;
}
