/** A sum of money on the screen. */

import { useLanguage, useMessages } from "./language.js";
import { amountPieces } from "./money.js";
import type { Signs, Unit } from "./money.js";

const SHRINKS_FROM = [10, 14, 18];

/** What an amount shows. */
export interface AmountProps extends Unit {
  /** In minor units; may be negative. */
  readonly amountMinor: number;
  /** Which signs are written. */
  readonly signs?: Signs;
  /** Show that there is an amount, without telling it. */
  readonly hidden?: boolean;
  /** `display` is for the one amount a page is about: large, and smaller the longer it is. On a small screen it breaks after a thousand. */
  readonly size?: "text" | "display";
}

/** An amount, with cents and symbol set smaller in the large size. */
export function Amount({ amountMinor, asset, decimals, signs, hidden = false, size = "text" }: AmountProps) {
  const language = useLanguage();
  const { amountHidden } = useMessages();
  if (hidden) {
    return (
      <span className={`pp-amount pp-amount-${size}`}>
        <span aria-hidden="true">••••••</span>
        <span className="pp-unseen">{amountHidden}</span>
      </span>
    );
  }
  const pieces = amountPieces(amountMinor, { asset, decimals }, language, signs);
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  const shrunk = SHRINKS_FROM.filter((from) => length > from).length;
  return (
    <span className={`pp-amount pp-amount-${size}`} data-shrunk={shrunk}>
      {pieces.map(({ kind, text }, index) => (
        <span key={index} className={`pp-amount-${kind}`}>
          {text}
          {size === "display" && kind === "major" && !/\d/u.test(text) && <wbr />}
        </span>
      ))}
    </span>
  );
}
