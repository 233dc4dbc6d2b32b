import { createHash } from 'node:crypto';
import type { ParsedStatement, Parser } from './parser.ts';

/** Longer statements are cut: enough to find it again. Characters. */
const longest = 240;

/**
 * A statement as it may be shown: every value is struck, because any may be secret, and comments are left out. What
 * belongs to the shape of a table stays: names, types and their limits.
 */
export function shapeOf({ text, node, start }: ParsedStatement, parser: Parser): string {
  const bytes = Buffer.from(text);
  const limits = new Set(limitsIn(node).map((location) => location - start));
  let shown = '';
  let end = 0;
  for (const token of parser.tokens(text)) {
    if (token.kind === 'comment') continue;
    const gap = shown === '' || token.start === end ? '' : ' ';
    const written = bytes.toString('utf8', token.start, token.end);
    shown +=
      gap +
      (token.kind === 'string' ? "'…'" : token.kind === 'number' && !limits.has(token.start) ? '…' : written);
    end = token.end;
  }
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}

/** Where the limits of types stand: the 20 of `varchar(20)`. */
function limitsIn(tree: unknown): readonly number[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    key === 'typmods' ? locationsIn(value) : limitsIn(value),
  );
}

function locationsIn(tree: unknown): readonly number[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    key === 'location' && typeof value === 'number' ? [value] : locationsIn(value),
  );
}

/**
 * Names one statement, values and all, however it is spaced and commented. PostgreSQL's own fingerprint leaves values
 * and the bodies of blocks out, and would allow others with it.
 */
export function fingerprintOf(text: string, parser: Parser): string {
  const hash = createHash('sha256');
  for (const { kind, text: written } of parser.tokens(text)) {
    if (kind === 'comment') continue;
    const isName = kind === 'other' && !written.startsWith('"');
    hash.update(isName ? written.toLowerCase() : written).update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

/** The same of what is no SQL. */
export function fingerprintOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
