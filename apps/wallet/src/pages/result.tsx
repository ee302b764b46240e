/** What became of something that was sent: at once where the port answers, and as soon as it does where not. */

import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router-dom";

import { Amount } from "@payport/ui/amount";
import { MaskedName } from "@payport/ui/masked-name";
import { Moment } from "@payport/ui/moment";
import { EmptyNotice } from "@payport/ui/notices";
import { ResultTick } from "@payport/ui/result-tick";
import { Fact, Facts } from "@payport/ui/sheet";

import type { Outgoing } from "../device/outgoing.js";
import { unitOf } from "../parts/balances.js";
import { useReasons } from "../parts/failure.js";
import { useVerb } from "../parts/happening-row.js";
import { Page } from "../parts/page.js";
import { useOnline } from "../parts/queries.js";
import { RequestAnswered } from "../parts/request-answered.js";
import { useOutgoing } from "../parts/wallet-context.js";

/** The page of one submission. */
export function ResultPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const outgoing = useOutgoing(id);
  if (outgoing === undefined) {
    return (
      <Page title={t("result.title")} back="/">
        <EmptyNotice title={t("result.unknown")} />
      </Page>
    );
  }
  return (
    <Page title={t("result.title")} back="/">
      <Outcome outgoing={outgoing} />
      <WhatItWas outgoing={outgoing} />
      {outgoing.standing === "committed" && outgoing.about.request !== undefined && (
        <RequestAnswered request={outgoing.about.request} payment={outgoing.id} />
      )}
      <div className="pp-actions">
        <Link className="pp-button pp-button-primary" to="/" replace>
          {t("app.done")}
        </Link>
        {outgoing.standing === "committed" && (
          <Link className="pp-button pp-button-plain" to={`/receipt/${outgoing.account}/${id}`}>
            {t("result.receipt")}
          </Link>
        )}
      </div>
    </Page>
  );
}

function Outcome({ outgoing }: { outgoing: Outgoing }) {
  const { t } = useTranslation();
  const online = useOnline();
  const reasons = useReasons();
  const { standing, refusal, about } = outgoing;
  if (standing === "committed") {
    const isPayment = about.verb === "purchase" || about.verb === "transfer";
    return <ResultTick result="done" title={isPayment ? t("result.paid") : t("result.done")} sound />;
  }
  if (standing === "refused") {
    const { title, advice } = reasons(refusal?.code ?? "", refusal?.title);
    return (
      <>
        <ResultTick result="refused" title={t("result.refused")} />
        <div className="pw-reason" role="alert">
          <p>{title}</p>
          {advice !== undefined && <p>{advice}</p>}
        </div>
      </>
    );
  }
  return (
    <>
      <ResultTick result="pending" title={t("result.pending")} />
      <p className="pw-reason">{online ? t("result.pendingWhy") : t("result.pendingOffline")}</p>
    </>
  );
}

function WhatItWas({ outgoing }: { outgoing: Outgoing }) {
  const { t } = useTranslation();
  const verb = useVerb();
  const { about, executed, madeAtMs } = outgoing;
  return (
    <>
      {about.amountMinor !== undefined && about.asset !== undefined && (
        <p className="pw-sheet-amount">
          <Amount amountMinor={about.amountMinor} {...unitOf(about.asset)} size="display" />
        </p>
      )}
      <Facts>
        <Fact name={t("result.what")}>{verb(about.verb)}</Fact>
        {about.payee !== undefined && (
          <Fact name={t("pay.to")}>
            <MaskedName name={about.payee} />
          </Fact>
        )}
        <Fact name={t("result.when")}>
          <Moment atMs={executed?.time_ms ?? madeAtMs} />
        </Fact>
        {executed?.height !== undefined && executed.height !== null && (
          <Fact name={t("result.block")}>{executed.height}</Fact>
        )}
      </Facts>
    </>
  );
}
