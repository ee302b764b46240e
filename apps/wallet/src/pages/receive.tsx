/** Being paid by somebody who scans this phone. */

import { useState } from "react";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Amount } from "@payport/ui/amount";
import { QrCode } from "@payport/ui/qr-code";
import { EmptyNotice } from "@payport/ui/notices";
import { ResultTick } from "@payport/ui/result-tick";

import type { Happening } from "../flows/activity.js";
import { unitOf } from "../parts/balances.js";
import { CardChoice } from "../parts/card-row.js";
import { Failure } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { MoneyField } from "../parts/money-field.js";
import { Page } from "../parts/page.js";
import { useCards } from "../parts/queries.js";
import type { Card } from "../parts/queries.js";
import { useHappenings, useWallet } from "../parts/wallet-context.js";

const ASSET = "CNY";
/** A code has to name somebody in Latin letters; the name its bank knows, masked, stands beside it. */
const NAME = "PAYPORT CUSTOMER";
const CITY = "CHINA";
/** Merchant category of people. */
const PERSON = "0000";

/** The page. */
export function ReceivePage() {
  const { t } = useTranslation();
  const { data } = useCards();
  const [chosen, setChosen] = useState<string>();
  const card =
    data?.find(({ account }) => account === chosen) ??
    data?.find(({ default_for: purposes }) => purposes.includes("receive")) ??
    data?.[0];
  return (
    <Page title={t("home.receive")}>
      {data === undefined && <Loading />}
      {data?.length === 0 && <EmptyNotice title={t("home.noCards")}>{t("home.noCardsWhy")}</EmptyNotice>}
      {data !== undefined && card !== undefined && (
        <>
          <Code card={card} />
          <CardChoice label={t("receive.to")} cards={data} chosen={card.account} asset={ASSET} onChoose={setChosen} />
        </>
      )}
    </Page>
  );
}

function Code({ card }: { card: Card }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [amountMinor, setAmountMinor] = useState(0);
  const [received, setReceived] = useState<Happening>();
  useHappenings((happening) => {
    if (
      happening.account === card.account &&
      happening.kind === "transfer/1" &&
      !happening.sent &&
      happening.outcome === "committed"
    ) {
      setReceived(happening);
    }
  });
  const { account, masked_name: maskedName } = card;
  const code = useQuery({
    queryKey: ["receive", account, amountMinor],
    queryFn: async ({ signal }) => {
      const asked = amountMinor === 0 ? null : amountMinor;
      const who = { name: NAME, local_name: maskedName, city: CITY, country: "CN", category: PERSON };
      const body = { account, ...who, asset: ASSET, amount_minor: asked };
      return (await wallet.port.post("/v1/codes", { body, signal, token: null })) as { readonly text: string };
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return (
    <div className="pw-code">
      <p className="pw-hint">{t("receive.hint")}</p>
      <div className="pw-code-face">
        {code.data === undefined ? <Loading /> : <QrCode text={code.data.text} label={t("receive.label")} />}
      </div>
      {code.isError && <Failure error={code.error} onRetry={() => void code.refetch()} />}
      {received !== undefined && (
        <>
          <ResultTick key={received.id} result="done" title={t("receive.received")} sound />
          <Amount amountMinor={received.amount_minor ?? 0} {...unitOf(received.asset ?? ASSET)} size="display" />
        </>
      )}
      <MoneyField label={t("receive.amount")} asset={ASSET} onChange={setAmountMinor} />
    </div>
  );
}
