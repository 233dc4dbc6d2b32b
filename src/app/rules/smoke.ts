import { nearest } from '../nearest.ts';
import { isPlainObject } from '../path.ts';
import type { Found } from '../problems.ts';
import { type EnvironmentRule, list } from './rule.ts';

/** `{{token}}` must have been kept by an earlier step; a body must be something that JSON can say. */
export const smoke: EnvironmentRule = ({ settings }) => {
  const found: Found[] = [];
  for (const [name, gate] of Object.entries(settings.gates)) {
    if (gate.kind !== 'smoke') continue;
    const kept = new Set(Object.keys(gate.values ?? {}));
    for (const [stepName, step] of Object.entries(gate.steps)) {
      const path = ['gates', name, 'steps', stepName];
      if (!isJson(step.body, new Set())) {
        found.push({
          code: 'wrong-value',
          path: [...path, 'body'],
          what: 'The body cannot be sent as JSON.',
          why: 'It holds a function, a date, a bigint, a number that is not finite, or itself.',
          next: 'Use objects, lists, strings, numbers, booleans and null.',
        });
        continue;
      }
      for (const [key, value] of Object.entries({
        path: step.path,
        headers: step.headers,
        body: step.body,
      })) {
        for (const word of placeholders(value)) {
          if (kept.has(word)) continue;
          const likely = nearest(word, kept);
          found.push({
            code: 'unknown-kept-value',
            path: [...path, key],
            what: `No earlier step keeps \`${word}\`.`,
            why: kept.size === 0 ? 'Nothing has been kept by then.' : `By then there is ${list([...kept])}.`,
            next:
              likely === null
                ? `Keep it in an earlier step: keep: { ${word}: 'path.in.the.answer' }.`
                : `Did you mean \`{{${likely}}}\`?`,
          });
        }
      }
      for (const word of Object.keys(step.keep ?? {})) kept.add(word);
    }
  }
  return found;
};

function placeholders(value: unknown): readonly string[] {
  if (typeof value === 'string')
    return [...value.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, word = '']) => word);
  if (Array.isArray(value)) return value.flatMap(placeholders);
  return isPlainObject(value) ? Object.values(value).flatMap(placeholders) : [];
}

function isJson(value: unknown, above: ReadonlySet<unknown>): boolean {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean')
    return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || above.has(value)) return false;
  const within = new Set([...above, value]);
  if (Array.isArray(value)) return value.every((entry) => isJson(entry, within));
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === null || Object.getPrototypeOf(prototype) === null) &&
    Object.values(value).every((entry) => isJson(entry, within))
  );
}
