/** The character classes of RFC 9110 and 3986 as tables: one look-up for each byte of a head. */
function table(matches: (char: string, code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (matches(String.fromCharCode(code), code) ? 1 : 0));
}

/** Method and field names. */
export const TOKEN = table((char) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(char));

/** A field value: visible characters, bytes above ASCII, space and tab. No NUL, CR or LF, nor any other control. */
export const FIELD_VALUE = table((_, code) => code === 9 || (code >= 32 && code !== 127));

/** A request target: visible ASCII, without a fragment. */
export const TARGET = table((char, code) => code > 32 && code < 127 && char !== '#');

/** A host with its port. */
export const HOST = table((char) => /^[A-Za-z0-9.\-_:[\]~%!$&'()*+,;=]$/.test(char));

export const CR = 13;
export const LF = 10;
export const SPACE = 32;
export const TAB = 9;
export const COLON = 58;
