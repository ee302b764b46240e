/** Reading the codes in an image: the browser's own reader where it has one, zxing otherwise. */

/** Kinds of codes that payments are made with. */
export type CodeFormat = "qr_code" | "code_128" | "ean_13" | "data_matrix";

/** A point of an image, in its pixels. */
export interface Point {
  /** From the left. */
  readonly x: number;
  /** From the top. */
  readonly y: number;
}

/** A code in an image. */
export interface FoundCode {
  /** Its text, as it is: nothing is resolved or trusted here. */
  readonly text: string;
  /** Its middle. */
  readonly middle: Point;
}

/** What the Barcode Detection API and its stand-in have in common. */
export interface Detector {
  /** Return the codes of an image. */
  readonly detect: (image: HTMLCanvasElement) => Promise<readonly DetectedCode[]>;
}

/** A code as detectors report it. */
export interface DetectedCode {
  /** Its text. */
  readonly rawValue: string;
  /** Where it is. */
  readonly boundingBox: DOMRectReadOnly;
}

interface NativeDetector {
  new (options: { formats: readonly CodeFormat[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** The program that reads codes could not be loaded, for want of a network. */
export class ReaderUnavailable extends Error {
  override readonly name = "ReaderUnavailable";
}

/** Reads codes of some kinds. */
export class CodeReader {
  private constructor(
    private readonly formats: readonly CodeFormat[],
    private detector: Detector,
    /** Whether the browser itself reads. */
    public isNative: boolean,
  ) {}

  /** Make a reader. Throws `ReaderUnavailable`. */
  static async open(formats: readonly CodeFormat[]): Promise<CodeReader> {
    const native = await nativeDetector(formats);
    return new CodeReader(formats, native ?? (await zxing(formats)), native !== undefined);
  }

  /** Return every code of an image, each text once. */
  async read(image: HTMLCanvasElement): Promise<readonly FoundCode[]> {
    const found = new Map<string, FoundCode>();
    for (const { rawValue, boundingBox } of await this.detect(image)) {
      const { x, y, width, height } = boundingBox;
      if (rawValue !== "" && !found.has(rawValue)) {
        found.set(rawValue, { text: rawValue, middle: { x: x + width / 2, y: y + height / 2 } });
      }
    }
    return [...found.values()];
  }

  /** A browser may offer a reader and lack the service behind it; that shows at the first image only. */
  private async detect(image: HTMLCanvasElement): Promise<readonly DetectedCode[]> {
    try {
      return await this.detector.detect(image);
    } catch (error) {
      if (!this.isNative) {
        throw error;
      }
      this.detector = await zxing(this.formats);
      this.isNative = false;
      return this.detector.detect(image);
    }
  }
}

async function nativeDetector(formats: readonly CodeFormat[]): Promise<Detector | undefined> {
  const native = (globalThis as { BarcodeDetector?: NativeDetector }).BarcodeDetector;
  try {
    const known = (await native?.getSupportedFormats()) ?? [];
    return native !== undefined && formats.every((each) => known.includes(each)) ? new native({ formats }) : undefined;
  } catch {
    return undefined;
  }
}

async function zxing(formats: readonly CodeFormat[]): Promise<Detector> {
  try {
    const { zxingDetector } = await import("./zxing.js");
    return await zxingDetector(formats);
  } catch (cause) {
    throw new ReaderUnavailable("the reader of codes could not be loaded", { cause });
  }
}
