/** The published vectors, read from the files of the repository. */

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Vectors } from "./conformance/check.js";

const FOLDER = fileURLToPath(new URL("../../../../vectors/", import.meta.url));

/** Subjects of every file that is published. */
export const SUBJECTS = readdirSync(FOLDER).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5)); // prettier-ignore

/** Every file of vectors by its subject. */
export function readVectors(): Vectors {
  return Object.fromEntries(
    SUBJECTS.map((subject) => [subject, JSON.parse(readFileSync(`${FOLDER}${subject}.json`, "utf8"))]),
  );
}
