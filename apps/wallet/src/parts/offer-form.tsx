/** Choosing what is given for what, and making an offer of it. */

import { useId, useState } from "react";

import { useTranslation } from "react-i18next";

import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { Fact, Facts } from "@payport/ui/sheet";

import { makeOffer } from "../flows/trading.js";
import { Agreement } from "./agreement.js";
import { heldBy, unitOf } from "./balances.js";
import { CardChoice } from "./card-row.js";
import { MoneyField } from "./money-field.js";
import { Block } from "./page.js";
import type { Card } from "./queries.js";
import { TextField } from "./text-field.js";
import { useWallet } from "./wallet-context.js";

/** What somebody gives for what. */
export interface Pair {
  /** Asset given. */
  readonly give: string;
  /** Asset wanted. */
  readonly want: string;
}

const ASSET = /^(?:[A-Z]{3}|[a-z][a-z0-9-]{1,15}:[A-Z0-9]{1,12})$/u;

/** Two fields with the assets the customer has as suggestions. */
export function PairChoice({
  cards,
  pair,
  onChoose,
}: {
  cards: readonly Card[];
  pair: Pair | undefined;
  onChoose: (pair: Pair) => void;
}) {
  const { t } = useTranslation();
  const list = useId();
  const [give, setGive] = useState(pair?.give ?? "CNY");
  const [want, setWant] = useState(pair?.want ?? "");
  const isPair = ASSET.test(give) && ASSET.test(want) && give !== want;
  return (
    <form
      className="pw-form"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose({ give, want });
      }}
    >
      <datalist id={list}>
        {heldBy(cards).map(({ asset }) => (
          <option key={asset} value={asset} />
        ))}
      </datalist>
      <TextField
        label={t("trade.give")}
        list={list}
        value={give}
        onChange={(typed) => {
          setGive(typed.trim());
        }}
      />
      <TextField
        label={t("trade.want")}
        list={list}
        value={want}
        placeholder="bank-east:POINTS"
        onChange={(typed) => {
          setWant(typed.trim());
        }}
      />
      <Button type="submit" tone="primary" block disabled={!isPair}>
        {t("trade.show")}
      </Button>
    </form>
  );
}

/** An offer to anyone. */
export function OfferForm({ cards, pair }: { cards: readonly Card[]; pair: Pair }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [account, setAccount] = useState(cards[0]?.account ?? "");
  const [giveMinor, setGiveMinor] = useState(0);
  const [wantMinor, setWantMinor] = useState(0);
  const [isOpen, setIsOpen] = useState(false);
  const terms = { give_asset: pair.give, give_minor: giveMinor, want_asset: pair.want, want_minor: wantMinor };
  return (
    <Block title={t("trade.offer")}>
      <form
        className="pw-form"
        onSubmit={(event) => {
          event.preventDefault();
          setIsOpen(true);
        }}
      >
        <MoneyField label={t("trade.give")} asset={pair.give} onChange={setGiveMinor} />
        <MoneyField label={t("trade.want")} asset={pair.want} onChange={setWantMinor} />
        <CardChoice label={t("cards.card")} cards={cards} chosen={account} asset={pair.give} onChoose={setAccount} />
        <p className="pw-hint">{t("trade.offerWhy")}</p>
        <Button type="submit" block disabled={giveMinor === 0 || wantMinor === 0}>
          {t("trade.offer")}
        </Button>
      </form>
      <Agreement
        title={t("trade.offer")}
        open={isOpen}
        onClose={() => {
          setIsOpen(false);
        }}
        onAgreed={() => makeOffer(wallet, account, terms)}
      >
        <Facts>
          <Fact name={t("trade.give")}>
            <Amount amountMinor={giveMinor} {...unitOf(pair.give)} />
          </Fact>
          <Fact name={t("trade.want")}>
            <Amount amountMinor={wantMinor} {...unitOf(pair.want)} />
          </Fact>
        </Facts>
      </Agreement>
    </Block>
  );
}
