/** The phone numbers and e-mail addresses a card's holder is paid by. */

import { useState } from "react";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Button } from "@payport/ui/button";

import { FailureLine } from "./failure.js";
import { OneTimeCode } from "./one-time-code.js";
import { Block } from "./page.js";
import { TextField } from "./text-field.js";
import { useWallet } from "./wallet-context.js";

/** The list, and a form for one more. */
export function CardAliases({ account, institution }: { account: string; institution: string }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const path = { account };
  const aliases = useQuery({
    queryKey: ["aliases", account],
    queryFn: async ({ signal }) => (await wallet.port.get("/v1/accounts/{account}/aliases", { path, signal })).aliases,
  });
  const erasing = useMutation({
    mutationFn: (alias: string) => wallet.port.delete("/v1/accounts/{account}/aliases", { path, query: { alias } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["aliases"] }),
  });
  return (
    <Block title={t("aliases.title")}>
      <ul className="pw-list">
        {aliases.data?.map(({ alias, account: stands }) => (
          <li key={alias} className="pw-item-row">
            <span className="pw-item-text">
              {alias}
              {stands !== account && <span className="pw-quiet">{t("aliases.other")}</span>}
            </span>
            <Button
              onPress={() => {
                erasing.mutate(alias);
              }}
            >
              {t("find.remove")}
              <span className="pp-unseen"> {alias}</span>
            </Button>
          </li>
        ))}
      </ul>
      <FailureLine error={erasing.error} />
      <NewAlias account={account} institution={institution} />
    </Block>
  );
}

function useNewAlias(account: string) {
  const wallet = useWallet();
  const queries = useQueryClient();
  const path = { account };
  const beginning = useMutation({
    mutationFn: (alias: string) => wallet.port.post("/v1/accounts/{account}/aliases", { path, body: { alias } }),
  });
  const confirming = useMutation({
    mutationFn: (body: { readonly request: string; readonly code: string }) =>
      wallet.port.post("/v1/accounts/{account}/aliases/confirm", { path, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["aliases"] });
      beginning.reset();
    },
  });
  return { beginning, confirming };
}

function NewAlias({ account, institution }: { account: string; institution: string }) {
  const { t } = useTranslation();
  const { beginning, confirming } = useNewAlias(account);
  const [alias, setAlias] = useState("");
  const [code, setCode] = useState("");
  const begun = beginning.data;
  return (
    <form
      className="pw-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (begun === undefined) {
          beginning.mutate(alias);
        } else {
          confirming.mutate({ request: begun.request, code });
        }
      }}
    >
      {begun === undefined ? (
        <TextField
          label={t("aliases.new")}
          inputMode="email"
          maxLength={254}
          required
          value={alias}
          onChange={setAlias}
        />
      ) : (
        <>
          <p>{t("aliases.sent", { to: begun.masked_alias })}</p>
          <OneTimeCode institution={institution} address={alias} value={code} onChange={setCode} />
        </>
      )}
      <FailureLine error={confirming.error ?? beginning.error} />
      <Button type="submit" block busy={beginning.isPending || confirming.isPending}>
        {begun === undefined ? t("cards.sendCode") : t("aliases.confirm")}
      </Button>
    </form>
  );
}
