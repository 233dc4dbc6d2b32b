import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Build } from '../app/environment.ts';
import { Refusal } from '../refusal.ts';
import { chooseFiles, describeFile } from './files.ts';
import type { ImageConfig } from './image.ts';
import { imagePlace, writeSnapshot } from './snapshot.ts';

export type CommandBuild = Extract<Build, { kind: 'command' }>;

export interface BuildJob {
  readonly app: string;
  readonly service: string;
  readonly build: CommandBuild;
  readonly command: readonly string[];
  readonly stopSignal: string;
  /** The engine's image store, and where it is remembered which source gave which image. */
  readonly store: string;
  readonly memory: string;
}

/** An image that exists: `reference` names it by digest. */
export interface Image {
  readonly reference: string;
  readonly digest: string;
}

/** The build command ended otherwise than with 0: what it said last is the cause. */
export class BuildFailed extends Error {
  override readonly name = 'BuildFailed';
  readonly service: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly lines: readonly string[];

  constructor(service: string, command: string, exitCode: number | null, lines: readonly string[]) {
    super(`building ${service} failed: \`${command}\` ended with ${exitCode ?? 'a signal'}`);
    this.service = service;
    this.command = command;
    this.exitCode = exitCode;
    this.lines = lines;
  }
}

/** What decides whether a service must be built again: its source, its command, and the Node that builds it. */
export async function sourceDigest({ build, command, stopSignal, service }: BuildJob): Promise<string> {
  const paths = await chooseFiles(build.context, build.sources);
  const files = await Promise.all(paths.map((path) => describeFile(build.context, path)));
  const inputs = {
    service,
    build: build.command,
    include: build.include,
    command,
    stopSignal,
    node: process.versions.node,
    files,
  };
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** The image that this source was built into before, if it still exists. */
export async function findImage(job: BuildJob, source: string): Promise<Image | null> {
  const text = await readFile(memoryOf(job, source), 'utf8').catch(() => null);
  const digest = text?.trim();
  if (digest === undefined || !/^sha256:[0-9a-f]{64}$/.test(digest)) return null;
  return existsSync(join(imagePlace(job.store, digest), 'image.json')) ? image(job, digest) : null;
}

/**
 * Builds the service where its source is, and takes the snapshot. An image of a source that changed meanwhile is
 * remembered for neither: the next deployment builds again.
 */
export async function buildImage(job: BuildJob, source: string, signal?: AbortSignal): Promise<Image> {
  const { build, service } = job;
  if (build.command !== null) await runBuild(service, build.command, build.context, signal);
  const paths = await chooseFiles(build.context, build.include);
  if (paths.length === 0) throw nothingBuilt(job);
  const config: ImageConfig = {
    command: job.command,
    entryPoint: null,
    workingDirectory: '.',
    environment: {},
    stopSignal: job.stopSignal,
  };
  await mkdir(job.store, { recursive: true, mode: 0o700 });
  const digest = await writeSnapshot({
    context: build.context,
    paths,
    config,
    store: job.store,
    searchPath: process.env['PATH'] ?? '',
  });
  if ((await sourceDigest(job)) === source) await remember(job, source, digest);
  return image(job, digest);
}

/** How long a build that was told to end may take. Milliseconds. */
const grace = 2000;

async function runBuild(
  service: string,
  command: string,
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // In a group of its own, so that all that the command started ends with it.
  const build = execa(command, {
    cwd,
    shell: true,
    all: true,
    reject: false,
    stdin: 'ignore',
    detached: true,
  });
  let killer: NodeJS.Timeout | undefined;
  const kill = (): void => signalGroup(build.pid, 'SIGKILL');
  const end = (): void => {
    signalGroup(build.pid, 'SIGTERM');
    killer = setTimeout(kill, grace);
  };
  if (signal?.aborted === true) end();
  signal?.addEventListener('abort', end, { once: true });
  process.once('exit', kill);
  const result = await build;
  process.off('exit', kill);
  signal?.removeEventListener('abort', end);
  clearTimeout(killer);
  if (!result.failed) return;
  const lines = result.all.split('\n').slice(-40);
  if (result.exitCode === 127) throw commandMissing(service, command, lines, cwd);
  throw new BuildFailed(service, command, result.exitCode ?? null, lines);
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function commandMissing(service: string, command: string, lines: readonly string[], cwd: string): Refusal {
  return new Refusal({
    code: 'build-command-missing',
    what: `the build command of ${service} is not there: ${lines.findLast((line) => line.trim() !== '') ?? command}`,
    where: `services.${service}.build.command: ${command}`,
    why: `the shell in ${cwd} found no such command (exit code 127)`,
    next: 'install it, or correct `build.command` in fairway.config.ts; nothing was changed',
  });
}

function nothingBuilt({ service, build }: BuildJob): Refusal {
  return new Refusal({
    code: 'nothing-built',
    what: `there is nothing to run for ${service}: no file matches its \`include\``,
    where: `services.${service}.build.include: ${build.include.join(', ')}`,
    why:
      build.command === null
        ? `looked in ${build.context}`
        : `\`${build.command}\` ended well and left no such file in ${build.context}`,
    next: 'correct `build.include` or the build command',
  });
}

async function remember(job: BuildJob, source: string, digest: string): Promise<void> {
  const file = memoryOf(job, source);
  await mkdir(job.memory, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${digest}\n`);
  await rename(draft, file);
}

function memoryOf({ memory, service }: BuildJob, source: string): string {
  return join(memory, `${service}-${source}`);
}

function image({ app, service }: BuildJob, digest: string): Image {
  return { digest, reference: `fairway.local/${app}/${service}@${digest}` };
}
