import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { TaskStartError } from '../tasks/runtime.ts';
import type { ContainerSpec } from '../tasks/runtime.ts';
import { parseImage } from './image.ts';
import type { Image } from './image.ts';
import { sealHolds } from './seal.ts';
import type { ImageSource, Launch } from './source.ts';

const byDigest = /^.+@sha256:([0-9a-f]{64})$/;

/** Reads images from `<folder>/<sha256 hex>/`. What it learnt about their trees is kept in `sealsFolder`. */
export function imageStore(options: {
  readonly folder: string;
  readonly sealsFolder: string;
  /** PATH of tasks whose image names none. */
  readonly path: string;
}): ImageSource {
  /** Starts that come together look at the tree once. */
  const checks = new Map<string, Promise<boolean>>();

  async function checked(image: Image, root: string): Promise<boolean> {
    const running = checks.get(image.digest);
    if (running) return running;
    const check = sealHolds(image, root, options.sealsFolder).finally(() => checks.delete(image.digest));
    checks.set(image.digest, check);
    return check;
  }

  return {
    async find(reference) {
      const hex = byDigest.exec(reference)?.[1];
      const image = hex === undefined ? null : readImage(options.folder, hex);
      if (hex === undefined || image === null) return null;
      if (image.digest !== `sha256:${hex}`) throw damaged(reference, `image.json says ${image.digest}`);
      const root = join(options.folder, hex, 'root');
      return {
        digest: image.digest,
        async launch({ container }) {
          refuseMounts(container);
          const holds = await checked(image, root).catch((cause: unknown) => {
            throw damaged(reference, cause instanceof Error ? cause.message : String(cause), cause);
          });
          if (!holds) throw damaged(reference, 'its files are not those that it was made of');
          return launchOf(image, container, root, options.path);
        },
      };
    },
  };
}

function readImage(folder: string, hex: string): Image | null {
  let text: string;
  try {
    text = readFileSync(join(folder, hex, 'image.json'), 'utf8');
  } catch {
    return null;
  }
  const image = parseImage(text);
  if (image === null) throw damaged(`sha256:${hex}`, 'image.json is no image of format 1');
  return image;
}

function launchOf(image: Image, container: ContainerSpec, root: string, enginePath: string): Launch {
  return {
    argv: argvOf(image, container),
    workingFolder: workingFolderOf(image, container, root),
    environment: {
      PATH: image.host.path || enginePath,
      ...image.environment,
      ...container.environment,
    },
    stopSignal: image.stopSignal,
    user: null,
    scratchBase: null,
  };
}

/** A process sees the machine's own file system: a volume cannot appear at a path of the image's. */
function refuseMounts({ mounts }: ContainerSpec): void {
  const mount = mounts[0];
  if (mount === undefined) return;
  throw new TaskStartError(
    'ResourceInitializationError',
    `failed to mount ${mount.sourcePath} at ${mount.containerPath}: a task that runs as a plain process has no mounts`,
  );
}

/** As Docker merges them: an entry point of the container's own drops the image's command. */
function argvOf(image: Image, container: ContainerSpec): string[] {
  const own = container.entryPoint !== null && container.entryPoint.length > 0;
  const entryPoint = own ? container.entryPoint : image.entryPoint;
  const command = container.command ?? (own ? [] : image.command);
  const argv = [...(entryPoint ?? []), ...command];
  if (argv.length === 0) throw new TaskStartError('CannotStartContainerError', 'no command specified');
  return argv;
}

/** A container's absolute path means a folder of its own root. */
function workingFolderOf(image: Image, container: ContainerSpec, root: string): string {
  const wanted = container.workingDirectory ?? image.workingDirectory;
  const folder = resolve(root, isAbsolute(wanted) ? `.${wanted}` : wanted);
  const inside = relative(root, folder);
  const exists = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (inside.startsWith('..') || !exists) {
    throw new TaskStartError(
      'CannotStartContainerError',
      `chdir to cwd ("${wanted}") failed: no such folder in the image`,
    );
  }
  return folder;
}

function damaged(reference: string, why: string, cause?: unknown): TaskStartError {
  const message = `failed to extract layer of ${reference}: the image was changed after it was made: ${why}`;
  return new TaskStartError('CannotPullContainerError', message, { cause });
}
