/** One record of a container's log as its daemon keeps it: a line with its line feed, or a part of a very long one. */
export interface LogRecord {
  /** Whole seconds since 1970: finer than that nothing here depends on the daemon's clock. */
  readonly second: number;
  /** ms since 1970 */
  readonly at: number;
  readonly bytes: Buffer;
}

const headBytes = 8;
const space = 0x20;

/**
 * Takes apart the stream that Docker sends of a container without a terminal, asked with `timestamps=1`: frames of eight bytes
 * (the stream, three zeros, the length) and a record, which begins with its time in RFC 3339 and a space.
 */
export function logFrames(): (chunk: Buffer) => LogRecord[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const records: LogRecord[] = [];
    let at = 0;
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUInt32BE(at + 4);
      const end = at + headBytes + length;
      if (end > bytes.length) break;
      const record = recordIn(bytes.subarray(at + headBytes, end));
      if (record !== null) records.push(record);
      at = end;
    }
    rest = bytes.subarray(at);
    return records;
  };
}

function recordIn(frame: Buffer): LogRecord | null {
  const end = frame.indexOf(space);
  if (end < 0) return null;
  const at = Date.parse(frame.toString('latin1', 0, end));
  if (Number.isNaN(at)) return null;
  return { second: Math.floor(at / 1000), at, bytes: frame.subarray(end + 1) };
}
