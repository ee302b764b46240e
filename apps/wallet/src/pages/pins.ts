/** Which PINs are no PINs. */

/** Tell whether a PIN is one that is tried first: one digit again and again, or digits in a row. */
export function isGuessed(pin: string): boolean {
  const steps = Array.from(pin.slice(1), (digit, index) => Number(digit) - Number(pin[index]));
  return steps.every((step) => step === steps[0]) && Math.abs(steps[0] ?? 0) <= 1;
}
