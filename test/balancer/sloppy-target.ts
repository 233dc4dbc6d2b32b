import type { Socket } from 'node:net';

/**
 * A target that reads requests as sloppily as any ever did: lines end with or without a carriage return, lines may be
 * folded, names may have space around them, the last length counts, any `chunked` in a coding is one, and numbers end
 * where they stop being numbers. Whoever passes it a request that could be read twice is found out by it.
 */
export function sloppyTarget(told: (request: string) => void): (socket: Socket) => void {
  return (socket) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (piece) => {
      text += String(piece);
      for (let read = readRequest(text); read !== null; read = readRequest(text)) {
        text = read.rest;
        told(read.request);
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      }
    });
    socket.on('end', () => socket.end());
  };
}

interface Read {
  readonly request: string;
  readonly rest: string;
}

function readRequest(text: string): Read | null {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return null;
  const [first = '', ...lines] = text
    .slice(0, end.index)
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n|\r/);
  const [method = '', target = ''] = first.split(/[ \t]+/);
  const fields = lines.map((line) => {
    const colon = line.indexOf(':');
    return { name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() };
  });
  const valueOf = (name: string) => fields.findLast((field) => field.name === name)?.value;
  const after = text.slice(end.index + end[0].length);
  const body = /chunked/i.test(valueOf('transfer-encoding') ?? '')
    ? readChunks(after)
    : readLength(after, Number.parseInt(valueOf('content-length') ?? '0', 10) || 0);
  return body === null ? null : { request: `${method} ${target} ${body.content}`, rest: body.rest };
}

function readLength(text: string, length: number): { content: string; rest: string } | null {
  return text.length < length ? null : { content: text.slice(0, length), rest: text.slice(length) };
}

function readChunks(text: string): { content: string; rest: string } | null {
  let rest = text;
  let content = '';
  for (;;) {
    const line = /^([^\n]*)\n/.exec(rest);
    if (line === null) return null;
    const size = Number.parseInt(line[1] ?? '', 16) || 0;
    rest = rest.slice(line[0].length);
    if (size === 0) break;
    const end = /^\r?\n/.exec(rest.slice(size));
    if (end === null) return null;
    content += rest.slice(0, size);
    rest = rest.slice(size + end[0].length);
  }
  const trailers = /^(?:[^\r\n]+\r?\n)*\r?\n/.exec(rest);
  return trailers === null ? null : { content, rest: rest.slice(trailers[0].length) };
}
