import { z } from './zod.ts';

/** Starts the message of an unknown key; the keys that would have been right follow, separated by spaces. */
export const KNOWN_KEYS = 'known-keys: ';

/** A strict object whose refusal of an unknown key carries the known ones, so that the likely one can be named. */
export function object<const Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? KNOWN_KEYS + Object.keys(shape).join(' ') : undefined,
  });
}

/** A table whose keys are known, each of which may be left out. */
export function tableOf<const Keys extends readonly [string, ...string[]], Value extends z.ZodType>(
  keys: Keys,
  value: Value,
) {
  return z.partialRecord(z.enum(keys), value, {
    // Zod's types say that a table never refuses a key this way; it does.
    error: ({ code }: { readonly code: string }) =>
      code === 'unrecognized_keys' ? KNOWN_KEYS + keys.join(' ') : undefined,
  });
}
