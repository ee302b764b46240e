/** A QR code on the screen: dark on white in every theme, since many readers know no other. */

import { useMemo } from "react";

import { qrSymbol } from "./qr-symbol.js";
import type { ErrorCorrection } from "./qr-symbol.js";

const QUIET_MODULES = 4;

/** What a code holds and is called. */
export interface QrCodeProps {
  /** What readers read. */
  readonly text: string;
  /** What it is for, to who does not see it: "Your pay code". */
  readonly label: string;
  /** How much of it may be lost. */
  readonly errorCorrection?: ErrorCorrection;
  /** Modules of white around it; readers may need 4. */
  readonly quietModules?: number;
}

/** A code as wide as what holds it. */
export function QrCode({ text, label, errorCorrection = "M", quietModules = QUIET_MODULES }: QrCodeProps) {
  const { size, path } = useMemo(() => qrSymbol(text, errorCorrection), [text, errorCorrection]);
  const side = size + 2 * quietModules;
  return (
    <svg
      className="pp-qr"
      role="img"
      aria-label={label}
      viewBox={`${String(-quietModules)} ${String(-quietModules)} ${String(side)} ${String(side)}`}
      shapeRendering="crispEdges"
    >
      <rect x={-quietModules} y={-quietModules} width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
