/** Home: what all cards have together, what can be done, the cards, what happened last. */

import { useState } from "react";

import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { EmptyNotice } from "@payport/ui/notices";

import { heldBy, unitOf } from "../parts/balances.js";
import { CardRow } from "../parts/card-row.js";
import { Failure } from "../parts/failure.js";
import { HappeningRow } from "../parts/happening-row.js";
import { Icon } from "../parts/icons.js";
import type { IconName } from "../parts/icons.js";
import { Loading } from "../parts/loading.js";
import { Block } from "../parts/page.js";
import { useActivity, useCards, useRequests } from "../parts/queries.js";
import { UnderWay } from "../parts/under-way.js";

const HIDDEN = "payport-hidden";
const LAST = 5;

const ACTIONS: readonly (readonly [
  string,
  IconName,
  "scan" | "code" | "transfer" | "request" | "receive" | "trade",
])[] = [
  ["/scan", "scan", "scan"],
  ["/pay-code", "code", "code"],
  ["/transfer", "transfer", "transfer"],
  ["/requests", "request", "request"],
  ["/receive", "receive", "receive"],
  ["/trade", "trade", "trade"],
];

/** The first page of an open wallet. */
export function HomePage() {
  const { t } = useTranslation();
  const cards = useCards();
  const [isHidden, setIsHidden] = useState(() => localStorage.getItem(HIDDEN) === "1");
  const hide = (): void => {
    localStorage.setItem(HIDDEN, isHidden ? "0" : "1");
    setIsHidden(!isHidden);
  };
  return (
    <main className="pw-main pw-home">
      <h1 className="pp-unseen">{t("app.name")}</h1>
      <Total isHidden={isHidden} onHide={hide} />
      <nav className="pw-actions" aria-label={t("home.actions")}>
        {ACTIONS.map(([to, icon, name]) => (
          <Link key={to} to={to}>
            <Icon name={icon} size={28} />
            <span>{t(`home.${name}`)}</span>
            {name === "request" && <OpenRequests />}
          </Link>
        ))}
      </nav>
      <UnderWay />
      <Block title={t("home.cards")}>
        {cards.data === undefined &&
          (cards.isError ? <Failure error={cards.error} onRetry={() => void cards.refetch()} /> : <Loading />)}
        {cards.data?.length === 0 && (
          <EmptyNotice
            title={t("home.noCards")}
            actions={
              <Link className="pp-button pp-button-primary" to="/cards/new">
                {t("cards.add")}
              </Link>
            }
          >
            {t("home.noCardsWhy")}
          </EmptyNotice>
        )}
        <ul className="pw-list">
          {cards.data?.map((card) => (
            <CardRow key={card.account} card={card} isHidden={isHidden} />
          ))}
        </ul>
      </Block>
      <LastHappenings isHidden={isHidden} />
    </main>
  );
}

function Total({ isHidden, onHide }: { isHidden: boolean; onHide: () => void }) {
  const { t } = useTranslation();
  const { data } = useCards();
  const [first, ...others] = heldBy(data ?? []);
  const total = first ?? { asset: "CNY", spendableMinor: 0, heldMinor: 0 };
  return (
    <section className="pw-total" aria-label={t("home.total")}>
      <button
        type="button"
        className="pw-total-button"
        aria-pressed={isHidden}
        aria-label={t("home.hide")}
        onClick={onHide}
      >
        {t("home.total")} <Icon name={isHidden ? "hidden" : "eye"} size={20} />
      </button>
      <p className="pw-total-amount">
        {data === undefined ? (
          <span aria-label={t("app.loading")}>—</span>
        ) : (
          <Amount amountMinor={total.spendableMinor} {...unitOf(total.asset)} hidden={isHidden} size="display" />
        )}
      </p>
      {total.heldMinor > 0 && (
        <p className="pw-total-more">
          {t("home.held")} <Amount amountMinor={total.heldMinor} {...unitOf(total.asset)} hidden={isHidden} />
        </p>
      )}
      {others.map(({ asset, spendableMinor }) => (
        <p key={asset} className="pw-total-more">
          <Amount amountMinor={spendableMinor} {...unitOf(asset)} hidden={isHidden} />
        </p>
      ))}
    </section>
  );
}

function OpenRequests() {
  const { t } = useTranslation();
  const { data } = useRequests("received");
  const count = data?.filter(({ state }) => state === "open").length ?? 0;
  return count === 0 ? null : (
    <span className="pw-badge">
      {count}
      <span className="pp-unseen"> {t("home.openRequests")}</span>
    </span>
  );
}

function LastHappenings({ isHidden }: { isHidden: boolean }) {
  const { t } = useTranslation();
  const { data } = useActivity();
  const last = data?.pages.flatMap(({ happenings }) => happenings).slice(0, LAST) ?? [];
  if (last.length === 0) {
    return null;
  }
  return (
    <Block title={t("home.last")}>
      <ul className="pw-list">
        {last.map((each) => (
          <HappeningRow key={`${each.account}${each.id}`} happening={each} isHidden={isHidden} />
        ))}
      </ul>
    </Block>
  );
}
