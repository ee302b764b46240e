/** What pages ask the port for, and what of it is kept for the time without a network. */

import { QueryClient, dehydrate, hydrate, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { DehydratedState, UseInfiniteQueryResult, UseQueryResult, InfiniteData } from "@tanstack/react-query";

import type { Schemas } from "@payport/client/routes";
import { useSyncExternalStore } from "react";

import type { Wallet } from "../device/wallet.js";
import { readActivity, sumMonths } from "../flows/activity.js";
import type { ActivityPage, Cursors, MonthSum } from "../flows/activity.js";
import { useWallet } from "./wallet-context.js";

const FRESH_MS = 5_000;
const DAY_MS = 86_400_000;
const QUIET_MS = 1_000;
/** How often requests are looked for while they are on the screen: nothing on the ledger tells of them. */
const LOOK_MS = 10_000;

/** Queries whose last answers are kept on the phone; files and secrets are not among them. */
const KEPT: ReadonlySet<unknown> = new Set(["cards", "activity", "contacts", "requests", "names", "months"]);

/** Return a client for queries. The port's client retries by itself. */
export function makeQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: FRESH_MS, gcTime: DAY_MS, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

/** Show at once what was shown last, and keep what is shown from now on; returns what ends it. */
export async function keepShown(wallet: Wallet, queries: QueryClient): Promise<() => void> {
  const shown = await wallet.database.fact("shown");
  if (shown !== undefined) {
    hydrate(queries, shown as DehydratedState);
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = queries.getQueryCache().subscribe(({ type }) => {
    if (type === "updated") {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const shouldDehydrateQuery = ({ queryKey, state }: Kept): boolean =>
          state.status === "success" && KEPT.has(queryKey[0]);
        void wallet.database.keep("shown", dehydrate(queries, { shouldDehydrateQuery }));
      }, QUIET_MS);
    }
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}

interface Kept {
  readonly queryKey: readonly unknown[];
  readonly state: { readonly status: string };
}

/** Whether there is a network, as far as the browser knows. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      addEventListener("online", changed);
      addEventListener("offline", changed);
      return () => {
        removeEventListener("online", changed);
        removeEventListener("offline", changed);
      };
    },
    () => navigator.onLine,
  );
}

/** A card as the port tells it. */
export type Card = Schemas["CardView"];

/** The cards of all banks. */
export function useCards(): UseQueryResult<readonly Card[]> {
  const wallet = useWallet();
  return useQuery({
    queryKey: ["cards"],
    queryFn: async ({ signal }) => (await wallet.port.get("/v1/cards", { signal })).cards,
  });
}

/** What happened to all accounts, page by page. */
export function useActivity(): UseInfiniteQueryResult<InfiniteData<ActivityPage>> {
  const wallet = useWallet();
  const cards = useCards();
  const accounts = (cards.data ?? []).map(({ account }) => account);
  return useInfiniteQuery({
    queryKey: ["activity", accounts],
    queryFn: ({ pageParam }) => readActivity(wallet.port, accounts, pageParam ?? undefined),
    initialPageParam: null as Cursors | null,
    getNextPageParam: ({ next }) => next ?? null,
    enabled: cards.data !== undefined,
  });
}

/** Received and spent by month. */
export function useMonths(asset: string, months: readonly string[]): UseQueryResult<MonthSum[]> {
  const wallet = useWallet();
  const cards = useCards();
  const accounts = (cards.data ?? []).map(({ account }) => account);
  return useQuery({
    queryKey: ["months", accounts, asset, months],
    queryFn: () => sumMonths(wallet.port, accounts, asset, months),
    enabled: cards.data !== undefined,
  });
}

/** Members of the network, with their names. */
export function useInstitutions(): UseQueryResult<readonly Schemas["InstitutionView"][]> {
  const wallet = useWallet();
  return useQuery({
    queryKey: ["names"],
    queryFn: ({ signal }) => wallet.port.get("/v1/network/institutions", { signal, token: null }),
    staleTime: DAY_MS,
  });
}

/** Return what institutions are called; their id where it is not known yet. */
export function useBankName(): (institution: string) => string {
  const { data } = useInstitutions();
  return (institution) => data?.find((each) => each.institution === institution)?.name ?? institution;
}

/** The customer's contacts. */
export function useContacts(): UseQueryResult<readonly Schemas["ContactView"][]> {
  const wallet = useWallet();
  return useQuery({
    queryKey: ["contacts"],
    queryFn: async ({ signal }) => (await wallet.port.get("/v1/contacts", { signal })).contacts,
  });
}

/** Requests for money, those received or those sent. */
export function useRequests(side: "received" | "sent"): UseQueryResult<readonly Schemas["MoneyRequestView"][]> {
  const wallet = useWallet();
  return useQuery({
    queryKey: ["requests", side],
    queryFn: async ({ signal }) => (await wallet.port.get("/v1/requests", { query: { side }, signal })).requests,
    refetchOnMount: "always",
    refetchInterval: LOOK_MS,
  });
}
