/** Codes, shown and scanned. */

import { useState } from "react";

import { Scanner } from "@payport/scanner/scanner";
import { Button } from "@payport/ui/button";
import { Countdown } from "@payport/ui/countdown";
import { DigitsCode } from "@payport/ui/digits-code";
import { QrCode } from "@payport/ui/qr-code";
import { ResultTick } from "@payport/ui/result-tick";
import type { CodeFormat } from "@payport/scanner/reader";

import { Part, useWords } from "./part.js";

const PAY_CODE = "6280123456789012345";
const VALID_MS = 25_000;

/** A pay code as a phone shows it. */
export function CodesPart() {
  const words = useWords();
  const [untilMs, setUntilMs] = useState(() => Date.now() + VALID_MS);
  return (
    <Part name="codes">
      <div className="code">
        <QrCode text={PAY_CODE} label={words("Your pay code", "你的付款码")} errorCorrection="Q" />
      </div>
      <DigitsCode digits={PAY_CODE} label={words("Pay code", "付款码")} />
      <p className="row">
        <Countdown
          untilMs={untilMs}
          totalMs={VALID_MS}
          onEnd={() => {
            setUntilMs(Date.now() + VALID_MS);
          }}
        />
        {words("then a new code", "后自动更新")}
      </p>
    </Part>
  );
}

/** The scanner, and what it told. */
export function ScannerPart({ isChinese, formats }: { isChinese: boolean; formats: string }) {
  const [texts, setTexts] = useState<readonly string[]>([]);
  const [turn, setTurn] = useState(0);
  const [kinds] = useState(() => formats.split(",") as CodeFormat[]);
  return (
    <Part name="scanner">
      <Scanner
        key={turn}
        formats={kinds}
        onCode={(text) => {
          setTexts((before) => [...before, text]);
        }}
      />
      {texts.length > 0 && (
        <>
          <ResultTick result="done" title={isChinese ? "已识别" : "Scanned"} />
          <ul id="texts">
            {texts.map((text, index) => (
              <li key={index}>{text}</li>
            ))}
          </ul>
          <Button
            block
            onPress={() => {
              setTurn(turn + 1);
            }}
          >
            {isChinese ? "再次扫描" : "Scan again"}
          </Button>
        </>
      )}
    </Part>
  );
}
