/** The limits of the key that signs everyday payments of a card. */

import { useState } from "react";

import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { Fact, Facts, Sheet } from "@payport/ui/sheet";

import { FIRST_LIMITS, setLimits, termsOf } from "../flows/cards.js";
import type { Limits } from "../flows/cards.js";
import { unitOf } from "./balances.js";
import { useLimits } from "./confirm-sheet.js";
import { FailureLine, useReasons } from "./failure.js";
import { MoneyField } from "./money-field.js";
import { Block } from "./page.js";
import { PinCheck } from "./pin-check.js";
import { useWallet } from "./wallet-context.js";

const NAMES = ["per_payment_minor", "daily_minor", "static_daily_minor"] as const;

/** The limits, and a sheet to change them. */
export function CardLimits({ account }: { account: string }) {
  const { t } = useTranslation();
  const limits = useLimits(account);
  const [isOpen, setIsOpen] = useState(false);
  if (limits === undefined) {
    return null;
  }
  return (
    <Block title={t("limits.title")}>
      <Facts>
        {NAMES.map((name) => (
          <Fact key={name} name={t(`limits.${name}`)}>
            <Amount amountMinor={limits[name]} {...unitOf(limits.asset)} />
          </Fact>
        ))}
      </Facts>
      <Button
        block
        onPress={() => {
          setIsOpen(true);
        }}
      >
        {t("limits.change")}
      </Button>
      <Sheet
        title={t("limits.change")}
        open={isOpen}
        onClose={() => {
          setIsOpen(false);
        }}
      >
        <LimitForm
          account={account}
          before={termsOf(limits) ?? FIRST_LIMITS}
          onDone={() => {
            setIsOpen(false);
          }}
        />
      </Sheet>
    </Block>
  );
}

function LimitForm({ account, before, onDone }: { account: string; before: Limits; onDone: () => void }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const reasons = useReasons();
  const [limits, setGiven] = useState(before);
  const [asksPin, setAsksPin] = useState(false);
  const [error, setError] = useState<unknown>();
  const [refused, setRefused] = useState<string>();
  const change = async (pin: string): Promise<void> => {
    await wallet.confirm(pin);
    try {
      const outcome = await setLimits(wallet, account, limits);
      if (outcome.refusal === undefined) {
        await queries.invalidateQueries({ queryKey: ["limits", account] });
        onDone();
      } else {
        setRefused(reasons(outcome.refusal.code, outcome.refusal.title).title);
      }
    } catch (thrown) {
      setError(thrown);
    }
    setAsksPin(false);
  };
  if (asksPin) {
    return <PinCheck title={t("limits.pin")} onPin={change} />;
  }
  return (
    <form
      className="pw-form"
      onSubmit={(event) => {
        event.preventDefault();
        setAsksPin(true);
      }}
    >
      {NAMES.map((name) => (
        <MoneyField
          key={name}
          label={t(`limits.${name}`)}
          asset={limits.asset}
          firstMinor={before[name]}
          onChange={(amountMinor) => {
            setGiven((given) => ({ ...given, [name]: amountMinor }));
          }}
        />
      ))}
      <p className="pw-hint">{t("limits.why")}</p>
      <FailureLine error={error} />
      {refused !== undefined && (
        <p className="pw-error" role="alert">
          {refused}
        </p>
      )}
      <Button type="submit" tone="primary" block>
        {t("app.save")}
      </Button>
    </form>
  );
}
