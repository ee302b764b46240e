/** EMVCo QR, Merchant-Presented Mode: the field rules as tables, and what holds between fields. */

import { COUNTRIES, NUMERIC_CODES } from "../generated/currencies.js";
import { scan } from "./objects.js";
import type { Fields, Problem } from "./objects.js";

interface Rule {
  readonly form: RegExp;
  readonly minimum: number;
  readonly maximum: number;
  readonly mandatory: boolean;
  readonly accepts: (value: string) => boolean;
}

type Table = ReadonlyMap<string, Rule>;
type Row = readonly [first: number, last: number, form: RegExp, minimum: number, maximum: number, more?: More];

interface More {
  readonly mandatory?: true;
  readonly accepts?: (value: string) => boolean;
}

const N = /^[0-9]*$/u;
const ANS = /^[ -~]*$/u;
// eslint-disable-next-line no-control-regex -- the specification excludes control characters by name
const S = /^[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*$/u;
const MANDATORY: More = { mandatory: true };

const amount = matching(/^(?=.*[1-9])[0-9]+(?:\.[0-9]*)?$/u);
const percentage = matching(/^(?=.*[1-9])[0-9]{1,2}(?:\.[0-9]{0,2})?$/u);

const ROOT = table(
  [0, 0, N, 2, 2, { mandatory: true, accepts: (value) => value === "01" }],
  [1, 1, N, 2, 2, { accepts: (value) => value === "11" || value === "12" }],
  [2, 51, ANS, 1, 99],
  [52, 52, N, 4, 4, MANDATORY],
  [53, 53, N, 3, 3, { mandatory: true, accepts: (value) => NUMERIC_CODES.has(value) }],
  [54, 54, ANS, 1, 13, { accepts: amount }],
  [55, 55, N, 2, 2, { accepts: matching(/^0[123]$/u) }],
  [56, 56, ANS, 1, 13, { accepts: amount }],
  [57, 57, ANS, 1, 5, { accepts: percentage }],
  [58, 58, ANS, 2, 2, { mandatory: true, accepts: (value) => COUNTRIES.has(value) }],
  [59, 59, ANS, 1, 25, MANDATORY],
  [60, 60, ANS, 1, 15, MANDATORY],
  [61, 61, ANS, 1, 10],
  [62, 62, S, 1, 99],
  [63, 63, ANS, 4, 4, { mandatory: true, accepts: matching(/^[0-9A-Fa-f]{4}$/u) }],
  [64, 99, S, 1, 99],
);

const ADDITIONAL = table(
  [1, 8, ANS, 1, 25],
  [9, 9, ANS, 1, 3, { accepts: (value) => /^[AME]+$/u.test(value) && new Set(value).size === value.length }],
  [10, 10, ANS, 1, 20],
  [11, 11, ANS, 3, 3],
  [12, 99, S, 1, 99],
);

const LANGUAGE = table(
  [0, 0, ANS, 2, 2, { mandatory: true, accepts: matching(/^[A-Za-z]+$/u) }],
  [1, 1, S, 1, 25, MANDATORY],
  [2, 2, S, 1, 15],
  [3, 99, S, 1, 99],
);

const ACCOUNT = table([0, 0, ANS, 1, 32, MANDATORY], [1, 99, ANS, 1, 99]);
const UNRESERVED = table([0, 0, ANS, 1, 32, MANDATORY], [1, 99, S, 1, 99]);

const ACCOUNT_IDS = span(2, 51);
const NESTED: ReadonlyMap<string, Table> = new Map([
  ...span(26, 51).map((id) => [id, ACCOUNT] as const),
  ["62", ADDITIONAL],
  ["64", LANGUAGE],
  ...span(80, 99).map((id) => [id, UNRESERVED] as const),
]);
const NESTED_ADDITIONAL: ReadonlySet<string> = new Set(span(50, 99));
const FEES = [
  ["02", "56"],
  ["03", "57"],
] as const;

/** Return the two-digit ids from `first` to `last`. */
export function span(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, at) => String(first + at).padStart(2, "0"));
}

/** Return the objects inside each template of a payload that parses. */
export function templatesOf(fields: Fields): ReadonlyMap<string, Fields> {
  const templates = new Map<string, Fields>();
  for (const [id, value] of fields) {
    if (NESTED.has(id)) {
      const { fields: nested, problems } = scan(value);
      if (problems.every((each) => each.code === "code_field_empty")) {
        templates.set(id, nested);
      }
    }
  }
  return templates;
}

/** Return every broken rule of the specification: missing fields, conditions and order, then field by field. */
export function checkPayload(fields: Fields): Problem[] {
  const problems = missing(ROOT, fields, "");
  if (!ACCOUNT_IDS.some((id) => fields.has(id))) {
    problems.push({ code: "code_field_missing", detail: "02: at least one merchant account (02 to 51)" });
  }
  for (const [indicator, fee] of FEES) {
    if ((fields.get("55") === indicator) !== fields.has(fee)) {
      problems.push({ code: "code_field_invalid", detail: `${fee}: goes only and always with 55=${indicator}` });
    }
  }
  if (Array.from(fields.keys())[0] !== "00" && fields.size > 0) {
    problems.push({ code: "code_field_invalid", detail: "00: the format indicator comes first" });
  }
  for (const [id, value] of fields) {
    if (!keeps(ROOT.get(id), value)) {
      problems.push({ code: "code_field_invalid", detail: id });
    }
    const rules = NESTED.get(id);
    if (rules !== undefined) {
      problems.push(...checkTemplate(id, value, rules));
    }
  }
  return problems;
}

function checkTemplate(id: string, value: string, rules: Table): Problem[] {
  const { fields, problems: wrong } = scan(value);
  if (wrong.some((each) => each.code !== "code_field_empty")) {
    return wrong.map((each) => ({ code: each.code, detail: id }));
  }
  const problems = checkNested(fields, rules, id);
  if (id !== "62") {
    return problems;
  }
  if (fields.has("00")) {
    problems.push({ code: "code_field_invalid", detail: "62-00: field 00 does not exist" });
  }
  for (const [inner, text] of fields) {
    if (NESTED_ADDITIONAL.has(inner)) {
      const { fields: nested, problems: unparsed } = scan(text);
      const where = `62-${inner}`;
      const found = unparsed.map((each) => ({ code: each.code, detail: where }));
      problems.push(...(unparsed.length > 0 ? found : checkNested(nested, UNRESERVED, where)));
    }
  }
  return problems;
}

function checkNested(nested: Fields, rules: Table, where: string): Problem[] {
  const problems = missing(rules, nested, `${where}-`);
  for (const [id, value] of nested) {
    if (rules.has(id) && !keeps(rules.get(id), value)) {
      problems.push({ code: "code_field_invalid", detail: `${where}-${id}` });
    }
  }
  return problems;
}

function missing(rules: Table, present: Fields, where: string): Problem[] {
  return Array.from(rules)
    .filter(([id, rule]) => rule.mandatory && !present.has(id))
    .map(([id]) => ({ code: "code_field_missing", detail: where + id }));
}

function keeps(rule: Rule | undefined, value: string): boolean {
  if (rule === undefined) {
    return false;
  }
  const { length } = Array.from(value);
  const fits = length >= rule.minimum && length <= rule.maximum;
  return fits && rule.form.test(value) && value.normalize("NFC") === value && rule.accepts(value);
}

function matching(pattern: RegExp): (value: string) => boolean {
  return (value) => pattern.test(value);
}

function table(...rows: readonly Row[]): Table {
  return new Map(
    rows.flatMap(([first, last, form, minimum, maximum, more]) => {
      const rule = {
        form,
        minimum,
        maximum,
        mandatory: more?.mandatory ?? false,
        accepts: more?.accepts ?? (() => true),
      };
      return span(first, last).map((id) => [id, rule] as const);
    }),
  );
}
