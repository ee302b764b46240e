/** What was seen: an image and the codes in it, from a camera or a picture. */

import type { CodeReader, FoundCode } from "./reader.js";
import { fitted, middleOf, shownRegion } from "./region.js";
import type { Region } from "./region.js";

const FRAME_LONGEST = 1024;
const MIDDLE_SHARE = 0.5;
const PAUSE_MS = 80;
const PICTURE_LONGEST = [1600, 4096] as const;
const MAX_PICTURE_BYTES = 64 * 1024 * 1024;

/** An image with its codes. */
export interface Sight {
  /** The image. */
  readonly image: HTMLCanvasElement;
  /** Its codes, places in pixels of the image. */
  readonly found: readonly FoundCode[];
}

/** A file is no picture that this browser shows, or is too large. */
export class PictureUnreadable extends Error {
  override readonly name = "PictureUnreadable";
}

/** How a video is watched. */
export interface Watching {
  /** Reads the frames. */
  readonly reader: CodeReader;
  /** How far the page enlarges the video, at each frame. */
  readonly zoom: () => number;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/**
 * Look at a playing video until codes are seen in the part of it that is shown; `undefined` if ended before.
 * By turns the whole is looked at, and its middle at full resolution, where small codes are.
 */
export async function watchVideo(
  video: HTMLVideoElement,
  { reader, zoom, signal }: Watching,
): Promise<Sight | undefined> {
  for (let turn = 0; !signal.aborted; turn++) {
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0) {
      const size = { width: video.videoWidth, height: video.videoHeight };
      const box = { width: video.clientWidth || size.width, height: video.clientHeight || size.height };
      const shown = shownRegion(size, box, zoom());
      const image = drawn(video, turn % 2 === 0 ? shown : middleOf(shown, MIDDLE_SHARE), FRAME_LONGEST);
      const found = await reader.read(image);
      if (found.length > 0) {
        return { image, found };
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return undefined;
}

/** Look for codes in a picture: made smaller first, which is quick, then as large as it is. Throws `PictureUnreadable`. */
export async function readPicture(picture: Blob, reader: CodeReader): Promise<Sight> {
  if (picture.size > MAX_PICTURE_BYTES) {
    throw new PictureUnreadable(`the picture has ${String(picture.size)} bytes`);
  }
  const bitmap = await createImageBitmap(picture).catch((cause: unknown) => {
    throw new PictureUnreadable("this browser does not show the picture", { cause });
  });
  try {
    const whole = { x: 0, y: 0, width: bitmap.width, height: bitmap.height };
    const [small, large] = PICTURE_LONGEST;
    const image = drawn(bitmap, whole, small);
    const found = await reader.read(image);
    if (found.length > 0 || Math.max(whole.width, whole.height) <= small) {
      return { image, found };
    }
    const closer = drawn(bitmap, whole, large);
    return { image: closer, found: await reader.read(closer) };
  } finally {
    bitmap.close();
  }
}

function drawn(source: CanvasImageSource, { x, y, width, height }: Region, longest: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const size = fitted({ width, height }, longest);
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context?.drawImage(source, x, y, width, height, 0, 0, size.width, size.height);
  return canvas;
}
