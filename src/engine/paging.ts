export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** One page of a list; a token says where the next begins. Throws what `invalid` makes when the token is not ours. */
export function page<Item>(
  items: readonly Item[],
  token: string | undefined,
  size: number,
  invalid: () => Error,
): Page<Item> {
  const from = token === undefined || token === '' ? 0 : offsetOf(token);
  if (from === null) throw invalid();
  const end = from + size;
  return { items: items.slice(from, end), nextToken: end < items.length ? tokenOf(end) : undefined };
}

const prefix = 'page:';

const tokenOf = (offset: number): string => Buffer.from(`${prefix}${offset}`).toString('base64');

function offsetOf(token: string): number | null {
  const text = Buffer.from(token, 'base64').toString();
  const offset = Number(text.slice(prefix.length));
  return text.startsWith(prefix) && Number.isInteger(offset) && offset >= 0 ? offset : null;
}
