/** Something that happened, in a list. */

import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { MaskedName } from "@payport/ui/masked-name";
import { Moment } from "@payport/ui/moment";

import { isIncoming } from "../flows/activity.js";
import type { Happening } from "../flows/activity.js";
import { en } from "../words/en.js";
import { unitOf } from "./balances.js";
import { Icon } from "./icons.js";
import { useCounterparty } from "./names.js";

/** Return what a verb is called. */
export function useVerb(): (kind: string) => string {
  const { t } = useTranslation();
  return (kind) => {
    const verb = kind.replace(/\/\d+$/u, "");
    return verb in en.verb ? t(`verb.${verb as keyof typeof en.verb}`) : verb;
  };
}

/** One line: who, what, when, how much; a link to its receipt. */
export function HappeningRow({ happening, isHidden = false }: { happening: Happening; isHidden?: boolean }) {
  const { t } = useTranslation();
  const verb = useVerb()(happening.kind);
  const name = useCounterparty()(happening);
  const { account, id, asset, amount_minor: amountMinor, outcome } = happening;
  const incoming = isIncoming(happening);
  const isCommitted = outcome === "committed";
  return (
    <li>
      <Link className="pw-item" to={`/receipt/${account}/${id}`}>
        <span className="pw-mark" data-way={isCommitted ? (incoming ? "in" : "out") : "none"} aria-hidden="true">
          <Icon name={incoming ? "request" : "receive"} size={20} />
        </span>
        <span className="pw-item-text">
          <span className="pw-item-title">{name === undefined ? verb : <MaskedName name={name} />}</span>
          <span className="pw-quiet">
            {name !== undefined && `${verb} · `}
            <Moment atMs={happening.time_ms} form="relative" />
          </span>
        </span>
        <span className="pw-item-end">
          {asset !== null && amountMinor !== null && (
            <span className={isCommitted ? (incoming ? "pw-in" : undefined) : "pw-struck"}>
              <Amount
                amountMinor={incoming ? amountMinor : -amountMinor}
                {...unitOf(asset)}
                signs="both"
                hidden={isHidden}
              />
            </span>
          )}
          {!isCommitted && <span className="pw-refused">{t("activity.refused")}</span>}
        </span>
      </Link>
    </li>
  );
}
