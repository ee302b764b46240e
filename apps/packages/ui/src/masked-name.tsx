/** Names of people and shops that others chose: shown as they are, and kept from disturbing the page. */

import { useMessages } from "./language.js";

const DISTURBING = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/** Return a name without what is not seen: control characters, and those that turn the direction of writing. */
export function plainName(name: string): string {
  return name.replace(DISTURBING, "").trim();
}

/** A name of which institutions hide a part, as `*明` or `L** M**`; screen readers say so instead of "star". */
export function MaskedName({ name }: { name: string }) {
  const { partlyHidden } = useMessages();
  const plain = plainName(name);
  const isMasked = /[*＊•]/u.test(plain);
  const spoken = plain.replace(/[*＊•]+/gu, " ").trim();
  return (
    <span className="pp-name">
      <bdi aria-hidden={isMasked || undefined}>{plain}</bdi>
      {isMasked && (
        <span className="pp-unseen">
          {spoken} ({partlyHidden})
        </span>
      )}
    </span>
  );
}
