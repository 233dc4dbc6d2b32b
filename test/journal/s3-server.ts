import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { eventually } from '../engine/tasks/rig.ts';
import { freePort } from '../ports.ts';
import { programs } from '../programs.ts';

/** An S3 that listens on this machine, and what points an AWS SDK at it. */
export interface S3Server {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly end: () => Promise<void>;
}

interface Key {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

const key: Key = { AWS_ACCESS_KEY_ID: 'FAIRWAYTEST', AWS_SECRET_ACCESS_KEY: 'swordfish' };

export function pointingAt(port: number): Readonly<Record<string, string>> {
  return {
    ...key,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

export interface OwnS3 extends S3Server {
  readonly folder: string;
  /** From one moment to the next, as by a power cut. */
  readonly stop: () => Promise<void>;
  /** Again, with what it kept. */
  readonly start: () => Promise<void>;
}

/** The S3 of the embedded engine, by itself. */
export function startOwnS3(...buckets: readonly string[]): Promise<OwnS3> {
  return startOwnS3For(key, ...buckets);
}

/** The same, for those who have this key. */
export async function startOwnS3For(owner: Key, ...buckets: readonly string[]): Promise<OwnS3> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-s3-'));
  const port = await freePort();
  let child: ChildProcess | null = null;
  await start();
  return {
    port,
    env: { ...pointingAt(port), ...owner },
    folder,
    stop,
    start,
    end: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function start(): Promise<void> {
    const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', programs.s3], {
      env: {
        PORT: String(port),
        S3_DATA: folder,
        S3_BUCKETS: buckets.join(','),
        S3_ACCESS_KEY_ID: owner.AWS_ACCESS_KEY_ID,
        S3_SECRET_ACCESS_KEY: owner.AWS_SECRET_ACCESS_KEY,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    let said = '';
    started.stdout.on('data', (text: Buffer) => (said += text.toString()));
    await eventually(() => said.includes('serves') || null, 'S3');
  }

  async function stop(): Promise<void> {
    const running = child;
    if (running === null) return;
    child = null;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  }
}

/** moto: S3 by other people. It looks and writes in two steps, so that of its writes one at a time is let through. */
export async function startMotoS3(program: string, ...buckets: readonly string[]): Promise<S3Server> {
  const behind = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(behind)], { stdio: 'ignore' });
  const made = buckets.map((name) =>
    eventually(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${behind}/${name}`, {
          method: 'PUT',
          headers: { authorization: signedForS3 },
        }).catch(() => null);
        return answer?.ok === true || null;
      },
      'moto',
      120_000,
    ),
  );
  await Promise.all(made);
  const front = await startFront(behind, { oneWriteAtATime: true });
  return {
    port: front.port,
    env: pointingAt(front.port),
    end: async () => {
      await front.end();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

/** moto reads the service from the credential, and checks no signature. */
const signedForS3 =
  'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';

/** What becomes of a call on its way. */
export type Fate =
  | 'arrives'
  /** It is done, and nobody is told. */
  | 'answer-lost'
  | 'answer-torn'
  | 'never-arrives'
  | { readonly answered: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> };

export interface Front {
  readonly port: number;
  /** Decides on every call from now on. */
  fate: (method: string, path: string) => Fate;
  readonly calls: () => number;
  readonly end: () => Promise<void>;
}

/** Stands before a server, and does to calls what networks and services do to them. */
export async function startFront(
  behind: number,
  { oneWriteAtATime = false }: { readonly oneWriteAtATime?: boolean } = {},
): Promise<Front> {
  let writing: Promise<unknown> = Promise.resolve();
  let calls = 0;
  const front: Front = {
    port: await freePort(),
    fate: () => 'arrives',
    calls: () => calls,
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((incoming, answer) => {
    calls += 1;
    void handle(incoming, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(front.port, '127.0.0.1', resolve));
  return front;

  async function handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { method = '', url = '' } = incoming;
    const fate = front.fate(method, url);
    if (fate === 'never-arrives') return void answer.destroy();
    if (typeof fate === 'object') {
      answer.writeHead(fate.answered, { 'content-type': 'application/xml', ...fate.headers });
      return void answer.end(`<Error><Code>${fate.code}</Code><Message>as it was told to</Message></Error>`);
    }
    const inOrder = method === 'PUT' && oneWriteAtATime;
    const asked = inOrder ? writing.then(() => forward(incoming, body)) : forward(incoming, body);
    if (inOrder) writing = asked.catch(() => undefined);
    const { status, headers, content } = await asked;
    if (fate === 'answer-lost') return void answer.destroy();
    answer.writeHead(status, headers);
    if (fate === 'arrives' || content.length === 0) return void answer.end(content);
    answer.write(content.subarray(0, content.length / 2), () => answer.destroy());
  }

  function forward({ method, url, headers }: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingMessage['headers']; content: Buffer }>(
      (resolve, reject) => {
        const outgoing = request(
          { host: '127.0.0.1', port: behind, method, path: url, headers },
          (response) => {
            buffer(response).then(
              (content) => resolve({ status: response.statusCode ?? 0, headers: response.headers, content }),
              reject,
            );
          },
        );
        outgoing.on('error', reject).end(body);
      },
    );
  }
}
