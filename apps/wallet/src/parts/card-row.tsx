/** A card in a list. */

import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { useLanguage } from "@payport/ui/language";
import { amountText } from "@payport/ui/money";

import { spendableMinor, unitOf } from "./balances.js";
import { useBankName } from "./queries.js";
import type { Card } from "./queries.js";
import { SelectField } from "./select-field.js";

/** The mark of a bank: the first letter of its name, in a colour that is always the same. */
export function BankMark({ institution }: { institution: string }) {
  const name = useBankName()(institution);
  const initial = Array.from(name.replace(/^bank (?:of )?(?:the )?/iu, ""))[0] ?? "";
  const hue = Array.from(institution).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 6, 0);
  return (
    <span className="pw-mark" data-hue={hue} aria-hidden="true">
      {initial.toUpperCase()}
    </span>
  );
}

/** What a card is called: the bank's name, unless its owner chose another. */
export function useCardName(): (card: Card) => string {
  const bankName = useBankName();
  return ({ label, institution }) => (label === institution ? bankName(institution) : label);
}

/** A card, its number as far as it is told, and what it can spend. */
export function CardRow({ card, isHidden = false }: { card: Card; isHidden?: boolean }) {
  const { t } = useTranslation();
  const name = useCardName()(card);
  const isKnown = card.balances !== null || card.deposits !== null;
  return (
    <li>
      <Link className="pw-item" to={`/cards/${card.account}`}>
        <BankMark institution={card.institution} />
        <span className="pw-item-text">
          <span className="pw-item-title">{name}</span>
          <span className="pw-quiet pp-digits">{card.masked_card}</span>
        </span>
        <span className="pw-item-end">
          {isKnown ? (
            <Amount amountMinor={spendableMinor(card, "CNY")} {...unitOf("CNY")} hidden={isHidden} />
          ) : (
            <span className="pw-quiet">{t("cards.unknown")}</span>
          )}
        </span>
      </Link>
    </li>
  );
}

/** Choosing which card is used. */
export function CardChoice({ label, cards, chosen, asset, onChoose }: CardChoiceProps) {
  const { t } = useTranslation();
  const nameOf = useCardName();
  const language = useLanguage();
  const options = cards.map((card): readonly [string, string] => {
    const has = amountText(spendableMinor(card, asset), unitOf(asset), language);
    return [card.account, `${nameOf(card)} ${card.masked_card.slice(-4)} · ${t("pay.has")} ${has}`];
  });
  return <SelectField label={label ?? t("pay.card")} options={options} value={chosen} onChange={onChoose} />;
}

interface CardChoiceProps {
  /** What the choice is called, where it is not the card to pay with. */
  readonly label?: string;
  readonly cards: readonly Card[];
  readonly chosen: string;
  readonly asset: string;
  readonly onChoose: (account: string) => void;
}
