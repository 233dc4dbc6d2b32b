import { crc32 } from 'node:zlib';

/** The headers of a message, which are all strings here. */
export type EventHeaders = Readonly<Record<string, string>>;

const STRING = 7;
/** Lengths of the whole and of the headers, and the checksum of these two. */
const PRELUDE = 12;
const CHECKSUM = 4;

/** One message of the encoding `application/vnd.amazon.eventstream`. https://smithy.io/2.0/aws/amazon-eventstream.html */
export function eventMessage(headers: EventHeaders, payload: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerBytes(name, value)));
  const body = Buffer.from(payload);
  const message = Buffer.alloc(PRELUDE + head.length + body.length + CHECKSUM);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, PRELUDE);
  body.copy(message, PRELUDE + head.length);
  const end = message.length - CHECKSUM;
  message.writeUInt32BE(crc32(message.subarray(0, end)), end);
  return message;
}

function headerBytes(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length);
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, Buffer.of(STRING), length, valueBytes]);
}
