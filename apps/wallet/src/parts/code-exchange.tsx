/** Two phones that show each other codes. */

import { lazy, Suspense, useState } from "react";

import { useTranslation } from "react-i18next";

import "@payport/scanner/scanner.css";
import { QrCode } from "@payport/ui/qr-code";

import { Loading } from "./loading.js";

const Scanner = lazy(async () => ({ default: (await import("@payport/scanner/scanner")).Scanner }));

/** A code to show, which can be copied as text as well. */
export function PhoneCode({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="pw-code-face">
        <QrCode text={text} label={label} errorCorrection="L" />
      </div>
      <label className="pw-field">
        <span>{t("phones.asText")}</span>
        <textarea readOnly rows={3} value={text} />
      </label>
    </>
  );
}

/** The scanner for a code of the other phone; `read` says whether a text is one. */
export function ReadPhoneCode<T>({
  read,
  onRead,
}: {
  read: (text: string) => T | undefined;
  onRead: (content: T) => void;
}) {
  const { t } = useTranslation();
  const [round, setRound] = useState(0);
  return (
    <Suspense fallback={<Loading />}>
      {round > 0 && (
        <p className="pw-error" role="alert">
          {t("phones.otherCode")}
        </p>
      )}
      <Scanner
        key={round}
        onCode={(text) => {
          const content = read(text);
          if (content === undefined) {
            setRound(round + 1);
          } else {
            onRead(content);
          }
        }}
      />
    </Suspense>
  );
}
