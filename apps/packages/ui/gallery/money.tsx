/** Amounts and keypads. */

import { useState } from "react";

import { Amount } from "@payport/ui/amount";
import { AmountKeypad } from "@payport/ui/amount-keypad";
import { wakeSound } from "@payport/ui/chime";
import { MaskedName } from "@payport/ui/masked-name";
import { Moment } from "@payport/ui/moment";
import { MonthChart } from "@payport/ui/month-chart";
import { PinPad } from "@payport/ui/pin-pad";

import { Part, useWords } from "./part.js";

const LARGEST = Number.MAX_SAFE_INTEGER;
const NOVEMBER_MS = Date.UTC(2026, 10, 26, 8, 30);
const MONTHS = [
  { month: "2026-06", receivedMinor: 1_200_000, spentMinor: 830_050 },
  { month: "2026-07", receivedMinor: 1_200_000, spentMinor: 1_410_000 },
  { month: "2026-08", receivedMinor: 1_350_000, spentMinor: 0 },
  { month: "2026-09", receivedMinor: 0, spentMinor: 512_345 },
  { month: "2026-10", receivedMinor: 1_200_000, spentMinor: 990_100 },
  { month: "2026-11", receivedMinor: 1_280_010, spentMinor: 3_000 },
];

/** Amounts in lists and large, the keypads, and the months. */
export function MoneyPart() {
  const words = useWords();
  return (
    <>
      <Part name="amounts">
        <p>
          <Amount amountMinor={1_234_550} asset="CNY" size="display" />
        </p>
        <p>
          <Amount amountMinor={LARGEST} asset="CNY" size="display" />
        </p>
        <p>
          <Amount amountMinor={1} asset="CNY" size="display" hidden />
        </p>
        <ul className="list">
          <Line name="张*" amountMinor={-2_500} asset="CNY" />
          <Line name="Wolfeschlegelsteinhausenbergerdorff & Söhne Delicatessen" amountMinor={188_800} asset="EUR" />
          <Line name="中国上海市浦东新区世纪大道南京小笼汤包连锁餐饮管理有限公司" amountMinor={-LARGEST} asset="JPY" />
          <Line name="L** M**" amountMinor={1_234_567} asset="KWD" />
          <Line name="Points" amountMinor={12_000} asset={words("Star points", "星点")} decimals={0} />
        </ul>
      </Part>
      <Keypads />
      <Part name="months">
        <MonthChart months={MONTHS} title={words("Six months", "近六个月")} asset="CNY" />
      </Part>
    </>
  );
}

function Line({ name, ...amount }: { name: string; amountMinor: number; asset: string; decimals?: number }) {
  return (
    <li>
      <span>
        <MaskedName name={name} />
        <br />
        <small>
          <Moment atMs={NOVEMBER_MS} timeZone="Asia/Shanghai" />
        </small>
      </span>
      <Amount signs="both" {...amount} />
    </li>
  );
}

function Keypads() {
  const words = useWords();
  const [confirmed, setConfirmed] = useState<string>("");
  const [error, setError] = useState<string>();
  return (
    <>
      <Part name="keypad">
        <AmountKeypad
          asset="CNY"
          maxMinor={5_000_000}
          confirm={words("Pay", "付款")}
          onConfirm={(amountMinor) => {
            wakeSound();
            setConfirmed(`CNY ${String(amountMinor)}`);
          }}
        />
        <output>{confirmed}</output>
      </Part>
      <Part name="keypad-yen">
        <AmountKeypad asset="JPY" confirm={words("Request", "收款")} onConfirm={() => undefined} />
      </Part>
      <Part name="pin">
        <PinPad
          title={words("Enter your PIN to pay", "请输入支付密码")}
          error={error}
          onComplete={(pin) => {
            setError(
              pin === "135790"
                ? words("Right", "正确")
                : words("Wrong PIN. 4 tries left.", "密码错误，还可重试 4 次。"),
            );
          }}
        />
      </Part>
    </>
  );
}
