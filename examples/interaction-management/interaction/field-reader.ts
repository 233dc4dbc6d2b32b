/** One message per field that is wrong, ready to show beside it. */
export type FieldProblems<T> = { readonly [Field in keyof T]?: string };

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: FieldProblems<T> };

export interface FieldReader<T> {
  /** Trimmed text; without `required` it may be missing and is then empty. */
  text(field: keyof T, rule: { readonly required?: string; readonly longest: number }): string;
  choice<const C extends string>(field: keyof T, choices: readonly [C, ...C[]]): C;
  /** One of the choices, or undefined where the field was not sent at all. */
  optionalChoice<const C extends string>(field: keyof T, choices: readonly [C, ...C[]]): C | undefined;
  /** A point in time, normalised to ISO 8601 in UTC. */
  time(field: keyof T): string;
}

/**
 * Reads an object of unknown shape field by field and reports every problem at once. Fields it is not asked about are
 * ignored on purpose: during a deployment the front end of the next version already sends what this one does not know.
 */
export function readFields<T>(input: unknown, read: (reader: FieldReader<T>) => T): Validated<T> {
  const given: Readonly<Record<PropertyKey, unknown>> =
    typeof input === 'object' && input !== null ? { ...input } : {};
  const problems: { [Field in keyof T]?: string } = {};

  const value = read({
    text: (field, { required, longest }) => {
      const raw = given[field] ?? '';
      const text = typeof raw === 'string' ? raw.trim() : '';
      if (typeof raw !== 'string') problems[field] = 'Must be text.';
      else if (text === '' && required !== undefined) problems[field] = required;
      else if (text.length > longest)
        problems[field] = `At most ${longest} characters, this has ${text.length}.`;
      else if (text.includes('\0')) problems[field] = 'Must not contain a NUL character.';
      return text;
    },
    choice: (field, choices) => {
      const choice = choices.find((known) => known === given[field]);
      if (choice === undefined) problems[field] = `Choose one of ${choices.join(', ')}.`;
      return choice ?? choices[0];
    },
    optionalChoice: (field, choices) => {
      const choice = choices.find((known) => known === given[field]);
      if (choice === undefined && given[field] !== undefined) {
        problems[field] = `Choose one of ${choices.join(', ')}.`;
      }
      return choice;
    },
    time: (field) => {
      const raw = given[field];
      const time = typeof raw === 'string' ? new Date(raw) : new Date(Number.NaN);
      const year = time.getUTCFullYear();
      if (Number.isNaN(year)) problems[field] = 'Give a date and time.';
      else if (year < 1900 || year > 2200) problems[field] = 'Give a date between 1900 and 2200.';
      else return time.toISOString();
      return '';
    },
  });

  return Object.keys(problems).length === 0 ? { ok: true, value } : { ok: false, problems };
}
