/** One card: what it has, what it is used for, its limits, and the phone number it is paid by. */

import { useState } from "react";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { MaskedName } from "@payport/ui/masked-name";
import { EmptyNotice } from "@payport/ui/notices";
import { Actions, Fact, Facts } from "@payport/ui/sheet";

import { unitOf } from "../parts/balances.js";
import { CardAliases } from "../parts/card-aliases.js";
import { CardLimits } from "../parts/card-limits.js";
import { useCardName } from "../parts/card-row.js";
import { DangerSheet } from "../parts/danger-sheet.js";
import { FailureLine } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { shortAccount } from "../parts/names.js";
import { Block, Page } from "../parts/page.js";
import { useBankName, useCards } from "../parts/queries.js";
import type { Card } from "../parts/queries.js";
import { TextField } from "../parts/text-field.js";
import { useWallet } from "../parts/wallet-context.js";

const PURPOSES = ["pay", "transfer", "receive"] as const;

/** The page. */
export function CardPage() {
  const { t } = useTranslation();
  const { account = "" } = useParams();
  const cards = useCards();
  const nameOf = useCardName();
  const card = cards.data?.find((each) => each.account === account);
  if (card === undefined) {
    return (
      <Page title={t("cards.card")}>{cards.isPending ? <Loading /> : <EmptyNotice title={t("cards.gone")} />}</Page>
    );
  }
  return (
    <Page title={nameOf(card)}>
      <WhatItHas card={card} />
      <Purposes card={card} />
      <CardLimits account={account} />
      <CardAliases account={account} institution={card.institution} />
      <Label card={card} />
      <div className="pp-actions">
        <Removing card={card} />
      </div>
    </Page>
  );
}

function WhatItHas({ card }: { card: Card }) {
  const { t } = useTranslation();
  const bankName = useBankName();
  return (
    <Block>
      <Facts>
        <Fact name={t("pay.bank")}>{bankName(card.institution)}</Fact>
        <Fact name={t("cards.number")}>
          <span className="pp-digits">{card.masked_card}</span>
        </Fact>
        <Fact name={t("cards.holder")}>
          <MaskedName name={card.masked_name} />
        </Fact>
        {card.deposits?.map(({ asset, available_minor: availableMinor }) => (
          <Fact key={asset} name={t("cards.atBank")}>
            <Amount amountMinor={availableMinor} {...unitOf(asset)} />
          </Fact>
        ))}
        {card.balances?.map(({ asset, amount_minor: amountMinor, held_minor: heldMinor }) => (
          <Fact key={asset} name={t("cards.onLedger")}>
            <Amount amountMinor={amountMinor - heldMinor} {...unitOf(asset)} />
          </Fact>
        ))}
        <Fact name={t("find.account")}>
          <span title={card.account}>{shortAccount(card.account)}</span>
        </Fact>
      </Facts>
    </Block>
  );
}

function Purposes({ card }: { card: Card }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const choosing = useMutation({
    mutationFn: (purpose: (typeof PURPOSES)[number]) =>
      wallet.port.put("/v1/cards/defaults/{purpose}", { path: { purpose }, body: { account: card.account } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["cards"] }),
  });
  return (
    <Block title={t("cards.usedFor")}>
      <FailureLine error={choosing.error} />
      {PURPOSES.map((purpose) => (
        <label key={purpose} className="pw-check">
          <input
            type="checkbox"
            checked={card.default_for.includes(purpose)}
            disabled={card.default_for.includes(purpose)}
            onChange={() => {
              choosing.mutate(purpose);
            }}
          />
          <span>{t(`cards.${purpose}`)}</span>
        </label>
      ))}
      <p className="pw-hint">{t("cards.usedForWhy")}</p>
    </Block>
  );
}

function Label({ card }: { card: Card }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const nameOf = useCardName();
  const [label, setLabel] = useState(nameOf(card));
  const naming = useMutation({
    mutationFn: () => wallet.port.patch("/v1/cards/{account}", { path: { account: card.account }, body: { label } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["cards"] }),
  });
  return (
    <Block title={t("cards.label")}>
      <form
        className="pw-form"
        onSubmit={(event) => {
          event.preventDefault();
          naming.mutate();
        }}
      >
        <TextField label={t("cards.labelOf")} maxLength={40} required value={label} onChange={setLabel} />
        <FailureLine error={naming.error} />
        <Button type="submit" block busy={naming.isPending}>
          {t("app.save")}
        </Button>
      </form>
    </Block>
  );
}

function Removing({ card }: { card: Card }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const removing = useMutation({
    mutationFn: () => wallet.port.delete("/v1/cards/{account}", { path: { account: card.account } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate("/cards", { replace: true });
    },
  });
  return (
    <DangerSheet name={t("cards.remove")}>
      {(close) => (
        <>
          <p>{t("cards.removeWhy")}</p>
          <FailureLine error={removing.error} />
          <Actions>
            <Button
              tone="danger"
              busy={removing.isPending}
              onPress={() => {
                removing.mutate();
              }}
            >
              {t("cards.remove")}
            </Button>
            <Button onPress={close}>{t("app.cancel")}</Button>
          </Actions>
        </>
      )}
    </DangerSheet>
  );
}
