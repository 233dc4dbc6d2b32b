import http from 'node:http';
import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { addressOf } from '../../traffic/address.ts';
import type { Answer } from './expectation.ts';
import type { GateTarget } from './gate.ts';

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What came of asking: a complete answer, or what went wrong, in words, with as much as was answered. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | {
      readonly kind: 'failure';
      readonly what: string;
      readonly timedOut: boolean;
      readonly status: number | null;
      readonly body: string;
    };

/** A body beyond this is not read on: no gate needs it, and it must not fill the memory. Bytes. */
const bodyLimit = 5_000_000;

/**
 * Asks once, on a connection of its own; redirects are answers and are not followed. Never throws for what the target
 * does. `timeout`, in milliseconds, is for all of it, the last byte included.
 */
export function ask(
  target: GateTarget,
  question: Question,
  timeout: number,
  signal: AbortSignal,
): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  let status: number | null = null;
  let expected: string | null = null;
  let settled = false;
  const chunks: Buffer[] = [];
  let size = 0;
  let request: http.ClientRequest | undefined;

  const settle = (reply: Reply): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    resolve(reply);
    request?.destroy();
  };
  const body = (): string => Buffer.concat(chunks).toString('utf8');
  const fail = (what: string, timedOut = false): void =>
    settle({ kind: 'failure', what, timedOut, status, body: body() });
  const onAbort = (): void => fail('the deployment is being rolled back');
  const late = (): void => {
    const span = `${Math.round(timeout / 100) / 10} s`;
    fail(status === null ? `no answer within ${span}` : `an answer that did not end within ${span}`, true);
  };
  // What has come by then counts, though this process, which may have stood still, looks at it late.
  const timer = setTimeout(() => setImmediate(late), timeout);
  const broken = (error: NodeJS.ErrnoException): void => {
    if (status === null) return fail(inWords(error));
    const whole = expected === null ? '' : ` of ${expected}`;
    fail(`an answer that broke off after ${size}${whole} bytes`);
  };

  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (!settled) request = send(target, question);
  } catch (error) {
    fail(`no answer: the request cannot be sent (${error instanceof Error ? error.message : String(error)})`);
  }
  request?.on('error', broken);
  request?.on('upgrade', () => fail('a switch to another protocol'));
  request?.on('response', (response) => {
    status = response.statusCode ?? 0;
    expected = response.headers['content-length'] ?? null;
    const { headers } = response;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > bodyLimit) fail(`a body of more than ${bodyLimit / 1_000_000} MB`);
    });
    response.on('error', broken);
    response.on('end', () => {
      if (!response.complete) return broken(new Error('incomplete'));
      settle({ kind: 'answer', answer: { status: status ?? 0, headers: flat(headers), body: body() } });
    });
  });
  request?.end(question.body ?? undefined);
  return promise;
}

function send(target: GateTarget, question: Question): http.ClientRequest {
  const { hostname, port, path, auth, protocol } = urlToHttpOptions(addressOf(target.url, question.path));
  const length = question.body === null ? {} : { 'content-length': Buffer.byteLength(question.body) };
  const headers = { accept: '*/*', ...length, ...target.headers, ...question.headers };
  const settings = { hostname, port, path, auth, protocol, method: question.method, headers, agent: false };
  return protocol === 'https:' ? https.request(settings) : http.request(settings);
}

function flat(headers: http.IncomingHttpHeaders): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  return Object.fromEntries(entries);
}

function inWords(error: NodeJS.ErrnoException): string {
  const code = error.code ?? error.message;
  switch (code) {
    case 'ECONNREFUSED':
      return 'no connection: nothing listens there (ECONNREFUSED)';
    case 'ECONNRESET':
    case 'EPIPE':
      return `no answer: the connection was closed before one (${code})`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `no connection: the host is not known (${code})`;
    default:
      return code.startsWith('HPE_') ? `an answer that is not HTTP (${code})` : `no connection (${code})`;
  }
}
