import { CR, FIELD_VALUE, LF, TOKEN } from './characters.ts';
import { CHUNKED } from './request-head.ts';
import { UNTIL_CLOSE } from './response-head.ts';

/** A chunk's size line and a trailer section longer than these serve no honest purpose. */
const SIZE_LINE_LIMIT = 256;
const TRAILER_LIMIT = 8 * 1024;

type Step =
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer-start'
  | 'trailer-name'
  | 'trailer-value'
  | 'trailer-lf'
  | 'end-lf';

/** Trailers that would change what the message means, were they merged into its head. */
const FRAMING_TRAILERS = new Set(['content-length', 'transfer-encoding', 'host', 'connection']);

/**
 * Follows a body through the bytes that pass, and knows where it ends. It changes nothing: the bytes go on as they are,
 * which is safe because only one reading of them is let through.
 */
export class MessageBody {
  done: boolean;
  /** What is wrong with the chunks; nothing is taken after that. */
  fault: string | null = null;
  /** Bytes of content so far, without the framing. */
  received = 0;
  readonly #length: number;
  #step: Step = 'size';
  #chunk = 0;
  #digits = 0;
  #line = 0;
  #trailer = 0;
  #name = '';

  /** Bytes, CHUNKED or UNTIL_CLOSE. */
  constructor(length: number) {
    this.#length = length;
    this.done = length === 0;
  }

  get length(): number {
    return this.#length;
  }

  /** How far into `bytes` the body goes from `from`: the end of it once `done`, else all. `onData` gets bare content. */
  take(bytes: Buffer, from: number, onData?: (from: number, to: number) => void): number {
    if (this.done || this.fault !== null) return from;
    if (this.#length === CHUNKED) return this.#takeChunks(bytes, from, onData);
    const available = bytes.length - from;
    const taken =
      this.#length === UNTIL_CLOSE ? available : Math.min(available, this.#length - this.received);
    this.received += taken;
    if (taken > 0) onData?.(from, from + taken);
    this.done = this.received === this.#length;
    return from + taken;
  }

  #takeChunks(bytes: Buffer, from: number, onData?: (from: number, to: number) => void): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#step === 'data') {
        const taken = Math.min(bytes.length - at, this.#chunk);
        this.received += taken;
        this.#chunk -= taken;
        onData?.(at, at + taken);
        at += taken;
        if (this.#chunk === 0) this.#step = 'data-cr';
        continue;
      }
      const fault = this.#advance(bytes[at] ?? 0);
      if (fault !== null) {
        this.fault = fault;
        return at;
      }
      at++;
      if (this.done) return at;
    }
    return at;
  }

  /** One byte of framing. */
  #advance(byte: number): string | null {
    switch (this.#step) {
      case 'size': {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          // Twelve digits count to 2^48, past which a number is no longer exact enough to trust.
          if (++this.#digits > 12) return 'chunk too large';
          this.#chunk = this.#chunk * 16 + digit;
          return null;
        }
        if (this.#digits === 0) return 'bad chunk size';
        if (byte === CR) this.#step = 'size-lf';
        else if (byte === 59) this.#step = 'extension';
        else return 'bad chunk size';
        return null;
      }
      case 'extension': {
        if (++this.#line > SIZE_LINE_LIMIT) return 'chunk extension too long';
        if (byte === CR) this.#step = 'size-lf';
        else if (FIELD_VALUE[byte] !== 1) return 'bad chunk extension';
        return null;
      }
      case 'size-lf': {
        if (byte !== LF) return 'bad chunk size line';
        this.#step = this.#chunk === 0 ? 'trailer-start' : 'data';
        this.#digits = 0;
        this.#line = 0;
        return null;
      }
      case 'data-cr': {
        if (byte !== CR) return 'chunk longer than its size';
        this.#step = 'data-lf';
        return null;
      }
      case 'data-lf': {
        if (byte !== LF) return 'chunk longer than its size';
        this.#step = 'size';
        return null;
      }
      case 'trailer-start': {
        this.#name = '';
        if (byte === CR) {
          this.#step = 'end-lf';
          return null;
        }
        this.#step = 'trailer-name';
        return this.#trailerName(byte);
      }
      case 'trailer-name':
        return this.#trailerName(byte);
      case 'trailer-value': {
        if (++this.#trailer > TRAILER_LIMIT) return 'trailers too large';
        if (byte === CR) this.#step = 'trailer-lf';
        else if (FIELD_VALUE[byte] !== 1) return 'bad trailer';
        return null;
      }
      case 'trailer-lf': {
        if (byte !== LF) return 'bad trailer';
        this.#step = 'trailer-start';
        return null;
      }
      case 'end-lf': {
        if (byte !== LF) return 'bad end of chunks';
        this.done = true;
        return null;
      }
      case 'data':
        return null;
    }
  }

  #trailerName(byte: number): string | null {
    if (++this.#trailer > TRAILER_LIMIT) return 'trailers too large';
    if (TOKEN[byte] === 1) {
      this.#name += String.fromCharCode(byte);
      return null;
    }
    if (byte !== 58 || this.#name === '' || FRAMING_TRAILERS.has(this.#name.toLowerCase()))
      return 'bad trailer';
    this.#step = 'trailer-value';
    return null;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 65 && byte <= 70) return byte - 55;
  if (byte >= 97 && byte <= 102) return byte - 87;
  return -1;
}
