/** A receipt: what it says, verified on this phone step by step, saved as a file or shared by a link. */

import { useState } from "react";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Toast } from "antd-mobile";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router-dom";

import { Button } from "@payport/ui/button";
import { QrCode } from "@payport/ui/qr-code";
import { Sheet } from "@payport/ui/sheet";

import { fetchReceipt } from "../flows/receipts.js";
import { Failure, FailureLine } from "../parts/failure.js";
import { Loading } from "../parts/loading.js";
import { Page } from "../parts/page.js";
import { ReceiptFacts } from "../parts/receipt-facts.js";
import { saveFile } from "../parts/save-file.js";
import { Verify } from "../parts/verify.js";
import { useWallet } from "../parts/wallet-context.js";

/** How long a shared link opens the receipt. */
const WEEK_SECONDS = 7 * 86_400;

/** The receipt of a transaction of one of the customer's accounts. */
export function ReceiptPage() {
  const { t } = useTranslation();
  const wallet = useWallet();
  const { account = "", id = "" } = useParams();
  const receipt = useQuery({
    queryKey: ["receipt", account, id],
    queryFn: () => fetchReceipt(wallet.port, account, id),
    staleTime: Infinity,
  });
  return (
    <Page title={t("receipt.title")}>
      {receipt.isPending && <Loading />}
      {receipt.isError && <Failure error={receipt.error} onRetry={() => void receipt.refetch()} />}
      {receipt.data !== undefined && (
        <>
          <ReceiptFacts file={receipt.data} account={account} />
          <Verify file={receipt.data} trust={() => wallet.trust()} />
          <div className="pp-actions">
            <Share account={account} id={id} />
            <Button
              onPress={() => {
                saveFile(receipt.data, `receipt-${id.slice(0, 12)}.payport`);
              }}
            >
              {t("receipt.save")}
            </Button>
          </div>
        </>
      )}
    </Page>
  );
}

/** A link that opens the receipt for whoever has it, without the holder's balance. Its secret stands behind the `#`, which no server sees. */
function Share({ account, id }: { account: string; id: string }) {
  const { t } = useTranslation();
  const wallet = useWallet();
  const [isOpen, setIsOpen] = useState(false);
  const making = useMutation({
    mutationFn: async () => {
      const path = { account, transaction_id: id };
      const { token } = await wallet.port.post("/v1/accounts/{account}/receipts/{transaction_id}/links", {
        path,
        body: { seconds: WEEK_SECONDS, with_balance: false },
      });
      return `${location.origin}/wallet/#/shared?token=${token}`;
    },
    onSuccess: () => {
      setIsOpen(true);
    },
  });
  const link = making.data ?? "";
  return (
    <>
      <FailureLine error={making.error} />
      <Button
        tone="primary"
        busy={making.isPending}
        onPress={() => {
          making.mutate();
        }}
      >
        {t("receipt.share")}
      </Button>
      <Sheet
        title={t("receipt.share")}
        open={isOpen}
        onClose={() => {
          setIsOpen(false);
        }}
      >
        <p>{t("receipt.shareWhy")}</p>
        <div className="pw-code-face">{link !== "" && <QrCode text={link} label={t("receipt.linkCode")} />}</div>
        <p className="pw-link">{link}</p>
        <div className="pp-actions">
          <Button
            tone="primary"
            onPress={() => {
              void give(link).then((isCopied) => {
                if (isCopied) {
                  Toast.show(t("receipt.copied"));
                }
              });
            }}
          >
            {t("receipt.give")}
          </Button>
        </div>
      </Sheet>
    </>
  );
}

/** Hand a link to another app, or copy it where there is no such way; tells whether it was copied. */
async function give(link: string): Promise<boolean> {
  const { share, clipboard } = navigator as { share?: Navigator["share"]; clipboard?: Clipboard };
  if (share !== undefined) {
    await share.call(navigator, { url: link }).catch(() => undefined); // the person chose none
    return false;
  }
  await clipboard?.writeText(link);
  return clipboard !== undefined;
}
