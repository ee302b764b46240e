/** Asking somebody for money: whom, how much, what for. */

import { useState } from "react";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router-dom";

import { AmountKeypad } from "@payport/ui/amount-keypad";
import { MaskedName } from "@payport/ui/masked-name";
import { EmptyNotice } from "@payport/ui/notices";

import type { Target } from "../flows/payees.js";
import { FailureLine } from "../parts/failure.js";
import { shortAccount } from "../parts/names.js";
import { Block, Page } from "../parts/page.js";
import { PayeeFinder } from "../parts/payee-finder.js";
import { useBankName, useCards } from "../parts/queries.js";
import { TextField } from "../parts/text-field.js";
import { useWallet } from "../parts/wallet-context.js";

const WEEK_MS = 7 * 86_400_000;
const MAX_TEXT = 140;

/** The page. */
export function AskPage() {
  const { t } = useTranslation();
  const { data } = useCards();
  const [payer, setPayer] = useState<Target>();
  const card = data?.find(({ default_for: purposes }) => purposes.includes("receive")) ?? data?.[0];
  return (
    <Page title={t("requests.new")}>
      {payer === undefined && <PayeeFinder onFound={setPayer} />}
      {payer !== undefined && card !== undefined && <Asking payer={payer} account={card.account} />}
      {data?.length === 0 && <EmptyNotice title={t("home.noCards")}>{t("home.noCardsWhy")}</EmptyNotice>}
    </Page>
  );
}

function Asking({ payer, account }: { payer: Target; account: string }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const bankName = useBankName();
  const [text, setText] = useState("");
  const asking = useMutation({
    mutationFn: (amountMinor: number) => {
      const expiresAtMs = wallet.clock.now() + WEEK_MS;
      const body = {
        account,
        payer: payer.account,
        amount_minor: amountMinor,
        expires_at_ms: expiresAtMs,
        asset: "CNY",
        text,
      };
      return wallet.port.post("/v1/requests", { body });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["requests"] });
      await navigate("/requests", { replace: true });
    },
  });
  return (
    <>
      <Block>
        <p className="pw-item-title">
          <MaskedName name={payer.name ?? shortAccount(payer.account)} />
        </p>
        <p className="pw-quiet">{bankName(payer.institution)}</p>
      </Block>
      <TextField label={t("requests.text")} maxLength={MAX_TEXT} value={text} onChange={setText} />
      <FailureLine error={asking.error} />
      <AmountKeypad
        asset="CNY"
        confirm={t("requests.ask")}
        busy={asking.isPending}
        onConfirm={(amountMinor) => {
          asking.mutate(amountMinor);
        }}
      />
    </>
  );
}
