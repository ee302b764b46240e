/** Scanning with the camera, from turning it on to the first codes. */

import { Camera, CameraUnavailable } from "./camera.js";
import type { CodeReader } from "./reader.js";
import { watchVideo } from "./sight.js";
import type { Sight } from "./sight.js";

/** What a live scan needs. */
export interface LiveScan {
  /** Shows what the camera sees; must be on the page, as the part of it that is shown is the part that is read. */
  readonly video: HTMLVideoElement;
  /** Reads the codes; the camera starts while it is loaded. */
  readonly reader: Promise<CodeReader>;
  /** How far the page enlarges the video. */
  readonly zoom: () => number;
  /** Ends the scan, and turns the camera off. */
  readonly signal: AbortSignal;
  /** Told of the camera once it is on. */
  readonly onCamera?: (camera: Camera) => void;
}

/**
 * Scan until codes are seen; `undefined` if ended before. The camera is off when this returns, however it does.
 * Throws `CameraUnavailable` and `ReaderUnavailable`.
 */
export async function scanLive({ video, reader, zoom, signal, onCamera }: LiveScan): Promise<Sight | undefined> {
  reader.catch(() => undefined); // it may fail while the camera is still being waited for
  const camera = await Camera.open();
  const lost = new Promise<never>((_, reject) => {
    camera.onEnded(() => {
      reject(new CameraUnavailable("busy"));
    });
  });
  try {
    if (signal.aborted) {
      return undefined;
    }
    video.srcObject = camera.stream;
    onCamera?.(camera);
    const seen = async (): Promise<Sight | undefined> => {
      await video.play().catch(() => undefined); // ended before it began, or played already
      return watchVideo(video, { reader: await reader, zoom, signal });
    };
    return await Promise.race([seen(), ended(signal), lost]);
  } finally {
    camera.close();
    video.srcObject = null;
  }
}

function ended(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener(
      "abort",
      () => {
        resolve(undefined);
      },
      { once: true },
    );
  });
}
