/** What went wrong, in words, and what to do about it. */

import { useTranslation } from "react-i18next";

import { PortProblem, PortUnreachable } from "@payport/client/problems";
import { Refusal } from "@payport/ledger-client/refusal";
import { sentence } from "@payport/ledger-client/sentences";
import type { Language } from "@payport/ledger-client/sentences";
import { Button } from "@payport/ui/button";
import { useLanguage } from "@payport/ui/language";
import { ErrorNotice, OfflineNotice } from "@payport/ui/notices";

import { en } from "../words/en.js";

/** Refusals whose detail is for people: the scheme a code belongs to. */
const NAMING: ReadonlySet<string> = new Set(["not_our_code"]);

/** A reason for people. */
export interface Reason {
  /** What happened. */
  readonly title: string;
  /** What to do; undefined where there is nothing to add. */
  readonly advice?: string | undefined;
}

/** Return the sentence of a refusal's code, and what to do. */
export function useReasons(): (code: string, title?: string) => Reason {
  const { t } = useTranslation();
  const language = useLanguage();
  return (code, title = "") => ({
    title: titleOf(code, title, language),
    advice: code in en.advice ? t(`advice.${code as keyof typeof en.advice}`) : undefined,
  });
}

/** An error as a page shows it. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const reasons = useReasons();
  const actions = onRetry !== undefined && <Button onPress={onRetry}>{t("app.again")}</Button>;
  if (error instanceof PortUnreachable) {
    return <OfflineNotice actions={actions}>{t("app.unreachable")}</OfflineNotice>;
  }
  const { title, advice }: Reason = reasonOf(error, reasons) ?? { title: t("app.failed") };
  return (
    <ErrorNotice title={title} actions={actions}>
      {advice}
    </ErrorNotice>
  );
}

/** The same within a form: one line, announced. */
export function FailureLine({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const reasons = useReasons();
  if (error === null || error === undefined) {
    return null;
  }
  const unreachable = error instanceof PortUnreachable ? { title: t("app.unreachable") } : undefined;
  const { title, advice }: Reason = unreachable ?? reasonOf(error, reasons) ?? { title: t("app.failed") };
  return (
    <p className="pw-error" role="alert">
      {title} {advice}
    </p>
  );
}

/** Return the stable code of a refusal; undefined for every other error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof PortProblem || error instanceof Refusal ? error.code : undefined;
}

function reasonOf(error: unknown, reasons: (code: string, title?: string) => Reason): Reason | undefined {
  if (error instanceof PortProblem) {
    const reason = reasons(error.code, error.title);
    return NAMING.has(error.code) && error.detail !== ""
      ? { ...reason, title: `${reason.title} (${error.detail})` }
      : reason;
  }
  return error instanceof Refusal ? reasons(error.code) : undefined;
}

function titleOf(code: string, title: string, language: Language): string {
  return sentence(code, language) ?? (title === "" ? code : title);
}
