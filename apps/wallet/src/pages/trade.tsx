/** Trade: the board of a pair of assets, taking part, one's own offers, and making one. */

import { useState } from "react";

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { Moment } from "@payport/ui/moment";
import { EmptyNotice } from "@payport/ui/notices";
import { Fact, Facts } from "@payport/ui/sheet";

import { cancelOffer, priceMinor, takeOffer } from "../flows/trading.js";
import type { Offer } from "../flows/trading.js";
import { Agreement } from "../parts/agreement.js";
import { unitOf } from "../parts/balances.js";
import { CardChoice } from "../parts/card-row.js";
import { Failure } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { MoneyField } from "../parts/money-field.js";
import { OfferForm, PairChoice } from "../parts/offer-form.js";
import type { Pair } from "../parts/offer-form.js";
import { Block, Page } from "../parts/page.js";
import { useCards } from "../parts/queries.js";
import type { Card } from "../parts/queries.js";
import { useWallet } from "../parts/wallet-context.js";

/** The page. */
export function TradePage() {
  const { t } = useTranslation();
  const { data } = useCards();
  const [pair, setPair] = useState<Pair>();
  if (data === undefined) {
    return (
      <Page title={t("home.trade")}>
        <Loading />
      </Page>
    );
  }
  return (
    <Page title={t("home.trade")}>
      {data.length === 0 ? (
        <EmptyNotice title={t("home.noCards")}>{t("home.noCardsWhy")}</EmptyNotice>
      ) : (
        <>
          <PairChoice cards={data} pair={pair} onChoose={setPair} />
          {pair !== undefined && <BoardBlock pair={pair} cards={data} />}
          <OwnOffers cards={data} />
          {pair !== undefined && <OfferForm key={`${pair.give} ${pair.want}`} cards={data} pair={pair} />}
        </>
      )}
    </Page>
  );
}

function BoardBlock({ pair, cards }: { pair: Pair; cards: readonly Card[] }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [taken, setTaken] = useState<Offer>();
  const board = useQuery({
    queryKey: ["board", pair],
    queryFn: ({ signal }) =>
      // Who wants to give A for B takes offers that give B for A.
      wallet.port.get("/v1/offers", { query: { give_asset: pair.want, want_asset: pair.give }, signal, token: null }),
  });
  return (
    <Block title={t("trade.board")}>
      {board.isError && <Failure error={board.error} onRetry={() => void board.refetch()} />}
      {board.data?.offers.length === 0 && <p className="pw-quiet">{t("trade.empty")}</p>}
      <ul className="pw-list">
        {board.data?.offers.map((offer) => (
          <li key={offer.id} className="pw-item-row">
            <OfferText offer={offer} />
            {!cards.some(({ account }) => account === offer.maker) && (
              <Button
                onPress={() => {
                  setTaken(offer);
                }}
              >
                {t("trade.take")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {taken !== undefined && (
        <Taking
          offer={taken}
          cards={cards}
          onClose={() => {
            setTaken(undefined);
          }}
        />
      )}
    </Block>
  );
}

function OfferText({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  return (
    <span className="pw-item-text">
      <span className="pw-item-title">
        <Amount amountMinor={offer.remaining_minor} {...unitOf(offer.give_asset)} /> {t("trade.for")}{" "}
        <Amount amountMinor={offer.remaining_price_minor} {...unitOf(offer.want_asset)} />
      </span>
      <span className="pw-quiet">
        {t("trade.until")} <Moment atMs={offer.expires_at_ms} form="relative" />
      </span>
    </span>
  );
}

function Taking({ offer, cards, onClose }: { offer: Offer; cards: readonly Card[]; onClose: () => void }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [account, setAccount] = useState(cards[0]?.account ?? "");
  const [takeMinor, setTakeMinor] = useState(offer.remaining_minor);
  return (
    <Agreement
      title={t("trade.take")}
      open
      onClose={onClose}
      onAgreed={() => takeOffer(wallet, account, offer, takeMinor)}
    >
      <div className="pw-form">
        <MoneyField
          label={t("trade.howMuch")}
          asset={offer.give_asset}
          firstMinor={offer.remaining_minor}
          onChange={setTakeMinor}
        />
        <CardChoice cards={cards} chosen={account} asset={offer.want_asset} onChoose={setAccount} />
      </div>
      <Facts>
        <Fact name={t("trade.get")}>
          <Amount amountMinor={takeMinor} {...unitOf(offer.give_asset)} />
        </Fact>
        <Fact name={t("trade.costs")}>
          <Amount amountMinor={priceMinor(offer, takeMinor)} {...unitOf(offer.want_asset)} />
        </Fact>
      </Facts>
    </Agreement>
  );
}

function OwnOffers({ cards }: { cards: readonly Card[] }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [ended, setEnded] = useState<Offer>();
  const accounts = cards.map(({ account }) => account);
  const own = useQuery({
    queryKey: ["offers", accounts],
    queryFn: async () => {
      const query = { state: "open" as const };
      const pages = accounts.map((account) =>
        wallet.port.get("/v1/accounts/{account}/offers", { path: { account }, query }),
      );
      return (await Promise.all(pages)).flatMap(({ offers }) => offers);
    },
  });
  if (own.data === undefined || own.data.length === 0) {
    return null;
  }
  return (
    <Block title={t("trade.own")}>
      <ul className="pw-list">
        {own.data.map((offer) => (
          <li key={offer.id} className="pw-item-row">
            <OfferText offer={offer} />
            <Button
              onPress={() => {
                setEnded(offer);
              }}
            >
              {t("trade.cancel")}
            </Button>
          </li>
        ))}
      </ul>
      {ended !== undefined && (
        <Agreement
          title={t("trade.cancel")}
          open
          onClose={() => {
            setEnded(undefined);
          }}
          onAgreed={() => cancelOffer(wallet, ended)}
        >
          <OfferText offer={ended} />
        </Agreement>
      )}
    </Block>
  );
}
