/** The camera at the back of a phone. */

/** Why there is no picture. */
export type CameraProblem = "insecure" | "refused" | "absent" | "busy";

/** Why a camera could not be opened. */
export class CameraUnavailable extends Error {
  override readonly name = "CameraUnavailable";

  constructor(
    /** Which of the reasons people can do something about. */
    readonly problem: CameraProblem,
    options?: ErrorOptions,
  ) {
    super(`no camera: ${problem}`, options);
  }
}

/** How far a camera zooms by itself. */
export interface ZoomRange {
  /** Least and usual. */
  readonly min: number;
  /** Most. */
  readonly max: number;
}

/** What tracks of cameras can do beyond what TypeScript's DOM knows. */
interface Abilities extends MediaTrackCapabilities {
  readonly torch?: boolean;
  readonly zoom?: ZoomRange;
  readonly focusMode?: readonly string[];
}

const WANTED: MediaStreamConstraints = {
  audio: false,
  video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } },
};

/** A camera that is on. */
export class Camera {
  private constructor(
    /** What it sees. */
    readonly stream: MediaStream,
    private readonly track: MediaStreamTrack,
    private readonly abilities: Abilities,
  ) {}

  /** Turn the rear camera on, or the only one there is. Throws `CameraUnavailable`. */
  static async open(): Promise<Camera> {
    // Browsers hide the camera from pages that are not served securely.
    const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    if (!isSecureContext || devices === undefined) {
      throw new CameraUnavailable("insecure");
    }
    const stream = await devices.getUserMedia(WANTED).catch((cause: unknown) => {
      throw new CameraUnavailable(problemOf(cause), { cause });
    });
    const track = stream.getVideoTracks()[0];
    if (track === undefined) {
      throw new CameraUnavailable("absent");
    }
    const camera = new Camera(stream, track, "getCapabilities" in track ? track.getCapabilities() : {});
    if (camera.abilities.focusMode?.includes("continuous") === true) {
      await camera.apply({ focusMode: "continuous" });
    }
    return camera;
  }

  /** Whether it has a light. */
  get hasTorch(): boolean {
    return this.abilities.torch === true;
  }

  /** How far it zooms by itself, if it does. */
  get zoomRange(): ZoomRange | undefined {
    const { zoom } = this.abilities;
    return zoom !== undefined && zoom.max > zoom.min ? zoom : undefined;
  }

  /** Turn the light on or off; tells whether it did. */
  async setTorch(on: boolean): Promise<boolean> {
    return this.apply({ torch: on });
  }

  /** Zoom by the camera itself; tells whether it did. */
  async setZoom(zoom: number): Promise<boolean> {
    return this.apply({ zoom });
  }

  /** Call `ended` when the device goes away or its use is withdrawn. */
  onEnded(ended: () => void): void {
    this.track.addEventListener("ended", ended, { once: true });
  }

  /** Turn it off, and its light. */
  close(): void {
    this.stream.getTracks().forEach((track) => {
      track.stop();
    });
  }

  private async apply(setting: { torch?: boolean; zoom?: number; focusMode?: string }): Promise<boolean> {
    try {
      await this.track.applyConstraints({ advanced: [setting as MediaTrackConstraintSet] });
      return true;
    } catch {
      return false; // a camera may say that it can, and not do it
    }
  }
}

function problemOf(error: unknown): CameraProblem {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "absent";
    default:
      return "busy";
  }
}
