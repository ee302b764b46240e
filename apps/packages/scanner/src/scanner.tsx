/** Scanning a code: camera, picture or pasted text. */

import { useCallback, useEffect, useId, useRef, useState } from "react";

import { Button } from "@payport/ui/button";
import { useLanguage } from "@payport/ui/language";
import { ErrorNotice } from "@payport/ui/notices";

import { SCANNER_MESSAGES } from "./messages.js";
import type { ScanProblem, ScannerMessages } from "./messages.js";
import type { CodeFormat } from "./reader.js";
import type { Sight } from "./sight.js";
import { useScan } from "./use-scan.js";
import type { Scan } from "./use-scan.js";
import { Viewfinder } from "./viewfinder.js";

const QR_ONLY: readonly CodeFormat[] = ["qr_code"];
const MAX_TEXT = 4096;
const RETRIED: ReadonlySet<ScanProblem> = new Set(["refused", "busy", "reader", "absent"]);

/** What is scanned for. */
export interface ScannerProps {
  /** Called once with a code's raw text. Then the scanner rests; mount it anew to scan again. */
  readonly onCode: (text: string) => void;
  /** Kinds of codes; a till adds `code_128` for other schemes' pay codes. */
  readonly formats?: readonly CodeFormat[];
}

/** A scanner as wide as what holds it. */
export function Scanner({ onCode, formats = QR_ONLY }: ScannerProps) {
  const told = useRef(onCode);
  const [isDone, setIsDone] = useState(false);
  useEffect(() => {
    told.current = onCode;
  });
  const onText = useCallback((text: string) => {
    setIsDone(true);
    told.current(text);
  }, []);
  const scan = useScan(formats, onText);
  const messages = SCANNER_MESSAGES[useLanguage()];
  const isCameraShown = scan.choice === undefined && scan.problem === undefined;
  return (
    <div
      className="pp-scanner"
      onPaste={({ clipboardData }) => {
        const [picture] = clipboardData.files;
        if (picture !== undefined) {
          scan.look(picture);
        }
      }}
    >
      <Viewfinder scan={scan} isShown={isCameraShown} isResting={isDone} />
      {scan.choice !== undefined && <Choice sight={scan.choice} onChoose={scan.choose} onLeave={scan.again} />}
      <Trouble scan={scan} messages={messages} />
      <OtherWays scan={scan} messages={messages} />
    </div>
  );
}

function Trouble({ scan: { problem, again }, messages }: { scan: Scan; messages: ScannerMessages }) {
  if (problem === undefined) {
    return null;
  }
  const [title, advice] = messages.problems[problem];
  const isOfPicture = problem === "no_code" || problem === "unreadable";
  const isOffered = isOfPicture || RETRIED.has(problem);
  return (
    <ErrorNotice title={title} actions={isOffered && <Button onPress={again}>{messages.again}</Button>}>
      {advice}
    </ErrorNotice>
  );
}

function Choice({ sight, onChoose, onLeave }: ChoiceProps) {
  const messages = SCANNER_MESSAGES[useLanguage()];
  const { image, found } = sight;
  const place = useCallback(
    (element: HTMLDivElement | null) => {
      element?.prepend(image);
    },
    [image],
  );
  return (
    <div>
      <p role="alert">{messages.several}</p>
      <div className="pp-choice" ref={place}>
        {found.map(({ text, middle }, index) => (
          <button
            key={text}
            type="button"
            className="pp-choice-mark"
            aria-label={messages.nth(index + 1, found.length)}
            style={{
              left: `${String((100 * middle.x) / image.width)}%`,
              top: `${String((100 * middle.y) / image.height)}%`,
            }}
            onClick={() => {
              onChoose(text);
            }}
          >
            {index + 1}
          </button>
        ))}
      </div>
      <Button block onPress={onLeave}>
        {messages.again}
      </Button>
    </div>
  );
}

interface ChoiceProps {
  readonly sight: Sight;
  readonly onChoose: (text: string) => void;
  readonly onLeave: () => void;
}

function OtherWays({ scan, messages }: OtherWaysProps) {
  const [text, setText] = useState("");
  const name = useId();
  return (
    <div className="pp-scanner-ways">
      <label className="pp-button pp-button-plain pp-album" aria-busy={scan.isReading}>
        {scan.isReading ? messages.reading : messages.album}
        <input
          type="file"
          accept="image/*"
          className="pp-unseen"
          disabled={scan.isReading}
          onChange={({ target }) => {
            const picture = target.files?.[0];
            if (picture !== undefined) {
              scan.look(picture);
            }
            target.value = ""; // the same picture may be chosen again
          }}
        />
      </label>
      <form
        className="pp-paste"
        onSubmit={(event) => {
          event.preventDefault();
          scan.choose(text.trim());
        }}
      >
        <label htmlFor={name}>{messages.paste}</label>
        <textarea
          id={name}
          rows={2}
          maxLength={MAX_TEXT}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
          }}
        />
        <Button type="submit" disabled={text.trim() === ""}>
          {messages.useText}
        </Button>
      </form>
    </div>
  );
}

interface OtherWaysProps {
  readonly scan: Scan;
  readonly messages: ScannerMessages;
}
