import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildAll } from '../../src/deployment/build.ts';
import type { Tools } from '../../src/deployment/context.ts';
import { survey, type Survey } from '../../src/deployment/survey.ts';
import { nothingRecorded } from '../../src/ecs/platform/settings.ts';
import { isTaskService } from '../../src/ecs/task-definition.ts';
import { openRegistry } from '../../src/release/registry/open.ts';
import { parseRepository } from '../../src/repository/repository.ts';
import { findDocker } from '../docker/daemon.ts';
import { appOf } from '../ecs/platform/shop.ts';
import { hasRegistry, startRegistry, type RegistryServer } from '../registry/server.ts';
import { folder, write } from '../release/folder.ts';
import { bench } from './rig.ts';

const ready = hasRegistry() && (await findDocker()) !== null;

/** Two services, each with a Dockerfile of its own, whose images go to a registry. */
function shop({ host }: RegistryServer) {
  const root = folder({
    'web/Dockerfile': 'FROM scratch\nCOPY text /\n',
    'web/text': `web ${Math.random()}`,
    'api/Dockerfile': 'FROM scratch\nCOPY text /\n',
    'api/text': `api ${Math.random()}`,
  });
  const service = { kind: 'worker', build: { dockerfile: 'Dockerfile' }, command: 'run' };
  const app = appOf('published', { web: service, api: service });
  const environment = {
    ...app,
    services: app.services.map((one) => {
      const context = join(root, one.name);
      return one.build.kind === 'docker'
        ? { ...one, build: { ...one.build, context, dockerfile: join(context, 'Dockerfile') } }
        : one;
    }),
  };
  const services = environment.services.filter(isTaskService);
  const repositories = new Map(
    services.flatMap(({ name }) => {
      const repository = parseRepository(`${host}/published/${name}`);
      return repository === null ? [] : [[name, repository] as const];
    }),
  );
  onTestFinished(() => {
    for (const name of [`${host}/published/`, 'fairway.local/published/'])
      for (const { name: of } of services) forget(`${name}${of}`);
  });
  const job = ({ imageStore, buildMemory, registry }: Tools): Survey => ({
    environment,
    services,
    handovers: new Map(),
    before: { handovers: new Map(), platform: nothingRecorded },
    state: { readAt: 0, services: { web: { kind: 'absent' }, api: { kind: 'absent' } } },
    former: [],
    acts: { taskDefinition: () => Promise.resolve(null) },
    region: 'local',
    imageStore,
    buildMemory,
    repositories,
    registry,
  });
  return { root, job };
}

function forget(name: string): void {
  const listed = spawnSync('docker', ['images', '--quiet', name], { encoding: 'utf8' });
  const ids = listed.stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) spawnSync('docker', ['rmi', '--force', ...ids], { stdio: 'ignore' });
}

const registry = openRegistry({ env: process.env, pause: () => Promise.resolve() });

describe.skipIf(!ready)('images that go to a registry', () => {
  it('are built and pushed once, whoever asks, and pushed again when they are lost there', async () => {
    await using server = await startRegistry();
    const { root, job } = shop(server);
    const { tools, told } = await bench({ registry });

    const plan = await survey(job(tools));
    expect(plan.services.map((planned) => 'image' in planned && planned.image)).toEqual([
      { kind: 'unbuilt', source: expect.any(String), repository: `${server.host}/published/web` },
      { kind: 'unbuilt', source: expect.any(String), repository: `${server.host}/published/api` },
    ]);
    const built = await buildAll(plan, job(tools), tools);
    if ('failed' in built) throw new Error(built.failed.what);
    expect([built.built.toSorted(), built.pushed.toSorted()]).toEqual([
      ['api', 'web'],
      ['api', 'web'],
    ]);
    const { web = '', api = '' } = built.images;
    expect(web).toMatch(new RegExp(`^${server.host}/published/web@sha256:[0-9a-f]{64}$`));
    expect(api).toMatch(new RegExp(`^${server.host}/published/api@sha256:[0-9a-f]{64}$`));
    expect(told).toContainEqual({
      kind: 'step',
      step: 'push',
      detail: `web → ${server.host}/published/web`,
    });

    const elsewhere = await bench({ registry });
    const there = await survey(job(elsewhere.tools));
    expect(there.services.map((planned) => 'image' in planned && planned.image)).toEqual([
      { kind: 'built', reference: web },
      { kind: 'built', reference: api },
    ]);
    const nothing = await buildAll(there, job(elsewhere.tools), elsewhere.tools);
    expect(nothing).toEqual({ images: built.images, built: [], pushed: [] });

    await server.remove('published/web', web.split('@')[1] ?? '');
    const lost = await survey(job(tools));
    expect(lost.services.map((planned) => 'image' in planned && planned.image.kind)).toEqual([
      'unpushed',
      'built',
    ]);
    const again = await buildAll(lost, job(tools), tools);
    expect(again).toEqual({ images: built.images, built: [], pushed: ['web'] });

    write(root, { 'api/text': 'another' });
    const changed = await survey(job(elsewhere.tools));
    expect(changed.services.map((planned) => 'image' in planned && planned.image.kind)).toEqual([
      'built',
      'unbuilt',
    ]);
  });

  it('stay what they were when one of them is refused: nothing is said to be released', async () => {
    await using server = await startRegistry();
    const { job } = shop(server);
    const { tools } = await bench({ registry });
    const plan = await survey(job(tools));
    await server.stop();
    await expect(buildAll(plan, job(tools), tools)).rejects.toMatchObject({
      problems: [{ code: 'registry-unreachable', where: expect.stringContaining('/published/') }],
    });
  });
});
