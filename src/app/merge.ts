import { isPlainObject } from './path.ts';

/** Said again as a whole: half of an expectation, a body or a reference makes no sense. */
const WHOLE: ReadonlySet<string> = new Set(['expect', 'body', 'dsn', 'metric']);
/** Every value below these is one whole. */
const OF_WHOLES: ReadonlySet<string> = new Set(['variables', 'values']);

/**
 * Lays what an environment says over what the app says: objects key by key, everything else replaced; `null` removes;
 * an object of another `kind` replaces. Neither argument is changed.
 */
export function merge(below: unknown, above: unknown, key = ''): unknown {
  if (above === undefined) return below;
  if (!isPlainObject(below) || !isPlainObject(above) || WHOLE.has(key)) return above;
  if (above['kind'] !== undefined && below['kind'] !== undefined && above['kind'] !== below['kind'])
    return above;
  const merged = new Map<string, unknown>(Object.entries(below));
  for (const [name, value] of Object.entries(above)) {
    if (value === undefined) continue;
    if (value === null && merged.has(name)) merged.delete(name);
    else merged.set(name, OF_WHOLES.has(key) ? value : merge(merged.get(name), value, name));
  }
  return Object.fromEntries(merged);
}
