/** Requests for money: what others ask of this customer, and what he asked of others. Nothing pulls money. */

import { useState } from "react";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router-dom";

import type { Schemas } from "@payport/client/routes";
import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { MaskedName, plainName } from "@payport/ui/masked-name";
import { Moment } from "@payport/ui/moment";
import { EmptyNotice } from "@payport/ui/notices";

import { payeeOfAccount } from "../flows/payees.js";
import { unitOf } from "../parts/balances.js";
import { Failure, FailureLine } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { shortAccount } from "../parts/names.js";
import { Page } from "../parts/page.js";
import { useContacts, useRequests } from "../parts/queries.js";
import { useWallet } from "../parts/wallet-context.js";

type MoneyRequest = Schemas["MoneyRequestView"];
type Side = "received" | "sent";
const SIDES: readonly Side[] = ["received", "sent"];

/** The page. */
export function RequestsPage() {
  const { t } = useTranslation();
  const [side, setSide] = useState<Side>("received");
  const requests = useRequests(side);
  return (
    <Page title={t("requests.title")}>
      <div className="pp-actions">
        <Link className="pp-button pp-button-primary" to="/requests/new">
          {t("requests.new")}
        </Link>
      </div>
      <fieldset className="pw-chips">
        <legend className="pp-unseen">{t("requests.title")}</legend>
        {SIDES.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="side"
              checked={side === each}
              onChange={() => {
                setSide(each);
              }}
            />
            <span>{t(`requests.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      {requests.data === undefined &&
        (requests.isError ? <Failure error={requests.error} onRetry={() => void requests.refetch()} /> : <Loading />)}
      {requests.data?.length === 0 && <EmptyNotice title={t("requests.none")} />}
      <ul className="pw-list">
        {requests.data?.map((request) => (
          <li key={request.request} className="pw-block">
            <RequestLine request={request} side={side} />
          </li>
        ))}
      </ul>
    </Page>
  );
}

function RequestLine({ request, side }: { request: MoneyRequest; side: Side }) {
  const { t } = useTranslation();
  const contacts = useContacts();
  const other = side === "received" ? request.account : request.payer;
  const name = contacts.data?.find(({ account }) => account === other)?.name ?? shortAccount(other);
  return (
    <>
      <div className="pw-item">
        <span className="pw-item-text">
          <span className="pw-item-title">
            <MaskedName name={name} />
          </span>
          {request.text !== "" && <bdi>{plainName(request.text)}</bdi>}
          <span className="pw-quiet">
            {t(`requests.${request.state as "open" | "paid" | "declined" | "withdrawn" | "expired"}`)} ·{" "}
            <Moment atMs={request.created_at_ms} form="relative" />
          </span>
        </span>
        <span className="pw-item-end">
          <Amount amountMinor={request.amount_minor} {...unitOf(request.asset)} />
        </span>
      </div>
      {request.state === "open" &&
        (side === "received" ? <Answer request={request} /> : <Withdraw request={request} />)}
    </>
  );
}

function Answer({ request }: { request: MoneyRequest }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { request: id } = request;
  const paying = useMutation({
    mutationFn: () => payeeOfAccount(wallet, request.account),
    onSuccess: (payee) => {
      const target = { ...payee, asset: request.asset, amountMinor: request.amount_minor, request: id };
      return navigate("/pay", { state: { target } });
    },
  });
  const declining = useMutation({
    mutationFn: () => wallet.port.put("/v1/requests/{money_request}/declined", { path: { money_request: id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["requests"] }),
  });
  return (
    <>
      <FailureLine error={paying.error ?? declining.error} />
      <div className="pw-row">
        <Button
          tone="primary"
          busy={paying.isPending}
          onPress={() => {
            paying.mutate();
          }}
        >
          {t("requests.pay")}
        </Button>
        <Button
          busy={declining.isPending}
          onPress={() => {
            declining.mutate();
          }}
        >
          {t("requests.decline")}
        </Button>
      </div>
    </>
  );
}

function Withdraw({ request: { request: id } }: { request: MoneyRequest }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const withdrawing = useMutation({
    mutationFn: () => wallet.port.delete("/v1/requests/{money_request}", { path: { money_request: id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["requests"] }),
  });
  return (
    <>
      <FailureLine error={withdrawing.error} />
      <div className="pw-row">
        <Button
          busy={withdrawing.isPending}
          onPress={() => {
            withdrawing.mutate();
          }}
        >
          {t("requests.withdraw")}
        </Button>
      </div>
    </>
  );
}
