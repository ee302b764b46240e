/** The scanner's state: one of camera, picture and choice is looked at, and something may be wrong. */

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { RefObject } from "react";

import { CameraUnavailable } from "./camera.js";
import type { Camera } from "./camera.js";
import { scanLive } from "./live.js";
import type { ScanProblem } from "./messages.js";
import { CodeReader, ReaderUnavailable } from "./reader.js";
import type { CodeFormat } from "./reader.js";
import { PictureUnreadable, readPicture } from "./sight.js";
import type { Sight } from "./sight.js";

/** What is going on. */
export interface Scan {
  /** Where the camera's picture goes. */
  readonly video: RefObject<HTMLVideoElement>;
  /** The camera while it is on. */
  readonly camera: Camera | undefined;
  /** How far the page itself enlarges the video, where the camera does not. */
  readonly zoom: number;
  /** Enlarge it so far. */
  readonly setZoom: (zoom: number) => void;
  /** Why nothing is scanned. */
  readonly problem: ScanProblem | undefined;
  /** A picture is being read. */
  readonly isReading: boolean;
  /** Several codes that were seen, to choose from. */
  readonly choice: Sight | undefined;
  /** Look for codes in a picture. */
  readonly look: (picture: Blob) => void;
  /** Take a text, and rest. Only the first counts. */
  readonly choose: (text: string) => void;
  /** Back to the camera. */
  readonly again: () => void;
}

/** Scan until there is one text; the camera is on while the page is seen and nothing was found. */
export function useScan(formats: readonly CodeFormat[], onText: (text: string) => void): Scan {
  const [stage, setStage] = useState<Stage>({ wanted: true, attempt: 0 });
  const isTaken = useRef(false);
  const open = useReader(formats);
  const choose = useCallback(
    (text: string) => {
      setStage(({ attempt }) => ({ wanted: false, attempt }));
      if (!isTaken.current) {
        isTaken.current = true;
        onText(text);
      }
    },
    [onText],
  );
  const take = useCallback(
    (sight: Sight) => {
      const [first, second] = sight.found;
      if (first !== undefined && second === undefined) {
        choose(first.text);
      } else {
        setStage(({ attempt }) => ({ wanted: false, attempt, choice: sight }));
      }
    },
    [choose],
  );
  const fail = useCallback((problem: ScanProblem) => {
    setStage(({ attempt }) => ({ wanted: false, attempt, problem }));
  }, []);
  const live = useLive(useIsSeen() && stage.wanted, stage.attempt, { open, take, fail });
  const look = (picture: Blob): void => {
    setStage(({ attempt }) => ({ wanted: false, attempt, isReading: true }));
    void open()
      .then((reader) => readPicture(picture, reader))
      .then((sight) => {
        if (sight.found.length === 0) {
          fail("no_code");
        } else {
          take(sight);
        }
      })
      .catch((error: unknown) => {
        fail(problemOf(error));
      });
  };
  const again = (): void => {
    setStage(({ attempt }) => ({ wanted: true, attempt: attempt + 1 }));
  };
  const { problem, choice, isReading = false } = stage;
  return { ...live, problem, isReading, choice, look, choose, again };
}

interface Stage {
  readonly wanted: boolean;
  readonly attempt: number;
  readonly problem?: ScanProblem;
  readonly isReading?: boolean;
  readonly choice?: Sight;
}

interface Live {
  readonly open: () => Promise<CodeReader>;
  readonly take: (sight: Sight) => void;
  readonly fail: (problem: ScanProblem) => void;
}

function useLive(
  isWanted: boolean,
  attempt: number,
  { open, take, fail }: Live,
): Pick<Scan, "video" | "camera" | "zoom" | "setZoom"> {
  const video = useRef<HTMLVideoElement>(null);
  const zoomNow = useRef(1);
  const [zoom, setZoom] = useState(1);
  const [camera, setCamera] = useState<Camera>();
  useEffect(() => {
    const element = video.current;
    if (!isWanted || element === null) {
      return undefined;
    }
    const ending = new AbortController();
    const told = { reader: open(), zoom: () => zoomNow.current, signal: ending.signal, onCamera: setCamera };
    void scanLive({ video: element, ...told })
      .then((sight) => {
        if (sight !== undefined && !ending.signal.aborted) {
          take(sight);
        }
      })
      .catch((error: unknown) => {
        if (!ending.signal.aborted) {
          fail(problemOf(error));
        }
      })
      .finally(() => {
        setCamera(undefined);
      });
    return () => {
      ending.abort();
    };
  }, [isWanted, attempt, open, take, fail]);
  const enlarge = (next: number): void => {
    const isByCamera = camera?.zoomRange !== undefined;
    zoomNow.current = isByCamera ? 1 : next;
    setZoom(next);
    if (isByCamera) {
      void camera.setZoom(next * camera.zoomRange.min);
    }
  };
  return { video, camera, zoom, setZoom: enlarge };
}

/** Open the reader once, when it is first needed, and again after a failure. */
function useReader(formats: readonly CodeFormat[]): () => Promise<CodeReader> {
  const key = formats.join();
  return useMemo(() => {
    let opened: Promise<CodeReader> | undefined;
    return () => {
      opened ??= CodeReader.open(key.split(",") as CodeFormat[]).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    };
  }, [key]);
}

function useIsSeen(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener("visibilitychange", changed);
      return () => {
        document.removeEventListener("visibilitychange", changed);
      };
    },
    () => document.visibilityState === "visible",
  );
}

function problemOf(error: unknown): ScanProblem {
  if (error instanceof CameraUnavailable) {
    return error.problem;
  }
  if (error instanceof PictureUnreadable) {
    return "unreadable";
  }
  if (error instanceof ReaderUnavailable) {
    return "reader";
  }
  throw error;
}
