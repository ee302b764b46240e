/** Paying somebody who was found: the amount, the card, what is agreed to, the PIN. */

import { useState } from "react";

import { useTranslation } from "react-i18next";
import { Navigate, useLocation, useNavigate } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { AmountKeypad } from "@payport/ui/amount-keypad";
import { Button } from "@payport/ui/button";
import { useLanguage } from "@payport/ui/language";
import { MaskedName } from "@payport/ui/masked-name";
import { EmptyNotice } from "@payport/ui/notices";

import type { Target } from "../flows/payees.js";
import { unitOf } from "../parts/balances.js";
import { BankMark, CardChoice } from "../parts/card-row.js";
import { ConfirmSheet } from "../parts/confirm-sheet.js";
import { Loading } from "../parts/loading.js";
import { shortAccount } from "../parts/names.js";
import { Block, Page } from "../parts/page.js";
import { useBankName, useCards } from "../parts/queries.js";
import type { Card } from "../parts/queries.js";

/** Return what a payee is called here. */
export function usePayeeName(): (target: Target) => string {
  const language = useLanguage();
  return ({ name, localName, account }) => (language === "zh" ? (localName ?? name) : name) ?? shortAccount(account);
}

/** The page of one payment. */
export function PayPage() {
  const { t } = useTranslation();
  const state: unknown = useLocation().state;
  const cards = useCards();
  if (typeof state !== "object" || state === null || !("target" in state)) {
    return <Navigate to="/" replace />;
  }
  const target = state.target as Target;
  const usable = cards.data?.filter(({ account }) => account !== target.account);
  return (
    <Page title={target.verb === "purchase" ? t("pay.title") : t("pay.send")}>
      {usable === undefined && <Loading />}
      {usable?.length === 0 && <EmptyNotice title={t("home.noCards")}>{t("home.noCardsWhy")}</EmptyNotice>}
      {usable !== undefined && usable.length > 0 && <Payment target={target} cards={usable} />}
    </Page>
  );
}

function Payment({ target, cards }: { target: Target; cards: readonly Card[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const purpose = target.verb === "purchase" ? "pay" : "transfer";
  const first = cards.find((card) => card.default_for.includes(purpose)) ?? cards[0];
  const [account, setAccount] = useState(first?.account ?? "");
  const [amountMinor, setAmountMinor] = useState(target.amountMinor ?? 0);
  const [isAsked, setIsAsked] = useState(false);
  const card = cards.find((each) => each.account === account);
  const confirm = (given: number): void => {
    setAmountMinor(given);
    setIsAsked(true);
  };
  return (
    <>
      <Payee target={target} />
      <CardChoice cards={cards} chosen={account} asset={target.asset} onChoose={setAccount} />
      {target.amountMinor === null ? (
        <AmountKeypad {...unitOf(target.asset)} confirm={t("pay.next")} onConfirm={confirm} autoFocus />
      ) : (
        <FixedAmount target={target} amountMinor={target.amountMinor} onConfirm={confirm} />
      )}
      {card !== undefined && (
        <ConfirmSheet
          open={isAsked}
          target={target}
          amountMinor={amountMinor}
          card={card}
          onClose={() => {
            setIsAsked(false);
          }}
          onMade={(id) => void navigate(`/result/${id}`, { replace: true })}
        />
      )}
    </>
  );
}

function FixedAmount({ target, amountMinor, onConfirm }: FixedAmountProps) {
  const { t } = useTranslation();
  return (
    <div className="pw-fixed">
      <Amount amountMinor={amountMinor} {...unitOf(target.asset)} size="display" />
      <Button
        tone="primary"
        block
        onPress={() => {
          onConfirm(amountMinor);
        }}
      >
        {t("pay.next")}
      </Button>
    </div>
  );
}

interface FixedAmountProps {
  readonly target: Target;
  readonly amountMinor: number;
  readonly onConfirm: (amountMinor: number) => void;
}

function Payee({ target }: { target: Target }) {
  const { t } = useTranslation();
  const bank = useBankName()(target.institution);
  const name = usePayeeName()(target);
  return (
    <Block>
      <div className="pw-item">
        <BankMark institution={target.institution} />
        <span className="pw-item-text">
          <span className="pw-item-title">
            <MaskedName name={name} />
          </span>
          <span className="pw-quiet">
            {bank}
            {target.by !== null && ` · ${target.by}`}
          </span>
        </span>
      </div>
      {target.verb === "transfer" && target.name !== null && <p className="pw-hint">{t("pay.checkName")}</p>}
    </Block>
  );
}
