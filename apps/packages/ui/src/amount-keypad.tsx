/** Typing an amount, on a pad of our own: it works by touch, mouse, keyboard and screen reader. */

import { useId, useState } from "react";
import type { ReactNode } from "react";

import type { Language } from "@payport/ledger-client/sentences";

import { Button } from "./button.js";
import { DeleteFace, Key } from "./key.js";
import { useLanguage, useMessages } from "./language.js";
import type { Messages } from "./messages.js";
import { MAX_AMOUNT_MINOR, amountPieces, amountText, decimalsOf } from "./money.js";
import type { Unit } from "./money.js";
import { grouped, keyOf, press, typeText, typedMinor } from "./typed-amount.js";
import type { AmountBounds, AmountKey, KeyRefusal, Typed } from "./typed-amount.js";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

/** What an amount is typed for. */
export interface AmountKeypadProps extends Unit {
  /** Largest amount in minor units; keys that would pass it are refused. */
  readonly maxMinor?: number;
  /** Called after each key with the minor units; 0 while nothing is typed. */
  readonly onChange?: (amountMinor: number) => void;
  /** Words of the key that confirms. */
  readonly confirm: ReactNode;
  /** Called with more than 0 minor units. */
  readonly onConfirm: (amountMinor: number) => void;
  /** What is confirmed is under way. */
  readonly busy?: boolean;
  /** Take the keyboard's focus when shown. */
  readonly autoFocus?: boolean;
}

/** The amount as it is typed, and its keys. Pasting an amount types it. */
export function AmountKeypad(props: AmountKeypadProps) {
  const { asset, decimals, maxMinor = MAX_AMOUNT_MINOR, onChange, confirm, onConfirm, busy = false } = props;
  const unit = { asset, decimals };
  const bounds = { decimals: decimalsOf(unit), maxMinor: Math.min(maxMinor, MAX_AMOUNT_MINOR) };
  const messages = useMessages();
  const language = useLanguage();
  const [typed, setTyped] = useState<Typed>({ text: "" });
  const name = useId();
  const amountMinor = typedMinor(typed.text, bounds.decimals);
  const become = (next: Typed): void => {
    setTyped(next);
    onChange?.(typedMinor(next.text, bounds.decimals));
  };
  const onKey = (key: AmountKey): void => {
    if (!busy) {
      become(press(typed, key, bounds));
    }
  };
  const agree = (): void => {
    onConfirm(amountMinor);
  };
  return (
    <div
      className="pp-amount-pad"
      role="group"
      aria-labelledby={name}
      tabIndex={-1}
      ref={props.autoFocus === true ? focusOnce : null}
      onKeyDown={(event) => {
        const key = event.ctrlKey || event.metaKey || event.altKey ? undefined : keyOf(event.key);
        if (key !== undefined) {
          event.preventDefault();
          onKey(key);
        } else if (event.key === "Enter" && event.target === event.currentTarget && amountMinor > 0 && !busy) {
          event.preventDefault(); // a sheet that opens now would take the rest of this key press for its first button
          agree();
        }
      }}
      onPaste={(event) => {
        become(typeText(event.clipboardData.getData("text"), bounds));
      }}
    >
      <span id={name} className="pp-unseen">
        {messages.amount}
      </span>
      <TypedAmount typed={typed} unit={unit} amountMinor={amountMinor} />
      <p className="pp-refused-key" role="status">
        {typed.refused !== undefined && whyRefused(typed.refused, messages, bounds, unit, language)}
      </p>
      <AmountKeys decimals={bounds.decimals} onKey={onKey}>
        <Button tone="primary" busy={busy} disabled={amountMinor === 0} onPress={agree}>
          {confirm}
        </Button>
      </AmountKeys>
    </div>
  );
}

function AmountKeys({ decimals, onKey, children }: AmountKeysProps) {
  const messages = useMessages();
  const last: AmountKey = decimals === 0 ? "00" : ".";
  return (
    <div className="pp-keys pp-keys-amount" role="group" aria-label={messages.amountKeys}>
      {[...DIGITS, last, "0" as const].map((key) => (
        <Key
          key={key}
          area={key === "0" ? "zero" : key === last ? "last" : `d${key}`}
          {...(key === "." ? { label: messages.point } : {})}
          onPress={() => {
            onKey(key);
          }}
        >
          {key}
        </Key>
      ))}
      <Key
        area="delete"
        label={messages.deleteLast}
        onPress={() => {
          onKey("delete");
        }}
      >
        <DeleteFace />
      </Key>
      <div className="pp-keys-confirm">{children}</div>
    </div>
  );
}

interface AmountKeysProps {
  /** Digits after the point. */
  readonly decimals: number;
  /** Called with each key. */
  readonly onKey: (key: AmountKey) => void;
  /** The key that confirms. */
  readonly children: ReactNode;
}

function TypedAmount({ typed, unit, amountMinor }: { typed: Typed; unit: Unit; amountMinor: number }) {
  const language = useLanguage();
  const pieces = amountPieces(0, unit, language);
  const symbol = pieces
    .filter(({ kind }) => kind === "symbol")
    .map(({ text }) => text.trim())
    .join("");
  const isSymbolLast = pieces.at(-1)?.kind === "symbol";
  const shown = grouped(typed.text);
  const face = <span className="pp-amount-symbol">{symbol}</span>;
  return (
    <p className="pp-typed" data-shrunk={Math.floor(Math.max(0, shown.length + symbol.length - 8) / 4)}>
      <span aria-hidden="true" className={typed.text === "" ? "pp-typed-none" : undefined}>
        {!isSymbolLast && face}
        {shown}
        <span className="pp-caret" />
        {isSymbolLast && face}
      </span>
      <span className="pp-unseen" aria-live="polite">
        {amountText(amountMinor, unit, language)}
      </span>
    </p>
  );
}

function whyRefused(
  refused: KeyRefusal,
  messages: Messages,
  { decimals, maxMinor }: AmountBounds,
  unit: Unit,
  language: Language,
): string {
  switch (refused) {
    case "over_limit":
      return messages.overLimit(amountText(maxMinor, unit, language));
    case "too_many_decimals":
      return messages.tooManyDecimals(decimals);
    case "no_decimals":
      return messages.noDecimals;
  }
}

function focusOnce(element: HTMLElement | null): void {
  element?.focus();
}
