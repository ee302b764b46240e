/** What a receipt says, read from the file itself. It is not believed before it is verified. */

import { useMemo } from "react";

import { useTranslation } from "react-i18next";

import { fromHex, toHex, equal } from "@payport/ledger-client/bytes";
import { decodeCommitment } from "@payport/ledger-client/commitments";
import { readEnvelope } from "@payport/ledger-client/envelopes";
import { COMMITTED, decodeBalance, decodeOutcome } from "@payport/ledger-client/leaves";
import { decodeReceipt } from "@payport/ledger-client/receipts";
import { decodeBody } from "@payport/ledger-client/transactions";
import { Amount } from "@payport/ui/amount";
import { Moment } from "@payport/ui/moment";
import { ResultTick } from "@payport/ui/result-tick";
import { Fact, Facts } from "@payport/ui/sheet";

import { unitOf } from "./balances.js";
import { useReasons } from "./failure.js";
import { useVerb } from "./happening-row.js";
import { shortAccount } from "./names.js";

/** What was moved, as a body names it. */
interface Moved {
  readonly asset?: string;
  readonly amount_minor?: number;
  readonly merchant?: Uint8Array;
  readonly payee?: Uint8Array;
  readonly payer?: Uint8Array;
}

/** The facts of a receipt; `account` is whose receipt it is, where it is known. */
export function ReceiptFacts({ file, account }: { file: Uint8Array; account?: string }) {
  const { t } = useTranslation();
  const verb = useVerb();
  const reasons = useReasons();
  const { id, outcome, body, commitment, own } = useMemo(() => read(file, account), [file, account]);
  const moved = body as (typeof body & Moved) | undefined;
  const other = moved?.merchant ?? moved?.payee ?? moved?.payer;
  return (
    <>
      <ResultTick
        result={outcome === COMMITTED ? "done" : "refused"}
        title={outcome === COMMITTED ? t("receipt.committed") : reasons(outcome).title}
      />
      {moved?.amount_minor !== undefined && moved.asset !== undefined && (
        <p className="pw-sheet-amount">
          <Amount amountMinor={moved.amount_minor} {...unitOf(moved.asset)} size="display" />
        </p>
      )}
      <Facts>
        <Fact name={t("result.what")}>{body === undefined ? t("receipt.withheld") : verb(body.kind)}</Fact>
        {body?.sender instanceof Uint8Array && <Fact name={t("receipt.by")}>{shortAccount(toHex(body.sender))}</Fact>}
        {other !== undefined && <Fact name={t("receipt.other")}>{shortAccount(toHex(other))}</Fact>}
        <Fact name={t("result.when")}>
          <Moment atMs={commitment.timeMs} />
        </Fact>
        {own !== undefined && (
          <Fact name={t("receipt.balance")}>
            <Amount amountMinor={Number(own.balanceMinor)} {...unitOf(own.asset)} />
          </Fact>
        )}
        <Fact name={t("result.block")}>{commitment.height}</Fact>
        <Fact name={t("receipt.id")}>
          <span className="pw-id">{id}</span>
        </Fact>
      </Facts>
    </>
  );
}

function read(file: Uint8Array, account: string | undefined) {
  const receipt = decodeReceipt(file);
  const body = receipt.envelope === null ? undefined : bodyOf(receipt.envelope);
  const own = receipt.balances
    .map(({ leaf }) => decodeBalance(leaf))
    .find((each) => account !== undefined && equal(each.account, fromHex(account)));
  return {
    id: toHex(receipt.transactionId),
    outcome: decodeOutcome(receipt.outcome.leaf).outcome,
    commitment: decodeCommitment(receipt.commitment),
    body,
    own,
  };
}

/** Return the body; undefined where it is of a kind this version does not know. */
function bodyOf(envelope: Uint8Array) {
  try {
    return decodeBody(readEnvelope(envelope).body);
  } catch {
    return undefined;
  }
}
