/** CBOR as Smithy's RPC v2 uses it: https://www.rfc-editor.org/rfc/rfc8949 */
export type CborItem =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborItem[]
  | CborMap
  | CborTag
  | CborDouble;

export type CborMap = ReadonlyMap<string, CborItem>;

export class CborTag {
  readonly tag: number;
  readonly value: CborItem;

  constructor(tag: number, value: CborItem) {
    this.tag = tag;
    this.value = value;
  }
}

/** Written as a floating-point number though it may be whole: some clients take a whole one for another type. */
export class CborDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Nothing of a service goes near this deep. */
const depthLimit = 64;

/** Throws a `RangeError` when the bytes are not one well-formed item whose map keys are strings. */
export function decodeCbor(bytes: Buffer): CborItem {
  const reader = new Reader(bytes);
  const item = reader.item(0);
  reader.end();
  return item;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed();
  }

  item(depth: number): CborItem {
    if (depth > depthLimit) throw malformed();
    const head = this.#bytes.readUInt8(this.#take(1));
    const [major, minor] = [head >> 5, head & 31];
    switch (major) {
      case 0:
        return this.#count(minor);
      case 1:
        return -1 - this.#count(minor);
      case 2:
        return new Uint8Array(this.#text(minor, major));
      case 3:
        return this.#text(minor, major).toString('utf8');
      case 4:
        return this.#list(minor, depth);
      case 5:
        return this.#map(minor, depth);
      case 6:
        return new CborTag(this.#count(minor), this.item(depth + 1));
      default:
        return this.#simple(minor);
    }
  }

  #take(count: number): number {
    const from = this.#at;
    if (count < 0 || from + count > this.#bytes.length) throw malformed();
    this.#at = from + count;
    return from;
  }

  #count(minor: number): number {
    if (minor < 24) return minor;
    switch (minor) {
      case 24:
        return this.#bytes.readUInt8(this.#take(1));
      case 25:
        return this.#bytes.readUInt16BE(this.#take(2));
      case 26:
        return this.#bytes.readUInt32BE(this.#take(4));
      case 27:
        return Number(this.#bytes.readBigUInt64BE(this.#take(8)));
      default:
        throw malformed();
    }
  }

  #text(minor: number, major: number): Buffer {
    if (minor !== indefinite) {
      const count = this.#count(minor);
      const from = this.#take(count);
      return this.#bytes.subarray(from, from + count);
    }
    const chunks: Buffer[] = [];
    while (!this.#broken()) {
      const head = this.#bytes.readUInt8(this.#take(1));
      if (head >> 5 !== major || (head & 31) === indefinite) throw malformed();
      chunks.push(this.#text(head & 31, major));
    }
    return Buffer.concat(chunks);
  }

  #list(minor: number, depth: number): CborItem[] {
    const items: CborItem[] = [];
    for (const more = this.#counter(minor); more();) items.push(this.item(depth + 1));
    return items;
  }

  #map(minor: number, depth: number): CborMap {
    const map = new Map<string, CborItem>();
    for (const more = this.#counter(minor); more();) {
      const key = this.item(depth + 1);
      if (typeof key !== 'string') throw malformed();
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  /** Says before each member whether there is one more. */
  #counter(minor: number): () => boolean {
    if (minor === indefinite) return () => !this.#broken();
    let left = this.#count(minor);
    return () => left-- > 0;
  }

  #broken(): boolean {
    if (this.#bytes[this.#at] !== 0xff) return false;
    this.#at += 1;
    return true;
  }

  #simple(minor: number): CborItem {
    switch (minor) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return half(this.#bytes.readUInt16BE(this.#take(2)));
      case 26:
        return this.#bytes.readFloatBE(this.#take(4));
      case 27:
        return this.#bytes.readDoubleBE(this.#take(8));
      default:
        throw malformed();
    }
  }
}

const indefinite = 31;

function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 1 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * 2 ** -14 * (fraction / 1024)
    : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

const malformed = (): RangeError => new RangeError('not well-formed CBOR');

export function encodeCbor(item: CborItem): Buffer {
  const parts: Buffer[] = [];
  write(item, parts);
  return Buffer.concat(parts);
}

function write(item: CborItem, parts: Buffer[]): void {
  if (item === null) parts.push(Buffer.of(0xf6));
  else if (typeof item === 'boolean') parts.push(Buffer.of(item ? 0xf5 : 0xf4));
  else if (typeof item === 'number') parts.push(Number.isSafeInteger(item) ? integer(item) : double(item));
  else if (typeof item === 'string') {
    const text = Buffer.from(item, 'utf8');
    parts.push(head(3, text.length), text);
  } else if (item instanceof CborDouble) parts.push(double(item.value));
  else if (item instanceof CborTag) {
    parts.push(head(6, item.tag));
    write(item.value, parts);
  } else if (item instanceof Uint8Array) parts.push(head(2, item.length), Buffer.from(item));
  else if (item instanceof Map) {
    parts.push(head(5, item.size));
    for (const [key, value] of item) {
      write(key, parts);
      write(value, parts);
    }
  } else if (isList(item)) {
    parts.push(head(4, item.length));
    for (const one of item) write(one, parts);
  }
}

function isList(item: CborItem): item is readonly CborItem[] {
  return Array.isArray(item);
}

function integer(value: number): Buffer {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(0xfb, 0);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function head(major: number, count: number): Buffer {
  const first = major << 5;
  if (count < 24) return Buffer.of(first | count);
  if (count < 0x100) return Buffer.of(first | 24, count);
  if (count < 0x1_0000) {
    const bytes = Buffer.of(first | 25, 0, 0);
    bytes.writeUInt16BE(count, 1);
    return bytes;
  }
  if (count < 0x1_0000_0000) {
    const bytes = Buffer.of(first | 26, 0, 0, 0, 0);
    bytes.writeUInt32BE(count, 1);
    return bytes;
  }
  const bytes = Buffer.of(first | 27, 0, 0, 0, 0, 0, 0, 0, 0);
  bytes.writeBigUInt64BE(BigInt(count), 1);
  return bytes;
}
