/** The phone numbers and e-mail addresses a card's holder is paid by. */

import { useState } from "react";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Button } from "@payport/ui/button";

import { FailureLine } from "./failure.js";
import { Block } from "./page.js";
import { SandboxInbox } from "./sandbox-inbox.js";
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

function NewAlias({ account, institution }: { account: string; institution: string }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const [alias, setAlias] = useState("");
  const [code, setCode] = useState("");
  const path = { account };
  const beginning = useMutation({
    mutationFn: () => wallet.port.post("/v1/accounts/{account}/aliases", { path, body: { alias } }),
  });
  const confirming = useMutation({
    mutationFn: (request: string) =>
      wallet.port.post("/v1/accounts/{account}/aliases/confirm", { path, body: { request, code } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["aliases"] });
      beginning.reset();
      setAlias("");
      setCode("");
    },
  });
  const begun = beginning.data;
  return (
    <form
      className="pw-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (begun === undefined) {
          beginning.mutate();
        } else {
          confirming.mutate(begun.request);
        }
      }}
    >
      {begun === undefined ? (
        <label className="pw-field">
          <span>{t("aliases.new")}</span>
          <input
            type="text"
            inputMode="email"
            autoCapitalize="off"
            maxLength={254}
            required
            value={alias}
            onChange={({ target }) => {
              setAlias(target.value);
            }}
          />
        </label>
      ) : (
        <>
          <p>{t("aliases.sent", { to: begun.masked_alias })}</p>
          <label className="pw-field">
            <span>{t("cards.code")}</span>
            <input
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={16}
              required
              value={code}
              onChange={({ target }) => {
                setCode(target.value);
              }}
            />
          </label>
          <SandboxInbox institution={institution} address={alias} onCode={setCode} />
        </>
      )}
      <FailureLine error={confirming.error ?? beginning.error} />
      <Button type="submit" block busy={beginning.isPending || confirming.isPending}>
        {begun === undefined ? t("cards.sendCode") : t("aliases.confirm")}
      </Button>
    </form>
  );
}
