import type { Shape } from '../shape.ts';

/** An element with text or elements already written. */
export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** The content of the element that holds `value`. Throws when a value is not of its type: the engine's bug. */
export function contentOf(shape: Shape, value: unknown, path: string): string {
  switch (shape.kind) {
    case 'structure': {
      if (!isObject(value)) throw unlike(shape, path);
      let content = '';
      for (const [name, member] of shape.members) {
        const found = value[name];
        if (found === undefined || found === null) continue;
        content += element(member.xmlName, contentOf(member.shape, found, `${path}.${name}`));
      }
      return content;
    }
    case 'list':
      if (!Array.isArray(value)) throw unlike(shape, path);
      return value
        .map((item: unknown, index) =>
          element(shape.xmlName, contentOf(shape.item, item, `${path}.${index}`)),
        )
        .join('');
    case 'dictionary':
      if (!isObject(value)) throw unlike(shape, path);
      return Object.entries(value)
        .map(([key, item]) => {
          const content = contentOf(shape.value, item, `${path}.${key}`);
          return element(
            'entry',
            element(shape.xmlKeyName, text(key)) + element(shape.xmlValueName, content),
          );
        })
        .join('');
    case 'string':
      if (typeof value !== 'string') throw unlike(shape, path);
      return text(value);
    case 'number':
    case 'boolean':
      if (typeof value !== shape.kind) throw unlike(shape, path);
      return String(value);
    case 'timestamp':
      if (!(value instanceof Date)) throw unlike(shape, path);
      return value.toISOString();
    case 'blob':
      if (!(value instanceof Uint8Array)) throw unlike(shape, path);
      return Buffer.from(value).toString('base64');
    case 'nothing':
      return '';
    case 'document':
      throw unlike(shape, path);
  }
}

/** As text in an element: what XML cannot hold at all becomes U+FFFD; a bare CR would be read as LF. */
export function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;')
    .replaceAll(UNWRITABLE, '\uFFFD');
}

/** https://www.w3.org/TR/xml/#charsets */
const UNWRITABLE = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

function unlike(shape: Shape, path: string): TypeError {
  return new TypeError(`the answer holds at ${path} what is not a ${shape.kind}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
