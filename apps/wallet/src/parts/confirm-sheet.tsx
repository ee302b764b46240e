/** The sheet on which a payment is agreed to: what it is, then the PIN. */

import { useEffect, useState } from "react";

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { wakeSound } from "@payport/ui/chime";
import { MaskedName } from "@payport/ui/masked-name";
import { Actions, Fact, Facts, Sheet } from "@payport/ui/sheet";

import type { Target } from "../flows/payees.js";
import { pay } from "../flows/paying.js";
import { usePayeeName } from "../pages/pay.js";
import { unitOf } from "./balances.js";
import { useCardName } from "./card-row.js";
import { FailureLine } from "./failure.js";
import { PinCheck } from "./pin-check.js";
import { useBankName } from "./queries.js";
import type { Card } from "./queries.js";
import { useWallet } from "./wallet-context.js";

/** What is agreed to. */
export interface ConfirmSheetProps {
  /** Whether it is shown. */
  readonly open: boolean;
  /** Who is paid. */
  readonly target: Target;
  /** How much, in minor units. */
  readonly amountMinor: number;
  /** Card that pays. */
  readonly card: Card;
  /** Called when the person goes back. */
  readonly onClose: () => void;
  /** Called with the id once the payment is signed and kept. */
  readonly onMade: (id: string) => void;
}

/** The sheet. The PIN is asked for each payment. */
export function ConfirmSheet({ open, target, amountMinor, card, onClose, onMade }: ConfirmSheetProps) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const payee = usePayeeName()(target);
  const [asksPin, setAsksPin] = useState(false);
  const [error, setError] = useState<unknown>();
  const close = (): void => {
    setAsksPin(false);
    setError(undefined);
    onClose();
  };
  useEffect(() => {
    if (open) {
      void import("../pages/result.js"); // so that it is there when the answer is
    }
  }, [open]);
  const agree = async (pin: string): Promise<void> => {
    await wallet.confirm(pin);
    pay(wallet, { target, account: card.account, amountMinor, payee }, onMade).catch((thrown: unknown) => {
      setAsksPin(false);
      setError(thrown);
    });
  };
  return (
    <Sheet title={t("pay.confirm")} open={open} onClose={close}>
      <p className="pw-sheet-amount">
        <Amount amountMinor={amountMinor} {...unitOf(target.asset)} size="display" />
      </p>
      {asksPin ? (
        <PinCheck title={t("pay.pin")} onPin={agree} />
      ) : (
        <>
          <AgreedFacts target={target} payee={payee} card={card} />
          <FailureLine error={error} />
          <Actions>
            <Button
              tone="primary"
              onPress={() => {
                wakeSound();
                setAsksPin(true);
              }}
            >
              {t("pay.agree")}
            </Button>
          </Actions>
        </>
      )}
    </Sheet>
  );
}

function AgreedFacts({ target, payee, card }: { target: Target; payee: string; card: Card }) {
  const { t } = useTranslation();
  const bankName = useBankName();
  const cardName = useCardName();
  return (
    <Facts>
      <Fact name={t("pay.to")}>
        <MaskedName name={payee} />
      </Fact>
      <Fact name={t("pay.bank")}>{bankName(target.institution)}</Fact>
      <Fact name={t("pay.from")}>
        {cardName(card)} {card.masked_card.slice(-4)}
      </Fact>
      <Fact name={t("pay.fee")}>{t("pay.noFee")}</Fact>
      <LimitFact
        account={card.account}
        asset={target.asset}
        isStatic={target.verb === "purchase" && target.order === null}
      />
    </Facts>
  );
}

function LimitFact({ account, asset, isStatic }: { account: string; asset: string; isStatic: boolean }) {
  const { t } = useTranslation();
  const limits = useLimits(account);
  if (limits?.asset !== asset) {
    return null;
  }
  // A payment to a code without an order counts against two sums of the day; the smaller rest is what it may be.
  const leftMinor = isStatic ? limits.static_daily_left_minor : limits.daily_left_minor;
  return (
    <Fact name={t("pay.limitLeft")}>
      <Amount amountMinor={Math.min(leftMinor, limits.per_payment_minor)} {...unitOf(asset)} />
    </Fact>
  );
}

/** Return the limits of the key of this phone that signs for an account; undefined while they are not known. */
export function useLimits(account: string) {
  const wallet = useWallet();
  const { data } = useQuery({
    queryKey: ["limits", account],
    queryFn: async ({ signal }) => {
      const { session } = await wallet.card(account);
      const keys = await wallet.port.get("/v1/accounts/{account}/keys", { path: { account }, signal });
      return keys.find(({ public_key: publicKey }) => publicKey === session?.publicKey)?.limits ?? null;
    },
  });
  return data ?? undefined;
}
