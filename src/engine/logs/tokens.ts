import { invalidToken } from './names.ts';

/** Where to read on: forward from a place, or backward before it. The numbers and the text are the reader's own. */
export interface Token {
  readonly direction: 'forward' | 'backward';
  readonly numbers: readonly [number, number];
  readonly text: string;
}

export function writeToken(
  direction: Token['direction'],
  [first, second]: Token['numbers'],
  text = '',
): string {
  const place = Buffer.from(JSON.stringify([first, second, text])).toString('base64url');
  return `${direction === 'forward' ? 'f' : 'b'}/${place}`;
}

/** Throws where it is none of ours. */
export function readToken(token: string): Token {
  const letter = token.slice(0, 2);
  const parts = parse(Buffer.from(token.slice(2), 'base64url').toString());
  if ((letter === 'f/' || letter === 'b/') && Array.isArray(parts)) {
    const [first, second, text]: unknown[] = parts;
    if (typeof first === 'number' && typeof second === 'number' && typeof text === 'string')
      return { direction: letter === 'f/' ? 'forward' : 'backward', numbers: [first, second], text };
  }
  throw invalidToken();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
