import { CR, LF } from './characters.ts';

/** ALB's quotas: request line 16 KB, one header 16 KB, all headers 64 KB (of a response 32 KB; we give it 64 too). */
export const LINE_LIMIT = 16 * 1024;
export const HEAD_LIMIT = 64 * 1024;

export const INCOMPLETE = -1;
export const BARE_LF = -2;
export const FIRST_LINE_TOO_LONG = -3;
export const FIELD_TOO_LONG = -4;
export const HEAD_TOO_LONG = -5;

/**
 * Looks for the empty line that ends a head, and remembers how far it looked, so that a head that drips in is scanned
 * once. Whatever the chunks, the answer is that of the same bytes at once: each limit is met at its own byte.
 */
export class HeadScan {
  #at = 0;
  #lineStart = 0;

  reset(): void {
    this.#at = 0;
    this.#lineStart = 0;
  }

  /** `bytes[start, end)` must begin as at the last call. The length of the head with its empty line, or a code below 0. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const length = Math.min(end - start, HEAD_LIMIT);
    let lineStart = this.#lineStart;
    for (let at = this.#at; at < length; at++) {
      if (bytes[start + at] !== LF) continue;
      if (at - lineStart > LINE_LIMIT) return lineStart === 0 ? FIRST_LINE_TOO_LONG : FIELD_TOO_LONG;
      if (at === 0 || bytes[start + at - 1] !== CR) return BARE_LF;
      if (at - lineStart === 1) return at + 1;
      lineStart = at + 1;
    }
    this.#at = length;
    this.#lineStart = lineStart;
    if (length - lineStart > LINE_LIMIT) return lineStart === 0 ? FIRST_LINE_TOO_LONG : FIELD_TOO_LONG;
    return end - start >= HEAD_LIMIT ? HEAD_TOO_LONG : INCOMPLETE;
  }
}
