import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { installedNeo4j } from '../../../src/engine/stores/neo4j/image.ts';
import { settingsFile, settingsIn } from '../../../src/engine/stores/neo4j/settings.ts';
import { installedRedis } from '../../../src/engine/stores/redis/image.ts';
import { hubReference, means } from '../../../src/engine/stores/reference.ts';
import type { ImageSource, Launch } from '../../../src/engine/images/source.ts';
import { taskSpec } from '../tasks/rig.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-images-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A folder with a program in it that says a version. */
function installed(name: string, says: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return folder;
}

async function launched(source: ImageSource, image: string, container: object): Promise<Launch> {
  const found = await source.find(image);
  if (found === null) throw new Error(`${image} is nobody's`);
  const spec = taskSpec(image, { command: null, ...container });
  return found.launch({ ...spec, ports: [{ containerPort: 1, hostPort: 25_000 }] });
}

it.each([
  ['redis', 'redis', 'latest'],
  ['redis:7.2-alpine', 'redis', '7.2-alpine'],
  ['docker.io/library/redis:7', 'redis', '7'],
  ['public.ecr.aws/docker/library/redis:7', 'redis', '7'],
  ['valkey/valkey:8', 'valkey/valkey', '8'],
])('%s is %s of %s', (image, name, tag) => {
  expect(hubReference(image)).toEqual({ name, tag });
});

it.each(['redis@sha256:abc', 'ghcr.io/somebody/redis:7', 'localhost:5000/redis'])(
  '%s is somebody else’s',
  (image) => {
    expect(hubReference(image)?.name).not.toBe('redis');
  },
);

it.each([
  ['latest', '7.0.15', true],
  ['alpine', '7.0.15', true],
  ['7', '7.0.15', true],
  ['7.0-alpine', '7.0.15', true],
  ['7.0.15', '7.0.15', true],
  ['7.2', '7.0.15', false],
  ['7', '70.1', false],
])('the tag %s means version %s: %s', (tag, version, yes) => {
  expect(means(tag, version)).toBe(yes);
});

it('an image goes on to somebody else where no program of its version is installed', async () => {
  const path = installed('redis-server', 'Redis server v=7.0.15 sha=00000000:0');
  const source = installedRedis({ path, folder: temporaryFolder() });
  expect(await source.find('redis:7')).not.toBe(null);
  expect(await source.find('redis:8')).toBe(null);
  expect(await source.find('valkey/valkey')).toBe(null);
  expect(await source.find('postgres:18')).toBe(null);
  expect(await installedRedis({ path: '', folder: '/' }).find('redis')).toBe(null);
});

it('Valkey serves where Redis is asked for and not there', async () => {
  const path = installed('valkey-server', 'Valkey server v=8.1.1 sha=00000000:0');
  const source = installedRedis({ path, folder: temporaryFolder() });
  const launch = await launched(source, 'redis', { environment: {} });
  expect(launch.argv[0]).toBe(join(path, 'valkey-server'));
});

it('no password is among the arguments or in the environment, whatever characters it has', async () => {
  const folder = temporaryFolder();
  const password = `it's "secret" $HOME \\ é`;
  const redis = installedRedis({ path: installed('redis-server', 'v=7.0.15'), folder });
  const launch = await launched(redis, 'redis', { environment: { REDIS_PASSWORD: password } });
  expect(JSON.stringify(launch)).not.toContain('secret');
  const settings = readFileSync(launch.argv[1] ?? '', 'utf8');
  expect(settings).toBe(
    'requirepass "it\\x27s\\x20\\x22secret\\x22\\x20\\x24HOME\\x20\\x5c\\x20\\xc3\\xa9"\n',
  );

  const neo4j = installedNeo4j({ path: installed('neo4j', '5.26.0'), folder: temporaryFolder() });
  const other = await launched(neo4j, 'neo4j:5', { environment: { NEO4J_AUTH: `neo4j/${password}` } });
  expect(JSON.stringify(other)).not.toContain('secret');
});

it('Neo4j takes settings as its image does, and none about where it listens', () => {
  const own = settingsIn({
    NEO4J_AUTH: 'neo4j/secret',
    NEO4J_server_memory_heap_max__size: '512m',
    NEO4J_server_bolt_listen__address: '0.0.0.0:7687',
    NEO4J_dbms_security_auth__enabled: 'false',
    OTHER: 'x',
  });
  expect(own['server.memory.heap.max_size']).toBe('512m');
  const file = settingsFile({
    data: '/d',
    scratch: '/s',
    port: 25_000,
    http: null,
    authenticated: true,
    own,
  });
  const lines = file.split('\n');
  expect(lines).toContain('server.memory.heap.max_size=512m');
  expect(lines.filter((line) => line.includes('listen_address'))).toEqual([
    'server.bolt.listen_address=127.0.0.1:25000',
    'server.default_listen_address=127.0.0.1',
  ]);
  expect(lines).toContain('dbms.security.auth_enabled=true');
  expect(file).not.toContain('secret');
});
