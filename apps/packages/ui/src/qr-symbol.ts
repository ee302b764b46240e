/** QR symbols as a vector outline. */

import { correction, generate, mode } from "lean-qr";

/** How much of a symbol may be lost: some 7, 15, 25 and 30 hundredths. */
export type ErrorCorrection = "L" | "M" | "Q" | "H";

/** A symbol without its quiet zone. */
export interface QrSymbol {
  /** Modules on a side. */
  readonly size: number;
  /** Outline of the dark modules as an SVG path, one unit a module, from 0. */
  readonly path: string;
}

/**
 * Draw a text in byte mode, which EMVCo asks for and every reader knows; the level is raised where that costs no module.
 *
 * A RangeError says that no symbol holds the text.
 */
export function qrSymbol(text: string, level: ErrorCorrection): QrSymbol {
  const bitmap = drawn(text, level);
  const path: string[] = [];
  for (let y = 0; y < bitmap.size; y++) {
    for (let x = 0; x < bitmap.size; x++) {
      const start = x;
      while (bitmap.get(x, y)) {
        x++;
      }
      if (x > start) {
        const run = String(x - start);
        path.push(`M${String(start)} ${String(y)}h${run}v1h-${run}z`);
      }
    }
  }
  return { size: bitmap.size, path: path.join("") };
}

function drawn(text: string, level: ErrorCorrection): ReturnType<typeof generate> {
  const bytes = new TextEncoder().encode(text);
  try {
    return generate(mode.bytes(bytes), { minCorrectionLevel: correction[level] });
  } catch (cause) {
    throw new RangeError(`no QR code holds ${String(bytes.length)} bytes at level ${level}`, { cause });
  }
}
