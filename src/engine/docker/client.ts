import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { textIn } from './answer.ts';
import { DockerUnreachable, dockerSocket } from './endpoint.ts';

/** The daemon's own refusal, with its own words. */
export class DockerError extends Error {
  override readonly name = 'DockerError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; bytes are an archive, and are sent as such. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** How long the daemon may be silent; none for what waits on purpose. */
  readonly silenceMs?: number;
}

/** Docker Engine API over its socket. All calls fail with `DockerError` or `DockerUnreachable`. */
export interface DockerClient {
  /** Of whoever asks: where its daemon is, and what `docker login` has kept. */
  readonly env: NodeJS.ProcessEnv;
  /** The answer's JSON; null where there is none. */
  call(method: Method, path: string, call?: Call): Promise<unknown>;
  /** The answer as it comes; to be read or destroyed by the caller. */
  open(method: Method, path: string, call?: Call): Promise<IncomingMessage>;
}

type Method = 'GET' | 'POST' | 'DELETE';

/** Of Docker 20.10, the first that knows `host-gateway`. */
const oldestVersion = [1, 41] as const;
const usualSilenceMs = 120_000;

export function dockerClient(env: NodeJS.ProcessEnv): DockerClient {
  /** Which version a socket's daemon speaks; asked again after it was away. */
  const versions = new Map<string, Promise<string>>();

  async function versionOf(socket: string): Promise<string> {
    const known = versions.get(socket) ?? askVersion(socket);
    versions.set(socket, known);
    return known.catch((failure: unknown) => {
      versions.delete(socket);
      throw failure;
    });
  }

  async function open(method: Method, path: string, call: Call = {}): Promise<IncomingMessage> {
    const socket = dockerSocket(env);
    const version = await versionOf(socket);
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    try {
      return await answered(await send(socket, method, `/v${version}${path}${query}`, call));
    } catch (failure) {
      if (failure instanceof DockerUnreachable) versions.delete(socket);
      throw failure;
    }
  }

  return {
    env,
    open,
    async call(method, path, call) {
      const response = await open(method, path, { silenceMs: usualSilenceMs, ...call });
      const text = await textOf(response);
      return text === '' ? null : parsed(text);
    },
  };
}

async function askVersion(socket: string): Promise<string> {
  const response = await answered(await send(socket, 'GET', '/_ping', { silenceMs: usualSilenceMs }));
  response.resume();
  const version = String(response.headers['api-version'] ?? '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor, oldMinor] = oldestVersion;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return version;
  throw new DockerUnreachable(`unix://${socket}`, `API ${version || 'unknown'}; Docker 20.10 is needed`);
}

async function send(socket: string, method: Method, path: string, call: Call): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { body } = call;
  const isArchive = Buffer.isBuffer(body);
  const content = body === undefined ? null : isArchive ? body : JSON.stringify(body);
  const sent = request(
    {
      socketPath: socket,
      method,
      path,
      agent: false,
      headers: {
        Host: 'docker',
        ...call.headers,
        ...(content === null
          ? {}
          : {
              'Content-Type': isArchive ? 'application/x-tar' : 'application/json',
              'Content-Length': Buffer.byteLength(content),
            }),
      },
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    },
    resolve,
  );
  sent.once('error', (cause) => reject(unreachable(socket, cause)));
  const { silenceMs } = call;
  if (silenceMs !== undefined)
    sent.setTimeout(silenceMs, () => sent.destroy(new Error(`silent for ${silenceMs / 1000} s`)));
  sent.end(content ?? undefined);
  return promise;
}

async function answered(response: IncomingMessage): Promise<IncomingMessage> {
  const { statusCode = 0 } = response;
  if (statusCode < 400) return response;
  const text = await textOf(response);
  throw new DockerError(statusCode, textIn(parsed(text), 'message') ?? (text.trim() || `HTTP ${statusCode}`));
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const part of response) text += String(part);
  } catch (cause) {
    throw new DockerUnreachable('its socket', 'the answer broke off', { cause });
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unreachable(socket: string, cause: Error): DockerUnreachable {
  const code = textIn(cause, 'code');
  return new DockerUnreachable(`unix://${socket}`, code ?? cause.message, { cause });
}

/** Whether the daemon says that there is no such thing. */
export function isMissing(failure: unknown): boolean {
  return failure instanceof DockerError && failure.status === 404;
}
