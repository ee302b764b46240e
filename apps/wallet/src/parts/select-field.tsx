/** A choice from a short list, by the browser's own control. */

import { useId } from "react";

/** What is chosen from. */
export interface SelectFieldProps {
  /** What the choice is called. */
  readonly label: string;
  /** Values with their words, in order. */
  readonly options: readonly (readonly [value: string, words: string])[];
  /** The chosen value. */
  readonly value: string;
  /** Called with another value. */
  readonly onChange: (value: string) => void;
}

/** The field. Its label stands beside it, since one around it would be named by every option as well. */
export function SelectField({ label, options, value, onChange }: SelectFieldProps) {
  const id = useId();
  return (
    <div className="pw-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => {
          onChange(target.value);
        }}
      >
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
