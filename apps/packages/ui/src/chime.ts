/** Two notes that say "paid", made by the browser: there is no file to load. */

const NOTES_HZ = [880, 1318.5] as const;
const NOTE_SECONDS = 0.11;
const RING_SECONDS = 0.35;
const LOUDNESS = 0.2;
const SILENCE = 0.0001;

let shared: AudioContext | undefined;

/** How long the chime is. */
export const CHIME_SECONDS = NOTE_SECONDS + RING_SECONDS;

/** Wake the sound while a person presses something: browsers let none begin by itself. */
export function wakeSound(): void {
  if ("AudioContext" in globalThis) {
    shared ??= new AudioContext();
    void shared.resume().catch(() => undefined);
  }
}

/** Play the chime, if sound was woken before; a phone that is silent stays so. */
export function playChime(): void {
  if (shared?.state === "running") {
    scheduleChime(shared);
  }
}

/** Put the notes on a context's time line, from now on. */
export function scheduleChime(context: BaseAudioContext): void {
  NOTES_HZ.forEach((frequency, index) => {
    const start = context.currentTime + index * NOTE_SECONDS;
    const tone = new OscillatorNode(context, { type: "sine", frequency });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(SILENCE, start);
    volume.gain.exponentialRampToValueAtTime(LOUDNESS, start + 0.01);
    volume.gain.exponentialRampToValueAtTime(SILENCE, start + RING_SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + RING_SECONDS);
  });
}
