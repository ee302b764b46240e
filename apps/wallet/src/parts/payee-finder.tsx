/** Finding somebody: by phone number or e-mail address, by account, or among the contacts. */

import { useState } from "react";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Button } from "@payport/ui/button";
import { MaskedName } from "@payport/ui/masked-name";

import { forgetAlias, isAccount, payeeOfAccount, payeeOfAlias } from "../flows/payees.js";
import type { Target } from "../flows/payees.js";
import { FailureLine, codeOf } from "./failure.js";
import { Block } from "./page.js";
import { shortAccount } from "./names.js";
import { useContacts } from "./queries.js";
import { TextField } from "./text-field.js";
import { useWallet } from "./wallet-context.js";

interface Wanted {
  readonly text: string;
  readonly name?: string;
}

/** The form and the contacts; `onFound` is told whom the bank names. */
export function PayeeFinder({ onFound }: { onFound: (target: Target) => void }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [text, setText] = useState("");
  const finding = useMutation({
    mutationFn: ({ text: wanted, name }: Wanted) =>
      isAccount(wanted) ? payeeOfAccount(wallet, wanted, name ?? null) : payeeOfAlias(wallet, wanted),
    onSuccess: onFound,
  });
  const trimmed = text.trim();
  return (
    <>
      <form
        className="pw-form"
        onSubmit={(event) => {
          event.preventDefault();
          finding.mutate({ text: trimmed });
        }}
      >
        <TextField
          label={t("find.who")}
          inputMode="email"
          autoComplete="off"
          maxLength={254}
          value={text}
          aria-describedby="find-hint"
          onChange={setText}
        />
        <p id="find-hint" className="pw-hint">
          {t("find.hint")}
        </p>
        <FailureLine error={finding.error} />
        {codeOf(finding.error) === "alias_changed" && (
          <Button
            tone="danger"
            block
            onPress={() => {
              void forgetAlias(wallet, trimmed).then(() => {
                finding.mutate({ text: trimmed });
              });
            }}
          >
            {t("find.forget")}
          </Button>
        )}
        <Button type="submit" tone="primary" block disabled={trimmed === ""} busy={finding.isPending}>
          {t("find.find")}
        </Button>
      </form>
      <Contacts
        onChoose={(wanted) => {
          finding.mutate(wanted);
        }}
      />
    </>
  );
}

function Contacts({ onChoose }: { onChoose: (wanted: Wanted) => void }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const { data } = useContacts();
  const remove = useMutation({
    mutationFn: (contact: string) => wallet.port.delete("/v1/contacts/{contact}", { path: { contact } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["contacts"] }),
  });
  if (data === undefined || data.length === 0) {
    return null;
  }
  return (
    <Block title={t("find.contacts")}>
      <ul className="pw-list">
        {data.map(({ contact, name, alias, account }) => (
          <li key={contact} className="pw-item-row">
            <button
              type="button"
              className="pw-item"
              onClick={() => {
                onChoose({ text: alias ?? account ?? "", name });
              }}
            >
              <span className="pw-item-text">
                <span className="pw-item-title">
                  <MaskedName name={name} />
                </span>
                <span className="pw-quiet">{alias ?? shortAccount(account ?? "")}</span>
              </span>
            </button>
            <Button
              onPress={() => {
                remove.mutate(contact);
              }}
            >
              {t("find.remove")}
              <span className="pp-unseen"> {name}</span>
            </Button>
          </li>
        ))}
      </ul>
    </Block>
  );
}

/** Keeping somebody as a contact. */
export function KeepContact({ target }: { target: Target }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const { data } = useContacts();
  const keep = useMutation({
    mutationFn: () => {
      const name = target.name ?? target.by ?? shortAccount(target.account);
      return wallet.port.post("/v1/contacts", { body: { name, alias: target.by, account: target.account } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["contacts"] }),
  });
  if (data?.some(({ account }) => account === target.account) === true) {
    return null;
  }
  return (
    <>
      <FailureLine error={keep.error} />
      <Button
        block
        busy={keep.isPending}
        onPress={() => {
          keep.mutate();
        }}
      >
        {t("find.keep")}
      </Button>
    </>
  );
}
