/** Pictures of codes, drawn from what the apps draw: as grey pixels, and as the video a camera would give. */

import { writeFile } from "node:fs/promises";

import { qrSymbol } from "../../ui/src/qr-symbol.js";

const QUIET = 4;
const WHITE = 235;
const BLACK = 16;
const GREY = 128;

/** Grey pixels, row by row. */
export interface Pixels {
  /** How wide. */
  readonly width: number;
  /** How high. */
  readonly height: number;
  /** A byte each. */
  readonly grey: Uint8Array;
}

/** Draw codes side by side in the middle of a white picture, each module `scale` pixels wide. */
export function pictureOf(texts: readonly string[], width: number, height: number, scale: number): Pixels {
  const grey = new Uint8Array(width * height).fill(WHITE);
  texts.forEach((text, index) => {
    const { size, path } = qrSymbol(text, "M");
    const share = width / texts.length;
    const left = Math.round(share * index + (share - size * scale) / 2);
    const top = Math.round((height - size * scale) / 2);
    if (left < QUIET * scale || top < QUIET * scale) {
      throw new RangeError("the picture is too small for the code");
    }
    for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)/gu)) {
      for (let row = 0; row < scale; row++) {
        const start = (top + Number(y) * scale + row) * width + left + Number(x) * scale;
        grey.fill(BLACK, start, start + Number(run) * scale);
      }
    }
  });
  return { width, height, grey };
}

/** Write a video that shows the picture, in the form Chromium's camera of files reads. */
export async function writeVideo(file: string, { width, height, grey }: Pixels): Promise<void> {
  const head = Buffer.from(`YUV4MPEG2 W${String(width)} H${String(height)} F30:1 Ip A1:1 C420jpeg\n`);
  const colours = Buffer.alloc((width * height) / 2, GREY);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), grey, colours]);
  await writeFile(file, Buffer.concat([head, frame, frame, frame]));
}

/** Return the picture as a file of the simplest form that browsers show. */
export function bitmapFile({ width, height, grey }: Pixels): Buffer {
  const rowBytes = Math.ceil(width / 4) * 4;
  const paletteBytes = 1024;
  const start = 54 + paletteBytes;
  const file = Buffer.alloc(start + rowBytes * height);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(-height, 22); // the first row is the upper one
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8, 28);
  for (let value = 0; value < 256; value++) {
    file.fill(value, 54 + 4 * value, 57 + 4 * value);
  }
  for (let row = 0; row < height; row++) {
    file.set(grey.subarray(row * width, (row + 1) * width), start + row * rowBytes);
  }
  return file;
}
