/** What the components of this package say by themselves; everything else is given to them. */

import type { Language } from "@payport/ledger-client/sentences";

/** Texts of one language; what depends on a value is a function of it. */
export interface Messages {
  /** Instead of an amount that is not shown. */
  readonly amountHidden: string;
  /** Name of the amount that is being typed. */
  readonly amount: string;
  /** Name of the keys of an amount. */
  readonly amountKeys: string;
  /** The key that takes the last character away. */
  readonly deleteLast: string;
  /** The key of the point between units and cents. */
  readonly point: string;
  /** A key was refused: the amount would pass the limit, given as it is shown. */
  readonly overLimit: (limit: string) => string;
  /** A key was refused: the currency has so many digits after the point. */
  readonly tooManyDecimals: (decimals: number) => string;
  /** A key was refused: a currency with no cents has no point. */
  readonly noDecimals: string;
  /** Name of the keys of a PIN. */
  readonly pinKeys: string;
  /** How much of a PIN is typed. */
  readonly pinTyped: (typed: number, length: number) => string;
  /** How long something is still valid. */
  readonly secondsLeft: (seconds: number) => string;
  /** What a masked name is. */
  readonly partlyHidden: string;
  /** The button that closes a sheet. */
  readonly close: string;
  /** No network. */
  readonly offline: string;
  /** What no network means. */
  readonly offlineExplained: string;
  /** The button that tries again. */
  readonly tryAgain: string;
  /** Shows the table behind a chart. */
  readonly asTable: string;
  /** Head of a chart's first column. */
  readonly month: string;
  /** Money that came. */
  readonly received: string;
  /** Money that went. */
  readonly spent: string;
}

/** Texts by language. */
export const MESSAGES: Readonly<Record<Language, Messages>> = {
  en: {
    amountHidden: "Amount hidden",
    amount: "Amount",
    amountKeys: "Keys of the amount",
    deleteLast: "Delete",
    point: "Point",
    overLimit: (limit) => `At most ${limit}`,
    tooManyDecimals: (decimals) =>
      decimals === 1 ? "One digit after the point" : `At most ${String(decimals)} digits after the point`,
    noDecimals: "This currency has no cents",
    pinKeys: "Keys of the PIN",
    pinTyped: (typed, length) => `${String(typed)} of ${String(length)} digits entered`,
    secondsLeft: (seconds) => (seconds === 1 ? "1 second left" : `${String(seconds)} seconds left`),
    partlyHidden: "partly hidden",
    close: "Close",
    offline: "You are offline",
    offlineExplained: "What is shown may have changed since. Your pay code still works.",
    tryAgain: "Try again",
    asTable: "Show as table",
    month: "Month",
    received: "Received",
    spent: "Spent",
  },
  zh: {
    amountHidden: "金额已隐藏",
    amount: "金额",
    amountKeys: "金额键盘",
    deleteLast: "删除",
    point: "小数点",
    overLimit: (limit) => `不能超过 ${limit}`,
    tooManyDecimals: (decimals) => `小数点后最多 ${String(decimals)} 位`,
    noDecimals: "该币种没有小数",
    pinKeys: "密码键盘",
    pinTyped: (typed, length) => `已输入 ${String(typed)} 位，共 ${String(length)} 位`,
    secondsLeft: (seconds) => `剩余 ${String(seconds)} 秒`,
    partlyHidden: "部分隐藏",
    close: "关闭",
    offline: "当前无网络",
    offlineExplained: "显示的内容可能已有变化，付款码仍可使用。",
    tryAgain: "重试",
    asTable: "以表格显示",
    month: "月份",
    received: "收入",
    spent: "支出",
  },
};
