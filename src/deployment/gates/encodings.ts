/**
 * Patterns for every way in which a text may be written by an app, its libraries, a logger or ourselves. Encoders differ
 * in which characters they encode, so each character may stand in any of its forms. Nothing in a pattern repeats, so
 * none takes longer than the text is long.
 */
export function patternsOf(text: string): readonly string[] {
  const chars = Array.from(text);
  const bytes = Buffer.from(text);
  const written = [0, 1, 2, 3, 4].map((depth) => pattern(chars, (char) => inJson(char, depth)));
  return [...written, pattern(chars, inUrl), pattern(chars, inHtml), inHex(bytes), ...inBase64(bytes)];
}

export const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

const pattern = (chars: readonly string[], forms: (char: string) => readonly string[]): string =>
  chars.map((char) => oneOf(forms(char))).join('');

function oneOf(forms: readonly string[]): string {
  const [first = '', ...rest] = [...new Set(forms)].map(literally);
  return rest.length === 0 ? first : `(?:${[first, ...rest].join('|')})`;
}

const plain = (char: string): boolean => /^[A-Za-z0-9]$/.test(char);

/** In JSON that is a text in JSON, `depth` deep: a logger writes a body, we quote the logger. */
function inJson(char: string, depth: number): readonly string[] {
  if (plain(char)) return [char];
  const wellFormed = [char, char.toWellFormed()];
  if (depth === 0) return wellFormed;
  const units = Array.from({ length: char.length }, (_, index) =>
    char.charCodeAt(index).toString(16).padStart(4, '0'),
  );
  const escaped = [units.map((unit) => `\\u${unit}`), units.map((unit) => `\\u${unit.toUpperCase()}`)];
  const once = [
    ...wellFormed.map(quoted),
    ...escaped.map((codes) => codes.join('')),
    ...(char === '/' ? [String.raw`\/`] : []),
  ];
  return Array.from({ length: depth - 1 }).reduce((forms: readonly string[]) => forms.map(quoted), once);
}

const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);

/** In a path, a query or a form. */
function inUrl(char: string): readonly string[] {
  if (plain(char)) return [char];
  const codes = [...Buffer.from(char)].map((byte) => byte.toString(16).padStart(2, '0'));
  const encoded = [codes.map((code) => `%${code.toUpperCase()}`), codes.map((code) => `%${code}`)];
  return [...encoded.map((forms) => forms.join('')), char, ...(char === ' ' ? ['+'] : [])];
}

const named: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;'],
  '<': ['&lt;'],
  '>': ['&gt;'],
  '"': ['&quot;'],
  "'": ['&apos;', '&#039;'],
};

function inHtml(char: string): readonly string[] {
  if (plain(char)) return [char];
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return [...(named[char] ?? []), `&#${code};`, `&#x${hex};`, `&#x${hex.toUpperCase()};`, char];
}

const inHex = (bytes: Buffer): string =>
  Array.from(bytes.toString('hex'), (digit) => oneOf([digit, digit.toUpperCase()])).join('');

/**
 * Whole; and the letters which it alone decides when none, one or two bytes of something else stand before it in its
 * group of three, as in `Basic user:password`.
 */
function inBase64(bytes: Buffer): readonly string[] {
  const inner = [0, 1, 2].map((before) => {
    const letters = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return letters.slice(Math.ceil((8 * before) / 6), Math.floor((8 * (before + bytes.length)) / 6));
  });
  const whole = bytes.toString('base64');
  const letterForms: Readonly<Record<string, readonly string[]>> = {
    '+': ['+', '-', '%2B', '%2b'],
    '/': ['/', '_', String.raw`\/`, String.raw`\\/`, '%2F', '%2f'],
    '=': ['=', '%3D', '%3d'],
  };
  return [whole, whole.replace(/=+$/, ''), ...inner].map((letters) =>
    pattern(Array.from(letters), (letter) => letterForms[letter] ?? [letter]),
  );
}
