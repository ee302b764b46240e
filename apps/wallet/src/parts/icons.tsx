/** Line icons of the app, drawn in the colour of the text around them. */

const PATHS = {
  home: "M4 11l8-7 8 7v9h-5v-6h-6v6H4z",
  activity: "M5 4h14v16l-3-2-2 2-2-2-2 2-2-2-3 2zM8 9h8M8 13h5",
  cards: "M3 6h18v12H3zM3 10h18",
  me: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c0-5 4-7 8-7s8 2 8 7",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h3v3h-3zM20 14v6h-6",
  transfer: "M4 8h14l-4-4M20 16H6l4 4",
  request: "M12 4v11M7 11l5 5 5-5M4 20h16",
  receive: "M12 20V9M7 13l5-5 5 5M4 4h16",
  trade: "M7 4v16M7 4L3 8M7 4l4 4M17 20V4M17 20l-4-4M17 20l4-4",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 15a3 3 0 100-6 3 3 0 000 6z",
  hidden: "M3 3l18 18M6 7c-2 1-3 3-4 5 3 5 6 7 10 7 2 0 4-.5 5-1M10 5h2c4 0 7 2 10 7-1 1-1 2-2 3",
  next: "M9 5l7 7-7 7",
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon beside words that say the same. */
export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg className="pw-icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
