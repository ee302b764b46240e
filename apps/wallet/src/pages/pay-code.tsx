/** The pay code: signed on this phone, offline if need be, drawn anew every 25 seconds, and "paid" when it was charged. */

import { useEffect, useState } from "react";

import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { wakeSound } from "@payport/ui/chime";
import { Countdown } from "@payport/ui/countdown";
import { DigitsCode } from "@payport/ui/digits-code";
import { EmptyNotice } from "@payport/ui/notices";
import { QrCode } from "@payport/ui/qr-code";
import { ResultTick } from "@payport/ui/result-tick";

import type { Happening } from "../flows/activity.js";
import { REFRESH_MS, showCode, showDigits } from "../flows/pay-codes.js";
import type { ShownCode } from "../flows/pay-codes.js";
import { unitOf } from "../parts/balances.js";
import { CardChoice } from "../parts/card-row.js";
import { useLimits } from "../parts/confirm-sheet.js";
import { FailureLine } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { Page } from "../parts/page.js";
import { useCards, useOnline } from "../parts/queries.js";
import type { Card } from "../parts/queries.js";
import { useHappenings, useWallet } from "../parts/wallet-context.js";

const ASSET = "CNY";
/** What a code allows where the key's own limit is not known, as when offline; the ledger holds the key to it all the same. */
const OFFLINE_CAP_MINOR = 500_000;

/** The page. */
export function PayCodePage() {
  const { t } = useTranslation();
  const { data } = useCards();
  const [chosen, setChosen] = useState<string>();
  const [paid, setPaid] = useState<Happening>();
  const usual = data?.find((card) => card.default_for.includes("pay")) ?? data?.[0];
  const account = chosen ?? usual?.account;
  useHappenings((happening) => {
    if (happening.kind === "charge/1" && happening.outcome === "committed" && !happening.sent) {
      setPaid(happening);
    }
  });
  if (data !== undefined && account === undefined) {
    return (
      <Page title={t("code.title")}>
        <EmptyNotice title={t("home.noCards")}>{t("home.noCardsWhy")}</EmptyNotice>
      </Page>
    );
  }
  return (
    <Page title={t("code.title")}>
      {paid !== undefined && (
        <Paid
          happening={paid}
          onNext={() => {
            setPaid(undefined);
          }}
        />
      )}
      {paid === undefined &&
        (data === undefined || account === undefined ? (
          <Loading />
        ) : (
          <Shown cards={data} account={account} onChoose={setChosen} />
        ))}
    </Page>
  );
}

function Shown({
  cards,
  account,
  onChoose,
}: {
  cards: readonly Card[];
  account: string;
  onChoose: (chosen: string) => void;
}) {
  const { t } = useTranslation();
  const capMinor = useLimits(account)?.per_payment_minor ?? OFFLINE_CAP_MINOR;
  const { code, error, renew } = useCode(account, capMinor);
  return (
    <div className="pw-code">
      <p className="pw-hint">{t("code.hint")}</p>
      <div className="pw-code-face">
        {code === undefined ? <Loading /> : <QrCode text={code.text} label={t("code.label")} errorCorrection="L" />}
      </div>
      {code !== undefined && (
        <p className="pw-row">
          <Countdown key={code.text} untilMs={code.refreshAtMs} totalMs={REFRESH_MS} onEnd={renew} />
          <Button
            onPress={() => {
              wakeSound();
              renew();
            }}
          >
            {t("code.renew")}
          </Button>
        </p>
      )}
      <FailureLine error={error} />
      {code !== undefined && <Digits key={code.text} account={account} capMinor={capMinor} />}
      <CardChoice cards={cards} chosen={account} asset={ASSET} onChoose={onChoose} />
      <Reach card={cards.find((card) => card.account === account)} capMinor={capMinor} />
    </div>
  );
}

/** How much a till can charge: up to the limit, of what is on the ledger. The bank funds payments the phone sends, and no charges. */
function Reach({ card, capMinor }: { card: Card | undefined; capMinor: number }) {
  const { t } = useTranslation();
  const held = card?.balances?.find(({ asset }) => asset === ASSET);
  const onLedgerMinor = held === undefined ? 0 : held.amount_minor - held.held_minor;
  return (
    <p className="pw-hint">
      {t("code.cap")} <Amount amountMinor={capMinor} {...unitOf(ASSET)} />
      <br />
      {card?.balances !== null && (
        <>
          {t("code.onLedger")} <Amount amountMinor={onLedgerMinor} {...unitOf(ASSET)} />
        </>
      )}
    </p>
  );
}

function useCode(account: string, capMinor: number) {
  const wallet = useWallet();
  const [round, setRound] = useState(0);
  const [code, setCode] = useState<ShownCode>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let isWanted = true;
    showCode(wallet, { account, asset: ASSET, capMinor }).then(
      (made) => {
        if (isWanted) {
          setCode(made);
          setError(undefined);
        }
      },
      (thrown: unknown) => {
        if (isWanted) {
          setCode(undefined);
          setError(thrown);
        }
      },
    );
    return () => {
      isWanted = false;
    };
  }, [wallet, account, capMinor, round]);
  const renew = (): void => {
    setRound((before) => before + 1);
  };
  return { code, error, renew };
}

/** The digits, once the bank holds what they stand for; they need a network. */
function Digits({ account, capMinor }: { account: string; capMinor: number }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const online = useOnline();
  const [digits, setDigits] = useState<string>();
  useEffect(() => {
    const leaving = new AbortController();
    if (online) {
      showDigits(wallet, { account, asset: ASSET, capMinor }, leaving.signal).then(setDigits, () => {
        setDigits(undefined); // the drawn code works without them
      });
    }
    return () => {
      leaving.abort();
    };
  }, [wallet, online, account, capMinor]);
  if (!online) {
    return <p className="pw-hint">{t("code.offline")}</p>;
  }
  return (
    <div className="pw-digits">{digits !== undefined && <DigitsCode digits={digits} label={t("code.digits")} />}</div>
  );
}

function Paid({ happening, onNext }: { happening: Happening; onNext: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { account, id, asset, amount_minor: amountMinor } = happening;
  return (
    <>
      <ResultTick result="done" title={t("result.paid")} sound />
      {asset !== null && amountMinor !== null && (
        <p className="pw-sheet-amount">
          <Amount amountMinor={amountMinor} {...unitOf(asset)} size="display" />
        </p>
      )}
      <div className="pp-actions">
        <Button tone="primary" onPress={() => void navigate("/")}>
          {t("app.done")}
        </Button>
        <Link className="pp-button pp-button-plain" to={`/receipt/${account}/${id}`}>
          {t("result.receipt")}
        </Link>
        <Button onPress={onNext}>{t("code.another")}</Button>
      </div>
    </>
  );
}
