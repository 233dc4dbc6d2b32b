import { connect } from 'node:net';
import type { Properties } from './customers.ts';

/**
 * Signs in to Neo4j by Bolt 4.4 and runs one query; the text of the first value it returns, empty where it returns none.
 * Fails with what Neo4j refuses, or what breaks the connection.
 */
export function boltSession(
  { url = '', user = '', password = '' }: Properties,
  query: string,
): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('Neo4j closed the connection')));
    const hello = { user_agent: 'test/1', scheme: 'basic', principal: user, credentials: password };
    socket.write(Buffer.from('6060b01700000404000000000000000000000000', 'hex'));
    for (const message of [
      [0x01, hello],
      [0x10, query, {}, {}],
      [0x3f, { n: 1000 }],
    ] as const)
      socket.write(chunked(structure(message)));
    let said = Buffer.alloc(0);
    let word = '';
    let successes = 0;
    socket.on('data', (data) => {
      said = Buffer.concat([said, data]);
      for (const message of messagesIn(said.subarray(4))) {
        const [tag, content] = message;
        if (tag === 0x7f) reject(new Error(`Neo4j refuses: ${content.toString('latin1')}`));
        // A record: a list of one text.
        if (tag === 0x71) word = textIn(content.subarray(1));
        if (tag === 0x70) successes += 1;
      }
      if (successes < 3) {
        successes = 0;
        return;
      }
      socket.destroy();
      resolve(word);
    });
  });
}

/** Messages that are whole: the tag of each, and what follows it. */
function* messagesIn(bytes: Buffer): Generator<readonly [number, Buffer]> {
  let message = Buffer.alloc(0);
  for (let at = 0; at + 2 <= bytes.length;) {
    const size = bytes.readUInt16BE(at);
    if (at + 2 + size > bytes.length) return;
    message = Buffer.concat([message, bytes.subarray(at + 2, at + 2 + size)]);
    at += 2 + size;
    if (size > 0 || message.length === 0) continue;
    yield [message[1] ?? 0, message.subarray(2)];
    message = Buffer.alloc(0);
  }
}

function chunked(message: Buffer): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(message.length);
  return Buffer.concat([size, message, Buffer.alloc(2)]);
}

type Packed = string | number | { readonly [key: string]: Packed };

/** PackStream, as far as these messages need it. */
function structure([tag, ...fields]: readonly [number, ...Packed[]]): Buffer {
  return Buffer.concat([Buffer.from([0xb0 + fields.length, tag]), ...fields.map(packed)]);
}

function packed(value: Packed): Buffer {
  if (typeof value === 'number') return Buffer.from([0xc9, value >> 8, value & 0xff]);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from([0xd1, text.length >> 8, text.length & 0xff]), text]);
  }
  const entries = Object.entries(value).flatMap(([key, each]) => [packed(key), packed(each)]);
  return Buffer.concat([Buffer.from([0xa0 + entries.length / 2]), ...entries]);
}

function textIn(bytes: Buffer): string {
  const marker = bytes[0] ?? 0;
  if (marker >= 0x80 && marker <= 0x8f) return bytes.toString('utf8', 1, 1 + marker - 0x80);
  if (marker === 0xd0) return bytes.toString('utf8', 2, 2 + (bytes[1] ?? 0));
  return '';
}
