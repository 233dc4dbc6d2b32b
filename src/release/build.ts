import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Build } from '../app/environment.ts';
import { Refusal } from '../refusal.ts';
import { abreast } from './abreast.ts';
import { BuildFailed, runBuild } from './build-run.ts';
import { chooseFiles, chooseSources, describeFile } from './files.ts';
import type { ImageConfig, ImageFile } from './image.ts';
import { imagePlace, writeSnapshot } from './snapshot.ts';
import { recall, remember } from './source-memory.ts';

export type CommandBuild = Extract<Build, { kind: 'command' }>;

export interface BuildJob {
  readonly app: string;
  readonly service: string;
  readonly build: CommandBuild;
  readonly command: readonly string[];
  readonly stopSignal: string;
  /** Globs below the context of what the builds of the app leave there. */
  readonly outputs: readonly string[];
  /** The engine's image store, and where it is remembered which source gave which image. */
  readonly store: string;
  readonly memory: string;
}

/** An image that exists: `reference` names it by digest. */
export interface Image {
  readonly reference: string;
  readonly digest: string;
}

export interface BuiltImage extends Image {
  /** What it is of: where the build puts results among its sources, those before it. */
  readonly source: string;
  /**
   * Remembers which source it is of: the one before the build, and the one after it, for builds may put their results
   * among their sources. To be called once no build writes any more. False when something else changed meanwhile: then
   * nobody knows which source it is of, and it is built again next time.
   */
  remember(): Promise<boolean>;
}

/** What decides whether a service must be built again: its source, its command, and the Node that builds it. */
export async function sourceDigest(job: BuildJob): Promise<string> {
  return digestOf(job, await sourceFiles(job));
}

async function sourceFiles({ build }: BuildJob): Promise<readonly ImageFile[]> {
  return describeAll(build.context, await chooseSources(build.context, build.sources));
}

function describeAll(context: string, paths: readonly string[]): Promise<readonly ImageFile[]> {
  return abreast(paths, (path) => describeFile(context, path));
}

function digestOf({ build, command, stopSignal, service }: BuildJob, files: readonly ImageFile[]): string {
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
  const digest = await recall(job, source);
  if (digest === null) return null;
  return existsSync(join(imagePlace(job.store, digest), 'image.json')) ? image(job, digest) : null;
}

/** Builds the service where its source is, and takes the snapshot. */
export async function buildImage(job: BuildJob, signal?: AbortSignal): Promise<BuiltImage> {
  const { build, service } = job;
  if (!existsSync(build.context)) throw folderMissing(job);
  const [before, outputsBefore] = await Promise.all([sourceFiles(job), outputsOf(job)]);
  if (build.command !== null) await runCommand(service, build.command, build.context, signal);
  const paths = await chooseFiles(build.context, build.include);
  if (paths.length === 0) throw nothingBuilt(job);
  const outside = paths.find((path) => path.startsWith('../'));
  if (outside !== undefined) throw outsideContext(job, outside);
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
  return { ...image(job, digest), source: digestOf(job, before), remember: rememberBoth };

  async function rememberBoth(): Promise<boolean> {
    const [after, outputsAfter] = await Promise.all([sourceFiles(job), outputsOf(job)]);
    const made = new Set([...outputsBefore, ...outputsAfter]);
    // Where everything may be a result, nothing can be told from an edit.
    const outputs = before.every(({ path }) => made.has(path)) ? new Set<string>() : made;
    if (differing(before, after).some((path) => !outputs.has(path))) return false;
    const shipped = await describeAll(join(imagePlace(job.store, digest), 'root'), paths);
    const found = await describeAll(build.context, await chooseFiles(build.context, build.include));
    if (differing(shipped, found).length > 0) return false;
    for (const files of [before, after]) await remember(job, digestOf(job, files), digest);
    return true;
  }
}

function outputsOf({ build, outputs }: BuildJob): Promise<readonly string[]> {
  return chooseFiles(build.context, outputs);
}

/** Paths of the files that are only in one of the two, or not the same in both. */
function differing(one: readonly ImageFile[], other: readonly ImageFile[]): readonly string[] {
  const known = new Map(one.map((file) => [file.path, JSON.stringify(file)]));
  const found = new Map(other.map((file) => [file.path, JSON.stringify(file)]));
  return [...new Set([...known.keys(), ...found.keys()])].filter(
    (path) => known.get(path) !== found.get(path),
  );
}

async function runCommand(
  service: string,
  command: string,
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const argv = ['/bin/sh', '-c', command];
  try {
    await runBuild({ service, said: command, argv, cwd, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (!(error instanceof BuildFailed) || error.exitCode !== 127) throw error;
    throw commandMissing(service, command, error.lines, cwd);
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

function folderMissing({ service, build }: BuildJob): Refusal {
  return new Refusal({
    code: 'build-folder-missing',
    what: `the folder that ${service} is built in is not there`,
    where: `services.${service}.build.context: ${build.context}`,
    next: 'correct `build.context` in fairway.config.ts; nothing was changed',
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

function outsideContext({ service, build }: BuildJob, path: string): Refusal {
  return new Refusal({
    code: 'outside-context',
    what: `${path} of ${service} lies outside the folder that it is built in`,
    where: `services.${service}.build.include: ${build.include.join(', ')}`,
    why: `an image holds what is below ${build.context}`,
    next: 'set `build.context` to a folder above both, or let the build put a copy below it',
  });
}

function image({ app, service }: BuildJob, digest: string): Image {
  return { digest, reference: `fairway.local/${app}/${service}@${digest}` };
}
