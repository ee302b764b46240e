/** A field for a line of text. */

import type { InputHTMLAttributes } from "react";

/** What is typed, and how the phone's keyboard helps. */
export interface TextFieldProps extends Pick<
  InputHTMLAttributes<HTMLInputElement>,
  "type" | "inputMode" | "autoComplete" | "maxLength" | "required" | "placeholder" | "list" | "aria-describedby"
> {
  /** What the field is called. */
  readonly label: string;
  /** What is typed so far. */
  readonly value: string;
  /** Called with what is typed then. */
  readonly onChange: (value: string) => void;
}

/** The field. Nothing in it is corrected or begun with a capital: it takes names, numbers and codes. */
export function TextField({ label, value, onChange, ...input }: TextFieldProps) {
  return (
    <label className="pw-field">
      <span>{label}</span>
      <input
        type="text"
        autoCapitalize="off"
        spellCheck={false}
        {...input}
        value={value}
        onChange={({ target }) => {
          onChange(target.value);
        }}
      />
    </label>
  );
}
