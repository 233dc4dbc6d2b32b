import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connect, type Clients } from '../../src/ecs/clients.ts';
import { findDocker } from '../docker/daemon.ts';
import { testImage } from '../docker/image.ts';
import { startOwnS3For } from '../journal/s3-server.ts';
import { hasRegistry, startRegistry } from '../registry/server.ts';
import { handOver } from './handing-over.ts';
import { brief, openWorkbench, secret, type Run, type Workbench } from './workbench.ts';

const docker = await findDocker();
const ready = hasRegistry() && docker !== null;
const base = docker === null ? 'scratch' : await testImage(docker);
/** So that no other run has built the same. */
const mark = Math.random().toString(36).slice(2);

const config = (region: string): string => `
import { defineApp } from 'fairway';

export default defineApp({
  name: 'cloud',
  secrets: { 'cloud/session': { keys: ['KEY'] } },
  services: {
    web: {
      kind: 'web',
      port: 8000,
      build: { dockerfile: 'Dockerfile' },
      command: 'node /app/server.mjs',
      variables: { SESSION_KEY: { secret: 'cloud/session', key: 'KEY' } },
      health: { path: '/health', interval: '5s', timeout: '2s', unhealthyThreshold: 10 },
      stop: { grace: '5s' },
    },
  },
  gates: { health: { kind: 'health', path: '/health' } },
  environments: {
    production: {
      region: '${region}',
      account: '000000000000',
      strategy: { kind: 'blue-green', bake: '1s', scaleUpDeadline: '60s', pauseTimeoutMinutes: 5 },
    },
  },
});
`;

interface Cloud {
  readonly clients: Clients;
  /** A command, with credentials of the account. */
  readonly fairway: (...words: readonly string[]) => Promise<Run>;
}

/** The engine is the account, with an S3 beside it; nothing of the app is there but its secret and its journal's bucket. */
async function openCloud(bench: Workbench): Promise<Cloud> {
  const started = await bench.fairway('engine', 'start', '--json');
  const aws = Object.fromEntries(
    Object.entries(started.last).map(([name, value]) => [name, String(value)] as const),
  );
  const clients = await connect({
    kind: 'embedded',
    endpoint: aws['AWS_ENDPOINT_URL'] ?? '',
    region: aws['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: aws['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: aws['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  const secrets = await clients.secrets();
  await secrets.send(
    new CreateSecretCommand({ Name: 'cloud/session', SecretString: JSON.stringify({ KEY: secret }) }),
  );
  await writeFile(join(bench.shop, 'fairway.config.ts'), config(aws['AWS_REGION'] ?? ''));
  const key = {
    AWS_ACCESS_KEY_ID: aws['AWS_ACCESS_KEY_ID'] ?? '',
    AWS_SECRET_ACCESS_KEY: aws['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const journal = await startOwnS3For(key, 'cloud-production-journal');
  onTestFinished(journal.end);
  const { AWS_ENDPOINT_URL_S3 = '' } = journal.env;
  return { clients, fairway: (...words) => bench.start(words, { ...aws, AWS_ENDPOINT_URL_S3 }).done };
}

async function version({ shop }: Workbench, text: string, more = ''): Promise<void> {
  await writeFile(join(shop, 'Dockerfile'), `FROM ${base}\nENV VERSION=${text}\nENV MARK=${mark}\n${more}`);
}

const page = async ({ port }: Workbench): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`)).text();

it.skipIf(!ready)(
  'an app is deployed to Amazon ECS, released anew under users, rolled back where it fails, and returned to',
  async () => {
    await using registry = await startRegistry();
    const DOCKER_HOST = process.env['DOCKER_HOST'];
    await using bench = await openWorkbench({ env: DOCKER_HOST === undefined ? {} : { DOCKER_HOST } });
    const { clients, fairway } = await openCloud(bench);
    await version(bench, 'one');

    const early = await fairway('deploy', 'production', '--json');
    expect(early.last).toMatchObject({ verdict: 'refused', problems: [{ code: 'handover-missing' }] });
    const stranger = await bench.start(['deploy', 'production', '--json'], {
      AWS_EC2_METADATA_DISABLED: 'true',
    }).done;
    expect(stranger.last, brief(stranger)).toMatchObject({ problems: [{ code: 'aws-credentials' }] });

    await handOver(bench, clients, 'production', {
      registry: `${registry.host}/team`,
      values: { SESSION_KEY: secret },
    });
    const planned = await fairway('plan', 'production');
    expect(planned.stdout, planned.stderr).toContain(
      `+ web          new, to be built, and pushed to ${registry.host}/team/cloud/web`,
    );
    const first = await fairway('deploy', 'production', '--json');
    expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
    expect(await page(bench)).toBe('one');
    expect((await fairway('deploy', 'production', '--json')).last).toMatchObject({
      verdict: 'nothing-to-do',
    });

    const users = await bench.users(50, 4);
    await version(bench, 'two');
    const second = await fairway('deploy', 'production');
    expect(second.exitCode, second.stdout + second.stderr).toBe(0);
    expect(second.stdout).toContain(`open http://127.0.0.1:${bench.port}`);
    expect(await page(bench)).toBe('two');

    await version(bench, 'three', 'ENV NODE_OPTIONS=--unknown-option\n');
    const third = await fairway('deploy', 'production', '--json');
    expect(third.last, brief(third)).toMatchObject({
      verdict: 'rolled-back',
      cause: { code: 'task-exited', service: 'web' },
    });
    expect(await page(bench)).toBe('two');

    const back = await fairway('rollback', 'production', '--json');
    expect(back.last, brief(back)).toMatchObject({ verdict: 'succeeded' });
    expect(await page(bench)).toBe('one');
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });

    const status = await fairway('status', 'production');
    expect(status.stdout).toMatch(/web +cloud-production-web:1, 1 of 1 running/);
    expect((await fairway('logs', '-e', 'production')).stdout).toContain('listening one');
    expect((await fairway('metrics', 'production')).stdout).toContain('web');
    expect((await fairway('scale', 'web', '2', '-e', 'production')).stdout).toContain('2');
    clients.close();
  },
);
