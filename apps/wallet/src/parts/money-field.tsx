/** A field for an amount among other fields; the keypad is for pages that are about one amount. */

import { useState } from "react";

import { MAX_AMOUNT_MINOR, decimalText, decimalsOf } from "@payport/ui/money";
import { typeText, typedMinor } from "@payport/ui/typed-amount";

import { unitOf } from "./balances.js";

/** What is typed, in minor units of an asset. */
export interface MoneyFieldProps {
  /** What the field is called. */
  readonly label: string;
  /** Asset. */
  readonly asset: string;
  /** What it begins with. */
  readonly firstMinor?: number;
  /** Called with what is typed; 0 while nothing is. */
  readonly onChange: (amountMinor: number) => void;
}

/** The field. What cannot be typed, such as a third decimal, is not taken. */
export function MoneyField({ label, asset, firstMinor, onChange }: MoneyFieldProps) {
  const unit = unitOf(asset);
  const bounds = { decimals: decimalsOf(unit), maxMinor: MAX_AMOUNT_MINOR };
  const [text, setText] = useState(firstMinor === undefined ? "" : decimalText(firstMinor, bounds.decimals));
  return (
    <label className="pw-field">
      <span>
        {label} ({unit.asset})
      </span>
      <input
        type="text"
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={({ target }) => {
          const typed = typeText(target.value, bounds);
          setText(typed.text);
          onChange(typedMinor(typed.text, bounds.decimals));
        }}
      />
    </label>
  );
}
