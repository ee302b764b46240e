/** What was sent and has no known outcome yet: shown as pending until it has one. */

import { useSyncExternalStore } from "react";

import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { MaskedName } from "@payport/ui/masked-name";

import { unitOf } from "./balances.js";
import { Block } from "./page.js";
import { useVerb } from "./happening-row.js";
import { useWallet } from "./wallet-context.js";

/** The list; nothing where there is nothing under way. */
export function UnderWay() {
  const { t } = useTranslation();
  const verb = useVerb();
  const { outbox } = useWallet();
  const ids = useSyncExternalStore(
    (changed) => outbox.listen(changed),
    () =>
      outbox
        .unsettled()
        .map(({ id }) => id)
        .join(" "),
  );
  if (ids === "") {
    return null;
  }
  return (
    <Block title={t("home.underWay")}>
      <ul className="pw-list">
        {outbox.unsettled().map(({ id, about }) => (
          <li key={id}>
            <Link className="pw-item" to={`/result/${id}`}>
              <span className="pw-item-text">
                <span className="pw-item-title">
                  {about.payee === undefined ? verb(about.verb) : <MaskedName name={about.payee} />}
                </span>
                <span className="pw-quiet">{t("home.waiting")}</span>
              </span>
              {about.amountMinor !== undefined && about.asset !== undefined && (
                <span className="pw-item-end">
                  <Amount amountMinor={about.amountMinor} {...unitOf(about.asset)} />
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </Block>
  );
}
