/** A code of digits to read out or type, such as the 19 of a pay code. */

const GROUP = 4;

/** Cut digits into groups of four; the last may be shorter. */
export function digitGroups(digits: string): string[] {
  return digits.match(new RegExp(`.{1,${String(GROUP)}}`, "gu")) ?? [];
}

/** Digits in groups. To a screen reader they are single digits with a pause between groups. */
export function DigitsCode({ digits, label }: { digits: string; label: string }) {
  const groups = digitGroups(digits);
  const spoken = groups.map((group) => Array.from(group).join(" ")).join(", ");
  return (
    <p className="pp-digits-code pp-digits">
      <span className="pp-unseen">
        {label}: {spoken}
      </span>
      {groups.map((group, index) => (
        <span key={index} aria-hidden="true">
          {group}
        </span>
      ))}
    </p>
  );
}
