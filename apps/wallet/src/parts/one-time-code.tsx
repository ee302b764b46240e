/** The code a bank sent to a phone or an address, typed in; in a sandbox, what was sent is beside it. */

import { useTranslation } from "react-i18next";

import { SandboxInbox } from "./sandbox-inbox.js";
import { TextField } from "./text-field.js";

/** The field, and the inbox where the bank is a sandbox's. */
export function OneTimeCode({ institution, address, value, onChange }: OneTimeCodeProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        label={t("cards.code")}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={16}
        required
        value={value}
        onChange={onChange}
      />
      <SandboxInbox institution={institution} address={address} onCode={onChange} />
    </>
  );
}

interface OneTimeCodeProps {
  readonly institution: string;
  readonly address: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}
