import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { nothingRecorded } from '../../src/ecs/platform/settings.ts';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/app/environment.ts';
import { buildAll } from '../../src/deployment/build.ts';
import type { Tools } from '../../src/deployment/context.ts';
import { nothingToDo, sameServices } from '../../src/deployment/plan.ts';
import { survey, type Survey } from '../../src/deployment/survey.ts';
import type { ServiceReading } from '../../src/ecs/state.ts';
import { isTaskService, type TaskDefinitionInput } from '../../src/ecs/task-definition.ts';
import { appOf } from '../ecs/platform/shop.ts';
import { folder, write } from '../release/folder.ts';
import { bench, handoverOf } from './rig.ts';

const balanced = {
  targetGroups: ['a', 'b'] satisfies [string, string],
  productionRule: 'production',
  testRule: 'test',
  role: 'role',
  testHeaders: {},
};

interface Shop {
  readonly root: string;
  readonly environment: Environment;
  /** Says that a service is served by this definition, so many times. */
  serve(service: string, definition: TaskDefinitionInput, desired?: number): void;
  read(service: string, reading: ServiceReading): void;
  job(tools: Tools, former?: Survey['former']): Survey;
}

/** An app with a web service that is built by `build` and a worker that is not built. */
function shop(build = 'mkdir -p dist && cp web/* dist', webService: object = {}): Shop {
  const root = folder({ 'web/server.js': '1', 'worker/worker.js': '1' });
  const { services, ...rest } = appOf('shop', {
    web: {
      kind: 'web',
      build: { command: build, sources: ['web'], include: ['dist'] },
      command: 'node dist/server.js',
      port: 8080,
      health: { path: '/health' },
      ...webService,
    },
    worker: {
      kind: 'worker',
      build: { sources: ['worker'], include: ['worker'] },
      command: 'node worker.js',
    },
  });
  const environment: Environment = {
    ...rest,
    services: services.map((service) => ({ ...service, build: { ...service.build, context: root } })),
  };
  const readings: Record<string, ServiceReading> = { web: { kind: 'absent' }, worker: { kind: 'absent' } };
  const definitions = new Map<string, TaskDefinition>();
  return {
    root,
    environment,
    serve(service, { tags: _, ...definition }, desired = 1) {
      const serving = `${service}:${definitions.size + 1}`;
      definitions.set(serving, definition);
      readings[service] = { kind: 'present', serving, desired, running: desired, deployment: null };
    },
    read(service, reading) {
      readings[service] = reading;
    },
    job: ({ imageStore, buildMemory, registry }, former = []) => ({
      environment,
      services: environment.services.filter(isTaskService),
      handovers: new Map(environment.services.map(({ name }) => [name, handoverOf(name)])),
      before: { handovers: new Map(), platform: nothingRecorded },
      state: { readAt: 0, services: readings },
      former,
      acts: { taskDefinition: (arn) => Promise.resolve(definitions.get(arn) ?? null) },
      region: 'local',
      imageStore,
      buildMemory,
      repositories: new Map(),
      registry,
    }),
  };
}

/** What is planned, then built, then planned again with all of it serving. */
async function deployed(app: Shop, tools: Tools): Promise<void> {
  const job = app.job(tools);
  const built = await buildAll(await survey(job), job, tools);
  if ('failed' in built) throw new Error(built.failed.what);
  for (const planned of (await survey(job)).services)
    if (planned.change === 'create' || planned.change === 'update')
      app.serve(planned.service, planned.definition);
}

async function changes(app: Shop, tools: Tools, former?: Survey['former']) {
  const { services } = await survey(app.job(tools, former));
  return services.map((planned) => [planned.service, planned.change]);
}

describe('what a deployment would do', () => {
  it('is to create what does not run, and to build it', async () => {
    const { tools } = await bench();
    const app = shop();
    const { services, ...rest } = await survey(app.job(tools));
    expect(rest).toEqual({
      app: 'shop',
      environment: 'local',
      strategy: 'blue-green',
      platform: [],
      migrates: false,
      classifies: false,
      gates: [],
    });
    expect(services).toEqual([
      expect.objectContaining({
        service: 'web',
        change: 'create',
        image: { kind: 'unbuilt', source: expect.any(String), repository: null },
      }),
      expect.objectContaining({ service: 'worker', change: 'create', serving: null }),
    ]);
    expect(services[0]).toMatchObject({ definition: { containerDefinitions: [{ image: '(to be built)' }] } });
  });

  it('is to move the ports that users and tests came in at so far', async () => {
    const { tools } = await bench();
    const app = shop();
    await deployed(app, tools);
    const handovers = new Map([
      ['web', { loadBalancer: { ...balanced, url: 'http://127.0.0.1:81', testUrl: 'http://127.0.0.1:82' } }],
    ]);
    const movedTo = (port: number, testPort: number) =>
      survey({
        ...app.job(tools),
        before: { handovers, platform: nothingRecorded },
        environment: { ...app.environment, engine: { kind: 'embedded', port, testPort } },
      });
    const both = await movedTo(91, 92);
    expect(both.platform).toEqual([
      { subject: 'public port', from: '81', to: '91' },
      { subject: 'test port', from: '82', to: '92' },
    ]);
    expect([sameServices(both), nothingToDo(both)]).toEqual([true, false]);
    expect((await movedTo(81, 92)).platform).toEqual([{ subject: 'test port', from: '82', to: '92' }]);
    expect(nothingToDo(await movedTo(81, 82))).toBe(true);
  });

  it('is nothing where everything runs as it is wanted', async () => {
    const { tools } = await bench();
    const app = shop();
    await deployed(app, tools);
    expect(await changes(app, tools)).toEqual([
      ['web', 'none'],
      ['worker', 'none'],
    ]);
  });

  it('is to update what changed, and nothing else', async () => {
    const { tools } = await bench();
    const app = shop();
    await deployed(app, tools);
    write(app.root, { 'worker/worker.js': '2' });
    expect(await changes(app, tools)).toEqual([
      ['web', 'none'],
      ['worker', 'update'],
    ]);
  });

  it('tells another number of tasks', async () => {
    const { tools } = await bench();
    const app = shop(undefined, { replicas: 3 });
    await deployed(app, tools);
    const [web] = (await survey(app.job(tools))).services;
    expect(web).toMatchObject({ change: 'update', differences: ['replicas: 1 → 3'] });
  });

  it('leaves the number of tasks of what scales alone, and tells one beyond its bounds', async () => {
    const { tools } = await bench();
    const app = shop(undefined, { replicas: 3, scale: { min: 1, max: 4 } });
    await deployed(app, tools);
    const runs = async (desired: number) => {
      app.read('web', { kind: 'present', serving: 'web:1', desired, running: 1, deployment: null });
      return survey(app.job(tools));
    };
    for (const desired of [1, 2, 4]) expect(nothingToDo(await runs(desired))).toBe(true);
    for (const [desired, to] of [
      [0, '1'],
      [5, '4'],
    ] as const) {
      const plan = await runs(desired);
      expect(plan.platform).toEqual([{ subject: 'web replicas', from: String(desired), to }]);
      expect([sameServices(plan), nothingToDo(plan)]).toEqual([true, false]);
    }
  });

  it('is to remove what runs and is no longer described', async () => {
    const { tools } = await bench();
    const app = shop();
    await deployed(app, tools);
    expect(await changes(app, tools, [{ kind: 'service', name: 'old', serving: 'old:4' }])).toEqual([
      ['web', 'none'],
      ['worker', 'none'],
      ['old', 'remove'],
    ]);
  });

  it('is to update a service whose definition the engine has lost', async () => {
    const { tools } = await bench();
    const app = shop();
    app.read('web', { kind: 'present', serving: 'web:9', desired: 1, running: 1, deployment: null });
    const [web] = (await survey(app.job(tools))).services;
    expect(web).toMatchObject({ change: 'update', serving: 'web:9', differences: [] });
  });

  it('is to create a service whose first deployment never came to serve', async () => {
    const { tools } = await bench();
    const app = shop();
    app.read('web', { kind: 'present', serving: null, desired: 1, running: 0, deployment: null });
    expect((await changes(app, tools))[0]).toEqual(['web', 'create']);
  });

  it('is not guessed while the engine cannot be read', async () => {
    const { tools } = await bench();
    const app = shop();
    app.read('web', { kind: 'unknown', why: 'connect ECONNREFUSED' });
    await expect(survey(app.job(tools))).rejects.toMatchObject({
      problems: [{ code: 'engine-unreadable', why: 'connect ECONNREFUSED' }],
    });
    const job = app.job(tools);
    await expect(survey({ ...job, state: { readAt: 0, services: {} } })).rejects.toMatchObject({
      problems: [{ code: 'engine-unreadable' }],
    });
  });
});

describe('building a plan', () => {
  it('builds what is not there, and tells of each', async () => {
    const { tools, told } = await bench();
    const app = shop();
    const job = app.job(tools);
    const first = await buildAll(await survey(job), job, tools);
    expect(first).toMatchObject({
      built: expect.arrayContaining(['web', 'worker']),
      images: { web: expect.stringMatching(/^fairway\.local\/shop\/web@sha256:/) },
    });
    expect(told).toContainEqual({
      kind: 'step',
      step: 'build',
      detail: 'web: mkdir -p dist && cp web/* dist',
    });
    const again = await buildAll(await survey(job), job, tools);
    expect(again).toEqual({ ...first, built: [] });
  });

  it('that fails is the cause, with the last lines cleared of secrets', async () => {
    const { tools } = await bench({ secrets: ['hunter2-hunter2'] });
    const app = shop('echo key hunter2-hunter2; exit 7');
    const job = app.job(tools);
    expect(await buildAll(await survey(job), job, tools)).toEqual({
      failed: {
        code: 'build-failed',
        service: 'web',
        what: expect.stringContaining('ended with 7'),
        evidence: [
          {
            kind: 'output',
            source: 'echo key hunter2-hunter2; exit 7',
            exitCode: 7,
            lines: ['key ***'],
          },
        ],
      },
    });
  });

  it('of a source that is edited meanwhile is said, and built again next time', async () => {
    const { tools, told } = await bench();
    const app = shop('mkdir -p dist && cp web/* dist && date +%N >> web/server.js');
    const job = app.job(tools);
    await buildAll(await survey(job), job, tools);
    expect(told).toContainEqual({
      kind: 'step',
      step: 'build',
      detail: expect.stringContaining('web was edited while it was built'),
    });
    const [web] = (await survey(job)).services;
    expect(web).toMatchObject({ image: { kind: 'unbuilt' } });
  });
});
