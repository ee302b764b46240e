/** Tells the port which payment answered a request for money, once the ledger has it. */

import { useEffect } from "react";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useWallet } from "./wallet-context.js";

/** Nothing to see: the request's own page shows that it is paid. */
export function RequestAnswered({ request, payment }: { request: string; payment: string }) {
  const wallet = useWallet();
  const queries = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: () =>
      wallet.port.post("/v1/requests/{money_request}/paid", { path: { money_request: request }, body: { payment } }),
    retry: 5, // the index follows the ledger by milliseconds
    retryDelay: 500,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["requests"] }),
  });
  useEffect(() => {
    mutate();
  }, [mutate]);
  return null;
}
