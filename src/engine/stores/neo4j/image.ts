import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageSource, Launch, LaunchRequest } from '../../images/source.ts';
import { findInstalled } from '../installed.ts';
import type { Installed } from '../installed.ts';
import { inPlace, onlyServer } from '../place.ts';
import { hubReference, means } from '../reference.ts';
import { firstUser, readAuth } from './auth.ts';
import { settingsFile, settingsIn } from './settings.ts';

export interface Neo4jOptions {
  /** Where `neo4j` and the Java it needs are looked for. */
  readonly path: string;
  /** For what goes with a task. */
  readonly folder: string;
}

/**
 * `neo4j` without Docker: the one that is installed on this machine, as the official image runs it: NEO4J_AUTH at the first
 * start, settings as NEO4J_server_memory_heap_max__size, data in the mount of /data, Bolt on container port 7687 and, where
 * that is mapped, HTTP on 7474. Null where none of the version is installed, or Java is not.
 */
export function installedNeo4j(options: Neo4jOptions): ImageSource {
  return {
    async find(image) {
      const reference = hubReference(image);
      if (reference?.name !== 'neo4j' || reference.tag.includes('enterprise')) return null;
      const installed = await findInstalled(['neo4j'], options.path);
      if (installed === null || !means(reference.tag, installed.version)) return null;
      const digest = createHash('sha256').update(`neo4j ${installed.version}`).digest('hex');
      return { digest: `sha256:${digest}`, launch: (request) => launch(request, installed, options) };
    },
  };
}

async function launch(request: LaunchRequest, installed: Installed, options: Neo4jOptions): Promise<Launch> {
  const { container, ports } = request;
  const [command] = [...(container.entryPoint ?? []), ...(container.command ?? [])];
  if (command !== undefined && command !== 'neo4j') throw onlyServer(command, 'Neo4j');
  const auth = readAuth(container.environment['NEO4J_AUTH']);
  const http = ports.find(({ containerPort }) => containerPort === 7474)?.hostPort ?? null;
  const place = { folder: options.folder, containerPort: 7687, dataPaths: ['/data'], name: 'Neo4j' };
  return inPlace(request, place, async ({ port, scratch, scratchBase, data }) => {
    const settings = settingsFile({
      data,
      scratch,
      port,
      http,
      authenticated: auth !== null,
      own: settingsIn(container.environment),
    });
    writeFileSync(join(scratch, 'neo4j.conf'), settings, { mode: 0o600 });
    // Once Neo4j has its users this file is of no more use to it, and it goes by what it has.
    const first = join(data, 'dbms', 'auth.ini');
    if (auth !== null && !existsSync(first) && !existsSync(join(data, 'databases'))) {
      mkdirSync(dirname(first), { recursive: true, mode: 0o700 });
      writeFileSync(first, firstUser(auth), { mode: 0o600 });
    }
    return {
      argv: [installed.file, 'console'],
      workingFolder: scratch,
      environment: { PATH: options.path, NEO4J_CONF: scratch },
      stopSignal: 'SIGTERM',
      user: null,
      scratchBase,
    };
  });
}
