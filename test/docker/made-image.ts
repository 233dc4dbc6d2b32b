import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { textIn } from '../../src/engine/docker/answer.ts';
import type { DockerClient } from '../../src/engine/docker/client.ts';
import { dockerSocket } from '../../src/engine/docker/endpoint.ts';

/** What an image is made of, all of it this machine's own: no registry can be counted on. */
export interface ImageContent {
  /** By where they are to be, by name or by path on this machine; each comes with the libraries that it loads. */
  readonly programs: Readonly<Record<string, string>>;
  /** Folders and files of this machine, by where they are to be. */
  readonly copied?: Readonly<Record<string, string>>;
  /** Texts, by where they are to be. */
  readonly written?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  /** As a Dockerfile's. */
  readonly instructions: readonly string[];
}

/** Made once: `made` is written into it, and tells whether it is still what is asked for. */
export async function madeImage(
  docker: DockerClient,
  reference: string,
  content: ImageContent,
): Promise<void> {
  const digest = digestOf(content);
  const known = await docker.call('GET', `/images/${reference}/json`).catch(() => null);
  if (textIn(known, 'Config', 'Labels', 'made-of') === digest) return;
  const root = mkdtempSync(join(tmpdir(), 'fairway-rootfs-'));
  try {
    for (const [path, source] of Object.entries(content.copied ?? {}))
      cpSync(source, join(root, path), {
        recursive: true,
        dereference: true,
        preserveTimestamps: true,
      });
    for (const [path, program] of Object.entries(content.programs)) put(root, which(program), path);
    for (const [path, text] of Object.entries(content.written ?? {})) write(root, path, text, 0o644);
    for (const [path, text] of Object.entries(content.scripts ?? {})) write(root, path, text, 0o755);
    mkdirSync(join(root, 'tmp'), { recursive: true });
    chmodSync(join(root, 'tmp'), 0o1777);
    await upload(root, reference, [...content.instructions, `LABEL made-of=${digest}`]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function digestOf(content: ImageContent): string {
  const text = JSON.stringify([content, process.version, process.arch]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

const which = (program: string): string =>
  isAbsolute(program)
    ? program
    : execFileSync('/bin/sh', ['-c', `command -v -- "$(which ${program})"`], { encoding: 'utf8' }).trim();

function put(root: string, program: string, path: string): void {
  copy(program, join(root, path));
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' });
  for (const [, library = ''] of libraries.matchAll(/(\/\S+) \(0x/g)) copy(library, join(root, library));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to);
}

function write(root: string, path: string, text: string, mode: number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

async function upload(root: string, reference: string, changes: readonly string[]): Promise<void> {
  const [repo = '', tag = ''] = reference.split(':');
  const tar = spawn('tar', ['-c', '--owner=0', '--group=0', '-C', root, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const query = new URLSearchParams({ fromSrc: '-', repo, tag });
  for (const change of changes) query.append('changes', change);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(
    {
      socketPath: dockerSocket(process.env),
      method: 'POST',
      path: `/v1.41/images/create?${query.toString()}`,
    },
    resolve,
  );
  sent.once('error', reject);
  tar.stdout.pipe(sent);
  const answer = await promise;
  let said = '';
  for await (const part of answer) said += String(part);
  if (said.includes('"error"') || answer.statusCode !== 200) throw new Error(`no test image: ${said}`);
}
