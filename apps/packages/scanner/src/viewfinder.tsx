/** The camera's picture, with its light and zoom. */

import { useState } from "react";

import { useLanguage } from "@payport/ui/language";

import type { Camera } from "./camera.js";
import { SCANNER_MESSAGES } from "./messages.js";
import type { Scan } from "./use-scan.js";

const MOST_ZOOM = 4;

/** What the viewfinder shows. */
export interface ViewfinderProps {
  /** The scan it belongs to. */
  readonly scan: Scan;
  /** Hidden, it stays on the page, so that the camera can begin anew. */
  readonly isShown: boolean;
  /** A code was found. */
  readonly isResting: boolean;
}

/** A square of the camera's picture; what is seen in it is what is read. */
export function Viewfinder({ scan, isShown, isResting }: ViewfinderProps) {
  const messages = SCANNER_MESSAGES[useLanguage()];
  const { video, camera, zoom, setZoom } = scan;
  const isEnlarged = camera !== undefined && camera.zoomRange === undefined;
  const words = camera === undefined ? messages.starting : messages.aim;
  return (
    <div hidden={!isShown}>
      <div className="pp-viewfinder">
        <video
          ref={video}
          aria-label={messages.camera}
          muted
          playsInline
          style={{ transform: `scale(${String(isEnlarged ? zoom : 1)})` }}
        />
        <svg className="pp-reticle" viewBox="0 0 100 100" aria-hidden="true">
          <path d="M18 30V18h12M70 18h12v12M82 70v12H70M30 82H18V70" />
        </svg>
        <p className="pp-viewfinder-words" role="status">
          {!isResting && isShown && !scan.isReading && words}
        </p>
      </div>
      {camera !== undefined && (
        <div className="pp-viewfinder-controls">
          <label>
            {messages.zoom}
            <input
              type="range"
              min={1}
              max={mostZoom(camera)}
              step={0.1}
              value={zoom}
              onChange={({ target }) => {
                setZoom(target.valueAsNumber);
              }}
            />
          </label>
          {camera.hasTorch && <Torch camera={camera} words={messages.torch} />}
        </div>
      )}
    </div>
  );
}

function Torch({ camera, words }: { camera: Camera; words: string }) {
  const [isOn, setIsOn] = useState(false);
  return (
    <button
      type="button"
      className="pp-button pp-button-plain"
      aria-pressed={isOn}
      onClick={() => {
        void camera.setTorch(!isOn).then((isDone) => {
          setIsOn((wasOn) => (isDone ? !wasOn : wasOn));
        });
      }}
    >
      {words}
    </button>
  );
}

function mostZoom({ zoomRange }: Camera): number {
  return zoomRange === undefined ? MOST_ZOOM : Math.min(MOST_ZOOM, zoomRange.max / zoomRange.min);
}
