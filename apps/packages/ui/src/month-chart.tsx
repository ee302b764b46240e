/** Money received and spent month by month, as bars with a table behind. */

import { Amount } from "./amount.js";
import { monthName } from "./dates.js";
import { useLanguage, useMessages } from "./language.js";
import type { Unit } from "./money.js";

const HEIGHT = 120;
const COLUMN = 48;
const BAR = 14;
const GAP = 3;
const LABEL = 22;
const LEAST = 2;
const FILLS = { received: "var(--pp-success)", spent: "url(#pp-hatch)" } as const;

/** What a month came to. */
export interface Month {
  /** Year and month, `2026-11`. */
  readonly month: string;
  /** Received, in minor units. */
  readonly receivedMinor: number;
  /** Spent, in minor units, not negative. */
  readonly spentMinor: number;
}

/** Which months, of what. */
export interface MonthChartProps extends Unit {
  /** In their order; six fit a phone, more scroll. */
  readonly months: readonly Month[];
  /** What the chart shows, in words. */
  readonly title: string;
}

/** Two bars a month: received is filled, spent is hatched, so that colour is not needed to tell them apart. */
export function MonthChart({ months, title, ...unit }: MonthChartProps) {
  const messages = useMessages();
  return (
    <figure className="pp-chart">
      <figcaption>
        <span className="pp-chart-title">{title}</span>
        <span className="pp-chart-key" aria-hidden="true">
          <KeySquare bar="received" /> {messages.received} <KeySquare bar="spent" /> {messages.spent}
        </span>
      </figcaption>
      <MonthBars months={months} />
      <details>
        <summary>{messages.asTable}</summary>
        <MonthTable months={months} title={title} unit={unit} />
      </details>
    </figure>
  );
}

function MonthBars({ months }: { months: readonly Month[] }) {
  const language = useLanguage();
  const most = Math.max(1, ...months.flatMap(({ receivedMinor, spentMinor }) => [receivedMinor, spentMinor]));
  const tall = (amountMinor: number): number =>
    amountMinor === 0 ? 0 : Math.max(LEAST, (amountMinor / most) * HEIGHT);
  const width = Math.max(1, months.length) * COLUMN;
  return (
    <svg className="pp-chart-bars" viewBox={`0 0 ${String(width)} ${String(HEIGHT + LABEL)}`} aria-hidden="true">
      <Hatch />
      {months.map(({ month, receivedMinor, spentMinor }, index) => {
        const middle = (index + 0.5) * COLUMN;
        return (
          <g key={month}>
            <Bar bar="received" x={middle - BAR - GAP / 2} height={tall(receivedMinor)} />
            <Bar bar="spent" x={middle + GAP / 2} height={tall(spentMinor)} />
            <text x={middle} y={HEIGHT + LABEL - 6} textAnchor="middle">
              {monthName(month, language, "short")}
            </text>
          </g>
        );
      })}
      <line x1="0" x2={width} y1={HEIGHT} y2={HEIGHT} />
    </svg>
  );
}

function Bar({ bar, x, height }: { bar: "received" | "spent"; x: number; height: number }) {
  return (
    <rect
      className={`pp-bar-${bar}`}
      fill={FILLS[bar]}
      x={x}
      y={HEIGHT - height}
      width={BAR}
      height={height}
      rx={Math.min(2, height)}
    />
  );
}

function Hatch() {
  return (
    <defs>
      <pattern id="pp-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className="pp-hatch-line" width="2.5" height="5" />
      </pattern>
    </defs>
  );
}

function KeySquare({ bar }: { bar: "received" | "spent" }) {
  return (
    <svg viewBox="0 0 14 14" width="14" height="14">
      <rect className={`pp-bar-${bar}`} fill={FILLS[bar]} x="1" y="1" width="12" height="12" rx="2" />
    </svg>
  );
}

function MonthTable({ months, title, unit }: { months: readonly Month[]; title: string; unit: Unit }) {
  const language = useLanguage();
  const messages = useMessages();
  return (
    <table>
      <caption className="pp-unseen">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{messages.month}</th>
          <th scope="col">{messages.received}</th>
          <th scope="col">{messages.spent}</th>
        </tr>
      </thead>
      <tbody>
        {months.map(({ month, receivedMinor, spentMinor }) => (
          <tr key={month}>
            <th scope="row">{monthName(month, language, "long")}</th>
            <td>
              <Amount amountMinor={receivedMinor} {...unit} />
            </td>
            <td>
              <Amount amountMinor={spentMinor} {...unit} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
