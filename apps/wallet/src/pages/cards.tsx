/** The cards of all banks. */

import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { EmptyNotice } from "@payport/ui/notices";

import { CardRow } from "../parts/card-row.js";
import { Failure } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { Block, Page } from "../parts/page.js";
import { useCards } from "../parts/queries.js";

/** The list. */
export function CardsPage() {
  const { t } = useTranslation();
  const cards = useCards();
  return (
    <Page title={t("bar.cards")} back={false}>
      <Block>
        {cards.data === undefined &&
          (cards.isError ? <Failure error={cards.error} onRetry={() => void cards.refetch()} /> : <Loading />)}
        {cards.data?.length === 0 && <EmptyNotice title={t("home.noCards")}>{t("home.noCardsWhy")}</EmptyNotice>}
        <ul className="pw-list">
          {cards.data?.map((card) => (
            <CardRow key={card.account} card={card} />
          ))}
        </ul>
      </Block>
      <div className="pp-actions">
        <Link className="pp-button pp-button-primary" to="/cards/new">
          {t("cards.add")}
        </Link>
      </div>
    </Page>
  );
}
