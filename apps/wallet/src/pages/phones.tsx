/** Phones: which can sign in, adding a second one, and ending all others when one was lost. */

import { useState } from "react";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Button } from "@payport/ui/button";
import { Moment } from "@payport/ui/moment";
import { ResultTick } from "@payport/ui/result-tick";

import { admit, endOthers, invite, readPhoneCode, writePhoneCode } from "../flows/phones.js";
import type { Joining } from "../flows/phones.js";
import { PhoneCode, ReadPhoneCode } from "../parts/code-exchange.js";
import { DangerSheet } from "../parts/danger-sheet.js";
import { FailureLine } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { Block, Page } from "../parts/page.js";
import { PinCheck } from "../parts/pin-check.js";
import { useWallet } from "../parts/wallet-context.js";

/** The page. */
export function PhonesPage() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const me = useQuery({ queryKey: ["me"], queryFn: ({ signal }) => wallet.port.get("/v1/customers/me", { signal }) });
  const [isAdding, setIsAdding] = useState(false);
  return (
    <Page title={t("phones.title")}>
      <Block>
        <ul className="pw-list">
          {me.data?.credentials.map(({ credential, label, created_at_ms: createdAtMs, current }) => (
            <li key={credential} className="pw-item">
              <span className="pw-item-text">
                <span className="pw-item-title">{label}</span>
                <span className="pw-quiet">
                  {current && `${t("phones.this")} · `}
                  <Moment atMs={createdAtMs} />
                </span>
              </span>
            </li>
          ))}
        </ul>
      </Block>
      {isAdding ? (
        <Adding />
      ) : (
        <Block title={t("phones.add")}>
          <p>{t("phones.addWhy")}</p>
          <Button
            tone="primary"
            block
            onPress={() => {
              setIsAdding(true);
            }}
          >
            {t("phones.add")}
          </Button>
        </Block>
      )}
      {(me.data?.credentials.length ?? 0) > 1 && <Lost />}
    </Page>
  );
}

function Adding() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const [isShown, setIsShown] = useState(false);
  const [joining, setJoining] = useState<Joining>();
  const admitting = useMutation({
    mutationFn: (given: Joining) => admit(wallet, given),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["me"] }),
  });
  if (admitting.data !== undefined) {
    return (
      <Block title={t("phones.third")}>
        <ResultTick result="done" title={t("phones.admitted")} />
        <p>{t("phones.thirdWhy")}</p>
        <PhoneCode text={writePhoneCode("joined", admitting.data)} label={t("phones.thirdCode")} />
      </Block>
    );
  }
  if (joining !== undefined) {
    return (
      <Block title={t("phones.second")}>
        <p>{t("phones.admitWhy", { label: joining.label, count: joining.keys.length })}</p>
        <FailureLine error={admitting.error} />
        <PinCheck
          title={t("phones.admitPin")}
          busy={admitting.isPending}
          onPin={async (pin) => {
            await wallet.confirm(pin);
            admitting.mutate(joining);
          }}
        />
      </Block>
    );
  }
  if (isShown) {
    return (
      <Block title={t("phones.second")}>
        <p>{t("phones.secondWhy")}</p>
        <ReadPhoneCode read={(text) => readPhoneCode("joining", text)} onRead={setJoining} />
      </Block>
    );
  }
  return (
    <FirstCode
      onNext={() => {
        setIsShown(true);
      }}
    />
  );
}

function FirstCode({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const invitation = useQuery({ queryKey: ["invitation"], queryFn: () => invite(wallet), gcTime: 0 });
  return (
    <Block title={t("phones.first")}>
      <p>{t("phones.firstWhy")}</p>
      {invitation.data === undefined ? (
        <Loading />
      ) : (
        <PhoneCode text={writePhoneCode("invitation", invitation.data)} label={t("phones.firstCode")} />
      )}
      <Button tone="primary" block onPress={onNext}>
        {t("pay.next")}
      </Button>
    </Block>
  );
}

function Lost() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const queries = useQueryClient();
  const ending = useMutation({
    mutationFn: () => endOthers(wallet),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Block title={t("phones.lost")}>
      <p>{t("phones.lostWhy")}</p>
      <DangerSheet name={t("phones.endOthers")} block locked={ending.isPending}>
        {(close) => (
          <>
            <FailureLine error={ending.error} />
            <PinCheck
              title={t("phones.endPin")}
              busy={ending.isPending}
              onPin={async (pin) => {
                await wallet.confirm(pin);
                ending.mutate(undefined, { onSuccess: close });
              }}
            />
          </>
        )}
      </DangerSheet>
    </Block>
  );
}
