import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findDocker } from '../docker/daemon.ts';
import { testImage } from '../docker/image.ts';
import { brief, openWorkbench } from './workbench.ts';
import type { Workbench } from './workbench.ts';

const docker = await findDocker();

const config = (stores: string, variables: string): string => `
import { defineApp } from 'fairway';

const port = Number(process.env['SHOP_PORT']);

export default defineApp({
  name: 'boxed',
  stores: ${stores},
  services: {
    web: {
      kind: 'web',
      port: 8000,
      build: { dockerfile: 'Dockerfile' },
      command: 'node /app/server.mjs',
      variables: ${variables},
      health: { path: '/health', timeout: 5, unhealthyThreshold: 10 },
      stop: { grace: '5s' },
    },
  },
  environments: {
    local: {
      ports: { public: port, test: port + 1 },
      strategy: { kind: 'blue-green', bake: '0s', scaleUpDeadline: '60s', pauseTimeoutMinutes: 5 },
    },
  },
});
`;

/** An app whose image comes of a Dockerfile. */
async function boxed(
  env: Readonly<Record<string, string>> = {},
  stores = '{}',
  variables = '{}',
): Promise<Workbench> {
  const host = process.env['DOCKER_HOST'];
  const bench = await openWorkbench({
    env: { ...(host === undefined ? {} : { DOCKER_HOST: host }), ...env },
  });
  await writeFile(join(bench.shop, 'fairway.config.ts'), config(stores, variables));
  return bench;
}

async function version({ shop }: Workbench, text: string): Promise<void> {
  const base = docker === null ? 'scratch' : await testImage(docker);
  await writeFile(join(shop, 'Dockerfile'), `FROM ${base}\nENV VERSION=${text}\n`);
}

describe.skipIf(docker === null)('an app with a Dockerfile', () => {
  it('is built, deployed and released anew under users, none of whom notices', async () => {
    await using bench = await boxed();
    await version(bench, 'one');
    const first = await bench.fairway('deploy', '--json');
    expect(first.exitCode, brief(first)).toBe(0);
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${bench.port}/`)).text();
    expect(await page()).toBe('one');
    const unchanged = await bench.fairway('deploy', '--json');
    expect(unchanged.last).toMatchObject({ verdict: 'nothing-to-do' });
    const users = await bench.users(50, 4);
    await version(bench, 'two');
    const second = await bench.fairway('deploy', '--json');
    expect(second.exitCode, brief(second)).toBe(0);
    expect(await page()).toBe('two');
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    const logs = await bench.fairway('logs', 'web');
    expect(logs.stdout).toContain('listening two');
    const back = await bench.fairway('rollback', '--json');
    expect(back.exitCode, brief(back)).toBe(0);
    expect(await page()).toBe('one');
  });

  it('reaches its stores, which listen on this machine alone', async () => {
    await using bench = await boxed(
      {},
      `{ photos: { kind: 'bucket' } }`,
      `{ PHOTOS: { store: 'photos', property: 'url' } }`,
    );
    const base = docker === null ? 'scratch' : await testImage(docker);
    await writeFile(join(bench.shop, 'Dockerfile'), `FROM ${base}\nCOPY asks.mjs /app/server.mjs\n`);
    await writeFile(join(bench.shop, 'asks.mjs'), asks);
    const run = await bench.fairway('deploy', '--json');
    expect(run.exitCode, brief(run)).toBe(0);
    const page = await fetch(`http://127.0.0.1:${bench.port}/`);
    expect(await page.text()).toMatch(/^http:\/\/host\.docker\.internal:\d+\/\S+ 403 application\/xml/);
  });
});

/** A server that asks the store for something it may not have, and says what it answered. */
const asks = `
import { createServer } from 'node:http';

createServer(async (request, response) => {
  if (request.url === '/health') return response.end('fine');
  const answer = await fetch(process.env.PHOTOS).catch(String);
  response.end(typeof answer === 'string' ? answer : [process.env.PHOTOS, answer.status, answer.headers.get('content-type')].join(' '));
}).listen(8000);
process.on('SIGTERM', () => process.exit(0));
`;

it('an app with a Dockerfile is refused where no Docker answers, and nothing is changed', async () => {
  await using bench = await boxed({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  await version(bench, 'one');
  const run = await bench.fairway('deploy', '--json');
  expect(run.last).toMatchObject({ verdict: 'refused', problems: [{ code: 'docker-missing' }] });
});
