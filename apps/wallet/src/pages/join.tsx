/** The second phone: it joins the wallet of another one. */

import { useState } from "react";

import { useTranslation } from "react-i18next";

import { Button } from "@payport/ui/button";

import { finishJoining, join, readPhoneCode, writePhoneCode } from "../flows/phones.js";
import type { Invitation, Joined, Waiting } from "../flows/phones.js";
import { PhoneCode, ReadPhoneCode } from "../parts/code-exchange.js";
import { Failure } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { useWallet } from "../parts/wallet-context.js";

/** The steps on the second phone. */
export function JoinPage({ pin }: { pin: string }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [invitation, setInvitation] = useState<Invitation>();
  const [waiting, setWaiting] = useState<Waiting>();
  const [isShown, setIsShown] = useState(false);
  const [error, setError] = useState<unknown>();
  const begin = (given: Invitation): void => {
    setInvitation(given);
    setError(undefined);
    join(wallet, given, pin, t("welcome.secondPhone")).then(setWaiting, setError);
  };
  const finish = (joined: Joined): void => {
    if (waiting !== undefined) {
      finishJoining(wallet, waiting, joined).catch(setError);
    }
  };
  return (
    <main className="pw-welcome">
      <h1>{t("phones.join")}</h1>
      {error !== undefined && (
        <Failure
          error={error}
          onRetry={() => {
            setError(undefined);
            setInvitation(undefined);
          }}
        />
      )}
      {error === undefined && invitation === undefined && (
        <>
          <p>{t("phones.joinFirst")}</p>
          <ReadPhoneCode read={(text) => readPhoneCode("invitation", text)} onRead={begin} />
        </>
      )}
      {error === undefined && invitation !== undefined && waiting === undefined && <Loading />}
      {error === undefined && waiting !== undefined && !isShown && (
        <>
          <p>{t("phones.joinSecond")}</p>
          <PhoneCode text={writePhoneCode("joining", waiting.joining)} label={t("phones.joinCode")} />
          <Button
            tone="primary"
            block
            onPress={() => {
              setIsShown(true);
            }}
          >
            {t("pay.next")}
          </Button>
        </>
      )}
      {error === undefined && isShown && (
        <>
          <p>{t("phones.joinThird")}</p>
          <ReadPhoneCode read={(text) => readPhoneCode("joined", text)} onRead={finish} />
        </>
      )}
    </main>
  );
}
