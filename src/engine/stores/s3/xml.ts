import { element, text } from '../../api/protocols/xml.ts';
import { S3Error } from './failure.ts';

/** An element's content: text, or elements by name, those of one name in a list. */
export type Content = string | number | boolean | Tree | readonly (string | Tree)[] | null | undefined;
export interface Tree {
  readonly [name: string]: Content;
}

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document whose root has S3's namespace, unless it is an error. */
export function document(root: string, content: Tree): string {
  const open = root === 'Error' ? root : `${root} xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${open}>${inner(content)}</${root}>`;
}

/** What is null or undefined is left out. */
function inner(content: Tree): string {
  return Object.entries(content)
    .map(([name, value]) => {
      if (value === null || value === undefined) return '';
      if (isList(value)) return value.map((item) => element(name, contentOf(item))).join('');
      return element(name, contentOf(value));
    })
    .join('');
}

function contentOf(value: string | number | boolean | Tree): string {
  return typeof value === 'object' ? inner(value) : text(String(value));
}

function isList(value: Content): value is readonly (string | Tree)[] {
  return Array.isArray(value);
}

/** An element as it was read: its text, and the elements in it in order. */
export interface Node {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Node[];
}

const deepest = 20;

/**
 * Reads the small documents that S3's clients send: elements, text, attributes passed over; no entities of a document's own.
 * Fails with `MalformedXML`.
 */
export function parseXml(source: string): Node {
  const token = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([^\s/>]+)[^>]*?(\/?)>|([^<]+)/g;
  const root: Open = { name: '', text: '', children: [] };
  const open: Open[] = [root];
  let end = 0;
  for (const match of source.matchAll(token)) {
    if (match.index !== end) throw new S3Error('MalformedXML');
    end = match.index + match[0].length;
    const [, closing, name, single, plain] = match;
    const inside = open.at(-1) ?? root;
    if (plain !== undefined) inside.text += unescape(plain);
    else if (name === undefined) continue;
    else if (name.startsWith('!') || open.length > deepest) throw new S3Error('MalformedXML');
    else if (closing === '/') {
      if (open.pop()?.name !== local(name) || open.length === 0) throw new S3Error('MalformedXML');
    } else {
      const child: Open = { name: local(name), text: '', children: [] };
      inside.children.push(child);
      if (single !== '/') open.push(child);
    }
  }
  const [only] = root.children;
  if (end !== source.length || open.length !== 1 || only === undefined) throw new S3Error('MalformedXML');
  return only;
}

interface Open {
  readonly name: string;
  text: string;
  readonly children: Open[];
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(escaped: string): string {
  return escaped.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (_, hex, decimal, name) => {
    const known = entities[String(name)];
    if (known !== undefined) return known;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    if (!(code > 0 && code <= 0x10ffff)) throw new S3Error('MalformedXML');
    return String.fromCodePoint(code);
  });
}

export function childrenOf(node: Node, name: string): readonly Node[] {
  return node.children.filter((child) => child.name === name);
}

export function textOf(node: Node, name: string): string | null {
  return childrenOf(node, name)[0]?.text ?? null;
}
