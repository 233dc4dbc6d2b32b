/** Values by name; what `{{name}}` stands for. */
export type Kept = ReadonlyMap<string, unknown>;

const placeholder = /\{\{\s*([\w.-]+)\s*\}\}/g;

/** The names a text, or a JSON value with texts in it, asks for. */
export function namesIn(value: unknown): readonly string[] {
  if (typeof value === 'string')
    return [...value.matchAll(placeholder)].flatMap(([, name]) => (name ? [name] : []));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(namesIn);
}

/** Unknown names stay as they are: `namesIn` finds them before anything is sent. */
export function filled(
  text: string,
  kept: Kept,
  encode: (value: string) => string = (value) => value,
): string {
  return text.replaceAll(placeholder, (whole, name: string) =>
    kept.has(name) ? encode(textOf(kept.get(name))) : whole,
  );
}

/** Values are encoded, but for one at the very start: that is an address or a path which an answer named. */
export function filledPath(path: string, kept: Kept): string {
  const start = /^\{\{[^}]*\}\}/.exec(path)?.[0] ?? '';
  return filled(start, kept) + filled(path.slice(start.length), kept, encodeURIComponent);
}

/** A text that is nothing but `{{name}}` becomes the value itself: a number stays a number. */
export function filledBody(value: unknown, kept: Kept): unknown {
  if (typeof value === 'string') {
    const [only] = value.matchAll(placeholder);
    const name = only?.[0] === value ? only[1] : undefined;
    return name !== undefined && kept.has(name) ? kept.get(name) : filled(value, kept);
  }
  if (Array.isArray(value)) return value.map((item: unknown) => filledBody(item, kept));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filledBody(inner, kept)]));
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
