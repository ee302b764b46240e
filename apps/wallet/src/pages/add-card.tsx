/** Binding a card: its number and phone go to its bank, which sends a code there. */

import { useState } from "react";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import type { Schemas } from "@payport/client/routes";
import { Button } from "@payport/ui/button";
import { ResultTick } from "@payport/ui/result-tick";

import { beginCard, finishCard } from "../flows/cards.js";
import { FailureLine } from "../parts/failure.js";
import { OneTimeCode } from "../parts/one-time-code.js";
import { Page } from "../parts/page.js";
import { useInstitutions } from "../parts/queries.js";
import { SelectField } from "../parts/select-field.js";
import { TextField } from "../parts/text-field.js";
import { useWallet } from "../parts/wallet-context.js";

/** The page. */
export function AddCardPage() {
  const { t } = useTranslation();
  const [begun, setBegun] = useState<{ enrolment: Schemas["EnrolmentView"]; phone: string }>();
  const [isBound, setIsBound] = useState(false);
  return (
    <Page title={t("cards.add")}>
      {isBound && (
        <>
          <ResultTick result="done" title={t("cards.bound")} />
          <div className="pp-actions">
            <Link className="pp-button pp-button-primary" to="/" replace>
              {t("app.done")}
            </Link>
            <Button
              onPress={() => {
                setIsBound(false);
                setBegun(undefined);
              }}
            >
              {t("cards.another")}
            </Button>
          </div>
        </>
      )}
      {!isBound && begun === undefined && <CardForm onBegun={setBegun} />}
      {!isBound && begun !== undefined && (
        <CodeForm
          enrolment={begun.enrolment}
          phone={begun.phone}
          onBound={() => {
            setIsBound(true);
          }}
        />
      )}
    </Page>
  );
}

function CardForm({ onBegun }: { onBegun: (begun: { enrolment: Schemas["EnrolmentView"]; phone: string }) => void }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const { data } = useInstitutions();
  const banks = data?.filter(({ role }) => role === "bank") ?? [];
  const [chosen, setChosen] = useState<string>();
  const [number, setNumber] = useState("");
  const [phone, setPhone] = useState("");
  const institution = chosen ?? banks[0]?.institution ?? "";
  const beginning = useMutation({
    mutationFn: () => beginCard(wallet, { institution, card_number: number, phone }),
    onSuccess: (enrolment) => {
      onBegun({ enrolment, phone });
    },
  });
  return (
    <form
      className="pw-form"
      onSubmit={(event) => {
        event.preventDefault();
        beginning.mutate();
      }}
    >
      <SelectField
        label={t("cards.bank")}
        options={banks.map(({ institution: id, name }) => [id, name])}
        value={institution}
        onChange={setChosen}
      />
      <TextField
        label={t("cards.number")}
        inputMode="numeric"
        autoComplete="cc-number"
        maxLength={32}
        required
        value={number}
        onChange={setNumber}
      />
      <TextField
        label={t("cards.phone")}
        type="tel"
        autoComplete="tel"
        maxLength={32}
        required
        placeholder="+86"
        value={phone}
        onChange={setPhone}
      />
      <p className="pw-hint">{t("cards.numberWhy")}</p>
      <FailureLine error={beginning.error} />
      <Button type="submit" tone="primary" block busy={beginning.isPending} disabled={institution === ""}>
        {t("cards.sendCode")}
      </Button>
    </form>
  );
}

function CodeForm({ enrolment, phone, onBound }: CodeFormProps) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const [code, setCode] = useState("");
  const binding = useMutation({
    mutationFn: () => finishCard(wallet, enrolment, code),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onBound();
    },
  });
  return (
    <form
      className="pw-form"
      onSubmit={(event) => {
        event.preventDefault();
        binding.mutate();
      }}
    >
      <p>{t("cards.codeSent", { phone: enrolment.masked_phone, card: enrolment.masked_card })}</p>
      <OneTimeCode institution={enrolment.institution} address={phone} value={code} onChange={setCode} />
      <FailureLine error={binding.error} />
      <Button type="submit" tone="primary" block busy={binding.isPending}>
        {t("cards.bind")}
      </Button>
    </form>
  );
}

interface CodeFormProps {
  readonly enrolment: Schemas["EnrolmentView"];
  readonly phone: string;
  readonly onBound: () => void;
}
