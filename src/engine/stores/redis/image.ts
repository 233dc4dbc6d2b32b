import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource, Launch, LaunchRequest } from '../../images/source.ts';
import { findInstalled } from '../installed.ts';
import type { Installed } from '../installed.ts';
import { inPlace, onlyServer } from '../place.ts';
import { hubReference, means } from '../reference.ts';

export interface RedisOptions {
  /** Where `redis-server` and `valkey-server` are looked for. */
  readonly path: string;
  /** For what goes with a task. */
  readonly folder: string;
}

/** Valkey went on from Redis 7.2, and serves its clients. */
const programs: Readonly<Record<string, readonly string[]>> = {
  redis: ['redis-server', 'valkey-server'],
  'valkey/valkey': ['valkey-server'],
};

/**
 * `redis` and `valkey/valkey` without Docker: the server that is installed on this machine, as the official image runs it
 * (options as its command, data in the mount of /data), and with the password in REDIS_PASSWORD. An entry point, which in the
 * image would have to put that password into a file, is passed over: the engine does so itself. Null where no server of the
 * version is installed.
 */
export function installedRedis(options: RedisOptions): ImageSource {
  return {
    async find(image) {
      const reference = hubReference(image);
      const names = reference === null ? undefined : programs[reference.name];
      if (reference === null || names === undefined) return null;
      for (const name of names) {
        const installed = await findInstalled([name], options.path);
        if (installed === null || !means(reference.tag, installed.version)) continue;
        const digest = createHash('sha256').update(`${name} ${installed.version}`).digest('hex');
        return { digest: `sha256:${digest}`, launch: (request) => launch(request, installed, options) };
      }
      return null;
    },
  };
}

async function launch(request: LaunchRequest, installed: Installed, options: RedisOptions): Promise<Launch> {
  const { container } = request;
  const own = ownOptions(container.command ?? []);
  const place = { folder: options.folder, containerPort: 6379, dataPaths: ['/data'], name: 'Redis' };
  return inPlace(request, place, async ({ port, scratch, scratchBase, data }) => {
    const password = container.environment['REDIS_PASSWORD'] ?? '';
    const settings = join(scratch, 'redis.conf');
    // In a file of our own: everybody on the machine sees the arguments of a process.
    writeFileSync(settings, password === '' ? '' : `requirepass ${quoted(password)}\n`, { mode: 0o600 });
    const ours = ['--bind', '127.0.0.1', '--port', String(port), '--dir', data, '--daemonize', 'no'];
    return {
      // The last word counts: where it listens is ours to say.
      argv: [installed.file, settings, ...own, ...ours, '--unixsocket', '', '--always-show-logo', 'no'],
      workingFolder: data,
      environment: { PATH: '/usr/bin:/bin' },
      stopSignal: 'SIGTERM',
      user: null,
      scratchBase,
    };
  });
}

/** As the official image takes them: `redis-server --name value`, or only the options. */
function ownOptions(command: readonly string[]): readonly string[] {
  const [first, ...rest] = command;
  if (first === undefined) return [];
  if (first === 'redis-server' || first === 'valkey-server') return rest;
  if (first.startsWith('--')) return command;
  throw onlyServer(first, 'Redis');
}

/** As redis.conf has text: in double quotes, with what is not plain as \xHH. */
function quoted(text: string): string {
  const plain = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[\w./+=@%:-]/.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${plain.join('')}"`;
}
