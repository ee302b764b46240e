/** Reading codes with zxing-wasm, for browsers that do not read them by themselves. Imported only when needed. */

import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";
import reader from "zxing-wasm/reader/zxing_reader.wasm?url";

import type { CodeFormat, Detector } from "./reader.js";

/** Return a detector whose program is loaded from where this app is, never from a third party. */
export async function zxingDetector(formats: readonly CodeFormat[]): Promise<Detector> {
  await prepareZXingModule({
    overrides: { locateFile: (path: string, prefix: string) => (path.endsWith(".wasm") ? reader : prefix + path) },
    fireImmediately: true,
  });
  return new BarcodeDetector({ formats: [...formats] });
}
