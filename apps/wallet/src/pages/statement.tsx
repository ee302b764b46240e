/** Statements: a month of a card as a table for spreadsheets, or as a file that proves each line and that none is missing. */

import { useState } from "react";

import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { utf8 } from "@payport/ledger-client/bytes";
import { Button } from "@payport/ui/button";
import { monthName } from "@payport/ui/dates";
import { useLanguage } from "@payport/ui/language";
import { EmptyNotice } from "@payport/ui/notices";

import { lastMonths } from "../flows/activity.js";
import { CardChoice } from "../parts/card-row.js";
import { FailureLine } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { Page } from "../parts/page.js";
import { useCards } from "../parts/queries.js";
import type { Card } from "../parts/queries.js";
import { saveFile } from "../parts/save-file.js";
import { SelectField } from "../parts/select-field.js";
import { useWallet } from "../parts/wallet-context.js";

const MONTHS = 12;
const ASSET = "CNY";

/** The page. */
export function StatementPage() {
  const { t } = useTranslation();
  const { data } = useCards();
  return (
    <Page title={t("statement.title")}>
      {data === undefined && <Loading />}
      {data?.length === 0 && <EmptyNotice title={t("home.noCards")}>{t("home.noCardsWhy")}</EmptyNotice>}
      {data !== undefined && data.length > 0 && <StatementForm cards={data} />}
    </Page>
  );
}

function StatementForm({ cards }: { cards: readonly Card[] }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const language = useLanguage();
  const months = lastMonths(MONTHS).reverse();
  const [account, setAccount] = useState(cards[0]?.account ?? "");
  const [month, setMonth] = useState(months[0] ?? "");
  const saving = useMutation({
    mutationFn: async (form: "table" | "proof") => {
      const call = { path: { account }, query: { asset: ASSET, ...boundsOf(month) } };
      if (form === "table") {
        const table = await wallet.port.get("/v1/accounts/{account}/statement/csv", call);
        saveFile(typeof table === "string" ? utf8(table) : table, `statement-${month}.csv`, "text/csv");
      } else {
        const proof = await wallet.port.get("/v1/accounts/{account}/statement/proof", call);
        saveFile(proof, `statement-${month}.payport`);
      }
    },
  });
  return (
    <div className="pw-form">
      <CardChoice label={t("cards.card")} cards={cards} chosen={account} asset={ASSET} onChoose={setAccount} />
      <SelectField
        label={t("statement.month")}
        options={months.map((each) => [each, monthName(each, language, "long")])}
        value={month}
        onChange={setMonth}
      />
      <p className="pw-hint">{t("statement.why")}</p>
      <FailureLine error={saving.error} />
      <Button
        tone="primary"
        block
        busy={saving.isPending}
        onPress={() => {
          saving.mutate("table");
        }}
      >
        {t("statement.table")}
      </Button>
      <Button
        block
        busy={saving.isPending}
        onPress={() => {
          saving.mutate("proof");
        }}
      >
        {t("statement.proof")}
      </Button>
    </div>
  );
}

function boundsOf(month: string): { from_ms: number; until_ms: number } {
  const from = new Date(`${month}-01T00:00:00`);
  return { from_ms: from.getTime(), until_ms: new Date(from.getFullYear(), from.getMonth() + 1, 1).getTime() };
}
