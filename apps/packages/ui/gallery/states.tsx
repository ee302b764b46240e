/** Buttons, results, notices and the sheet. */

import { useState } from "react";

import { Amount } from "@payport/ui/amount";
import { Button } from "@payport/ui/button";
import { MaskedName } from "@payport/ui/masked-name";
import { Moment } from "@payport/ui/moment";
import { EmptyNotice, ErrorNotice, OfflineBar, OfflineNotice } from "@payport/ui/notices";
import { ResultTick } from "@payport/ui/result-tick";
import { Actions, Fact, Facts, Sheet } from "@payport/ui/sheet";

import { Part, useWords } from "./part.js";

const SHOP = "中国上海市浦东新区世纪大道南京小笼汤包连锁餐饮管理有限公司 (Century Avenue)";
const MINUTES_MS = 5 * 60_000;

/** What pages show besides money and codes. */
export function StatesPart() {
  const words = useWords();
  const [before] = useState(() => Date.now() - MINUTES_MS);
  return (
    <>
      <Part name="buttons">
        <div className="row">
          <Button tone="primary">{words("Pay", "付款")}</Button>
          <Button>{words("Later", "稍后")}</Button>
          <Button tone="danger">{words("Freeze card", "冻结卡片")}</Button>
          <Button tone="primary" busy>
            {words("Paying", "付款中")}
          </Button>
          <Button disabled>{words("Not now", "暂不可用")}</Button>
        </div>
      </Part>
      <Part name="results">
        <ResultTick result="done" title={words("Paid", "支付成功")} />
        <ResultTick result="pending" title={words("Not settled yet", "处理中")} />
        <ResultTick result="refused" title={words("Not paid", "支付失败")} />
        <p>
          <Moment atMs={before} form="relative" />
        </p>
      </Part>
      <Part name="notices">
        <OfflineBar offline />
        <EmptyNotice title={words("No payments yet", "暂无交易")}>
          {words("What you pay and receive appears here.", "付款和收款会显示在这里。")}
        </EmptyNotice>
        <ErrorNotice
          title={words("The bank does not answer", "银行暂无响应")}
          actions={<Button>{words("Try again", "重试")}</Button>}
        >
          {words("Your payment was not made. Nothing was taken.", "本次付款未完成，未扣款。")}
        </ErrorNotice>
        <OfflineNotice>{words("Connect to see your cards.", "联网后可查看卡片。")}</OfflineNotice>
      </Part>
      <SheetPart />
    </>
  );
}

function SheetPart() {
  const words = useWords();
  const [open, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
  };
  return (
    <Part name="sheet">
      <Button
        onPress={() => {
          setOpen(true);
        }}
      >
        {words("Open sheet", "打开面板")}
      </Button>
      <Sheet title={words("Confirm payment", "确认付款")} open={open} onClose={close}>
        <p>
          <Amount amountMinor={12_345_678_900} asset="CNY" size="display" />
        </p>
        <Facts>
          <Fact name={words("Payee", "收款方")}>
            <MaskedName name={SHOP} />
          </Fact>
          <Fact name={words("Card", "付款卡")}>{words("North Bank ··4417", "北方银行 ··4417")}</Fact>
          <Fact name={words("Fee", "手续费")}>
            <Amount amountMinor={0} asset="CNY" />
          </Fact>
        </Facts>
        <Actions>
          <Button tone="primary" block onPress={close}>
            {words("Pay", "付款")}
          </Button>
          <Button block onPress={close}>
            {words("Cancel", "取消")}
          </Button>
        </Actions>
      </Sheet>
    </Part>
  );
}
