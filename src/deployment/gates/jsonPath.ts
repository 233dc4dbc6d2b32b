/** What stands at a path of a JSON value. Absent is not the same as null. */
export type Found = { readonly found: true; readonly value: unknown } | { readonly found: false };

const absent: Found = { found: false };

/** Dotted keys and array indexes: `data.items.0.id`, `data.items[0].id`, `data.items.length`. */
export function valueAt(value: unknown, path: string): Found {
  const keys = path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean);
  let here: Found = { found: true, value };
  for (const key of keys) {
    if (!here.found) return absent;
    here = property(here.value, key);
  }
  return here;
}

function property(value: unknown, key: string): Found {
  if (typeof value === 'string') return key === 'length' ? { found: true, value: value.length } : absent;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return absent;
  return { found: true, value: Reflect.get(value, key) };
}

/** The JSON of a body; absent when it is none. */
export function parseJson(text: string): Found {
  try {
    return { found: true, value: JSON.parse(text) };
  } catch {
    return absent;
  }
}
