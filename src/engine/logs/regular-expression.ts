import { invalid } from './names.ts';

/** Without groups, so that no expression takes long. Throws where it is none. */
export function regularExpression(source: string): RegExp {
  try {
    if (!/[()]/.test(source)) return new RegExp(source);
  } catch {
    // Told below.
  }
  throw invalid('Invalid filter pattern: invalid regular expression.');
}
