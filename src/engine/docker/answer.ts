/** What a daemon answers is read member by member: other versions, and other daemons, may leave some out. */
export function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

export function textIn(value: unknown, ...path: readonly (string | number)[]): string | null {
  const found = member(value, ...path);
  return typeof found === 'string' && found !== '' ? found : null;
}

export function numberIn(value: unknown, ...path: readonly (string | number)[]): number | null {
  const found = member(value, ...path);
  return typeof found === 'number' ? found : null;
}

export function listIn(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = path.length === 0 ? value : member(value, ...path);
  return Array.isArray(found) ? found : [];
}
