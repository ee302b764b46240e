/** What the scanner says, in both languages. */

import type { Language } from "@payport/ledger-client/sentences";

import type { CameraProblem } from "./camera.js";

/** Why nothing is scanned. */
export type ScanProblem = CameraProblem | "reader" | "no_code" | "unreadable";

/** Texts of one language. */
export interface ScannerMessages {
  /** Name of the camera's picture. */
  readonly camera: string;
  /** The camera is being turned on. */
  readonly starting: string;
  /** What to do with the camera. */
  readonly aim: string;
  /** The light. */
  readonly torch: string;
  /** How much nearer. */
  readonly zoom: string;
  /** The button for a picture. */
  readonly album: string;
  /** A picture is being read. */
  readonly reading: string;
  /** Name of the field for a code's text. */
  readonly paste: string;
  /** The button that takes the text. */
  readonly useText: string;
  /** Several codes were seen. */
  readonly several: string;
  /** Name of one of several codes. */
  readonly nth: (position: number, total: number) => string;
  /** Goes back to the camera. */
  readonly again: string;
  /** Why nothing is scanned: in a few words, and what to do. */
  readonly problems: Readonly<Record<ScanProblem, readonly [string, string]>>;
}

/** Texts by language. */
export const SCANNER_MESSAGES: Readonly<Record<Language, ScannerMessages>> = {
  en: {
    camera: "Camera",
    starting: "Turning the camera on…",
    aim: "Aim at a code",
    torch: "Light",
    zoom: "Zoom",
    album: "Picture from the album",
    reading: "Reading…",
    paste: "Text of a code",
    useText: "Use this text",
    several: "There are several codes. Tap the one you mean.",
    nth: (position, total) => `Code ${String(position)} of ${String(total)}`,
    again: "Back to the camera",
    problems: {
      insecure: [
        "No camera on this connection",
        "Browsers give the camera to secure pages only. Choose a picture of the code, or paste its text.",
      ],
      refused: [
        "The camera is not allowed",
        "Allow it for this page in the browser's settings, then try again. A picture or pasted text work without it.",
      ],
      absent: ["No camera found", "Choose a picture of the code, or paste its text."],
      busy: [
        "The camera does not answer",
        "Another app may be using it. Close that app and try again, or choose a picture of the code.",
      ],
      reader: [
        "Codes cannot be read now",
        "The part that reads them could not be loaded. Connect and try again, or paste the code's text.",
      ],
      no_code: ["No code in this picture", "Choose one in which the code is sharp, whole and not too small."],
      unreadable: ["This picture cannot be opened", "Choose a photo or a screenshot of less than 64 MB."],
    },
  },
  zh: {
    camera: "相机画面",
    starting: "正在打开相机…",
    aim: "将码放入框内",
    torch: "手电筒",
    zoom: "缩放",
    album: "从相册选取",
    reading: "正在识别…",
    paste: "码的文本",
    useText: "使用此文本",
    several: "发现多个码，请点选其中一个。",
    nth: (position, total) => `第 ${String(position)} 个，共 ${String(total)} 个`,
    again: "返回相机",
    problems: {
      insecure: ["当前连接无法使用相机", "浏览器只允许安全页面使用相机。请选择码的图片，或粘贴码的文本。"],
      refused: ["未获得相机权限", "请在浏览器设置中允许本页使用相机后重试；也可选择图片或粘贴文本。"],
      absent: ["未找到相机", "请选择码的图片，或粘贴码的文本。"],
      busy: ["相机没有响应", "可能正被其他应用使用。请关闭该应用后重试，或选择码的图片。"],
      reader: ["暂时无法识别", "识别组件未能加载。请联网后重试，或粘贴码的文本。"],
      no_code: ["图片中没有码", "请选择码清晰、完整且不过小的图片。"],
      unreadable: ["无法打开该图片", "请选择小于 64 MB 的照片或截图。"],
    },
  },
};
