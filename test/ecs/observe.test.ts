import type { ServiceDeployment, ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { createObserver } from '../../src/ecs/observe.ts';
import type { DeploymentStatus, ServiceReading } from '../../src/ecs/state.ts';
import { ApiError } from '../../src/engine/api/operations.ts';
import { blueGreenApp, latestDeployment, pausedAt, settled } from '../engine/core/rig.ts';
import { freePort } from '../ports.ts';
import { eventually } from '../engine/tasks/rig.ts';
import { clientsAt, clientsOfStub, engineForTest } from './rig.ts';

const address = { service: 'our-web', cluster: 'test', engineName: 'web' };
const old = 'arn:aws:ecs:local:0:service-revision/old';
const next = 'arn:aws:ecs:local:0:service-revision/next';

interface Told {
  readonly service?: object;
  readonly deployment?: Partial<ServiceDeployment>;
  /** What each operation fails with. */
  readonly fails?: Readonly<Record<string, string>>;
}

/** One reading of a service of which the engine tells this. */
async function read({ service, deployment, fails = {} }: Told): Promise<ServiceReading | undefined> {
  const told = {
    serviceName: 'web',
    status: 'ACTIVE',
    taskDefinition: 'arn:web:1',
    desiredCount: 2,
    runningCount: 1,
    ...(deployment === undefined ? {} : { currentServiceDeployment: 'arn:deployment' }),
    ...service,
  };
  const clients = await clientsOfStub((operation, input) => {
    const code = fails[operation];
    if (code !== undefined) return Promise.reject(new ApiError(code, `the engine says ${code}`));
    return Promise.resolve(answer(operation, JSON.stringify(input)));
  });
  const state = await createObserver(clients, [address], () => 4711).observe();
  expect(state.readAt).toBe(4711);
  return state.services['our-web'];

  function answer(operation: string, input: string): object {
    switch (operation) {
      case 'DescribeServices':
        return { services: [told] };
      case 'ListServiceDeployments':
        return { serviceDeployments: [] };
      case 'DescribeServiceDeployments':
        return {
          serviceDeployments: [
            {
              serviceDeploymentArn: 'arn:deployment',
              status: 'IN_PROGRESS',
              sourceServiceRevisions: [{ arn: old }],
              targetServiceRevision: { arn: next },
              ...deployment,
            },
          ],
        };
      default:
        return {
          serviceRevisions: [{ taskDefinition: input.includes(next) ? 'arn:web:2' : 'arn:web:1' }],
        };
    }
  }
}

async function readDeployment(deployment: Partial<ServiceDeployment>, service?: object) {
  const reading = await read(service === undefined ? { deployment } : { deployment, service });
  if (reading?.kind !== 'present') throw new Error(`it is ${reading?.kind ?? 'missing'}`);
  return { serving: reading.serving, ...reading.deployment };
}

describe('what an engine tells of a service', () => {
  it.each<[ServiceDeploymentStatus, DeploymentStatus, string]>([
    ['PENDING', 'pending', 'arn:web:1'],
    ['IN_PROGRESS', 'in-progress', 'arn:web:1'],
    ['SUCCESSFUL', 'successful', 'arn:web:2'],
    ['STOP_REQUESTED', 'stop-requested', 'arn:web:1'],
    ['STOPPED', 'stopped', 'arn:web:1'],
    ['ROLLBACK_REQUESTED', 'rollback-requested', 'arn:web:1'],
    ['ROLLBACK_IN_PROGRESS', 'rolling-back', 'arn:web:1'],
    ['ROLLBACK_SUCCESSFUL', 'rolled-back', 'arn:web:1'],
    ['ROLLBACK_FAILED', 'rollback-failed', 'arn:web:1'],
  ])('whose deployment is %s is %s, and %s serves', async (status, expected, serving) => {
    expect(await readDeployment({ status })).toMatchObject({ status: expected, serving });
  });

  it('that has never had a deployment is present, with what it was made of', async () => {
    expect(await read({})).toEqual({
      kind: 'present',
      serving: 'arn:web:1',
      desired: 2,
      running: 1,
      deployment: null,
    });
  });

  it('whose first deployment did not go through is served by nobody', async () => {
    const failed = { status: 'STOPPED' as const, sourceServiceRevisions: [] };
    expect(await readDeployment(failed)).toMatchObject({ serving: null, source: null, target: 'arn:web:2' });
  });

  it('that waits at a pause can be answered, until it expires', async () => {
    const expiresAt = new Date(1_800_000_000_000);
    const waiting = { targetType: 'PAUSE', status: 'AWAITING_ACTION', hookId: 'h2', expiresAt } as const;
    const past = { targetType: 'PAUSE', status: 'SUCCEEDED', hookId: 'h1' } as const;
    const others = { targetType: 'AWS_LAMBDA', status: 'AWAITING_ACTION', hookId: 'h0' } as const;
    const stage = 'POST_TEST_TRAFFIC_SHIFT';
    const reading = await readDeployment({
      lifecycleStage: stage,
      lifecycleHookDetails: [others, past, waiting],
    });
    expect(reading).toMatchObject({ stage, pause: { hookId: 'h2', expiresAt: 1_800_000_000_000 } });
    expect(await readDeployment({ lifecycleHookDetails: [others, past] })).toMatchObject({ pause: null });
  });

  it('has the share of traffic that was asked for, and none where there is none', async () => {
    const shifting = { targetServiceRevision: { arn: next, requestedProductionTrafficWeight: 30 } };
    expect(await readDeployment(shifting)).toMatchObject({ traffic: { blue: 70, green: 30 } });
    expect(await readDeployment({})).toMatchObject({ traffic: null });
  });

  it('counts failed tasks of green by whichever count is higher, and of green only', async () => {
    const deployments = [
      { taskDefinition: 'arn:web:1', failedTasks: 9 },
      { taskDefinition: 'arn:web:2', failedTasks: 2 },
    ];
    const breaker = (failureCount: number) => ({ deploymentCircuitBreaker: { failureCount } });
    expect(await readDeployment({}, { deployments })).toMatchObject({ green: { failed: 2 } });
    expect(await readDeployment(breaker(3), { deployments })).toMatchObject({ green: { failed: 3 } });
    expect(await readDeployment(breaker(1), { deployments })).toMatchObject({ green: { failed: 2 } });
    const counts = { arn: next, requestedTaskCount: 2, runningTaskCount: 1 };
    expect(await readDeployment({ targetServiceRevision: counts })).toMatchObject({
      green: { desired: 2, running: 1, failed: 0 },
    });
  });

  it('has the reason of a rollback before any other', async () => {
    const statusReason = 'it is rolling back';
    expect(await readDeployment({ statusReason })).toMatchObject({ reason: statusReason });
    expect(await readDeployment({ statusReason, rollback: { reason: 'the pause ran out' } })).toMatchObject({
      reason: 'the pause ran out',
    });
  });

  it('is absent when it is inactive, not listed, or its cluster is not there', async () => {
    expect(await read({ service: { status: 'INACTIVE' } })).toEqual({ kind: 'absent' });
    expect(await read({ fails: { DescribeServices: 'ClusterNotFoundException' } })).toEqual({
      kind: 'absent',
    });
  });

  it.each(['DescribeServices', 'DescribeServiceDeployments', 'DescribeServiceRevisions'])(
    'is unknown, and never absent, while %s fails for what passes',
    async (operation) => {
      for (const code of ['ThrottlingException', 'ServerException']) {
        const reading = await read({ deployment: {}, fails: { [operation]: code } });
        expect(reading).toEqual({ kind: 'unknown', why: `the engine says ${code}` });
      }
    },
  );

  it('is unknown while nobody listens', async () => {
    const clients = clientsAt(`http://127.0.0.1:${await freePort()}`);
    const { services } = await createObserver(clients, [address], () => 0).observe();
    expect(services['our-web']).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is not made up where the engine says no', async () => {
    await expect(read({ fails: { DescribeServices: 'AccessDeniedException' } })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('asks for a revision once, since it never changes', async () => {
    const asked: string[] = [];
    const clients = await clientsOfStub((operation) => {
      asked.push(operation);
      switch (operation) {
        case 'DescribeServices':
          return Promise.resolve({ services: [{ status: 'ACTIVE', currentServiceDeployment: 'arn:d' }] });
        case 'DescribeServiceDeployments':
          return Promise.resolve({ serviceDeployments: [{ targetServiceRevision: { arn: next } }] });
        default:
          return Promise.resolve({ serviceRevisions: [{ taskDefinition: 'arn:web:2' }] });
      }
    });
    const observer = createObserver(clients, [address], () => 0);
    await observer.observe();
    await observer.observe();
    expect(asked.filter((operation) => operation === 'DescribeServiceRevisions')).toHaveLength(1);
    expect(asked.filter((operation) => operation === 'DescribeServices')).toHaveLength(2);
  });
});

describe('what a real engine tells', () => {
  it('leads through a blue-green deployment: serving, paused, shifted, settled, gone', async () => {
    const { engine, clients } = await engineForTest();
    const { ecs } = engine.clients;
    const observer = createObserver(clients, [address], Date.now);
    const look = async () => (await observer.observe()).services['our-web'];
    expect(await look()).toEqual({ kind: 'absent' });

    const stages = ['POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'] as const;
    const app = await blueGreenApp(engine, { stages, deregistrationDelay: '0' });
    const first = await eventually(async () => {
      const reading = await look();
      return reading?.kind === 'present' && reading.serving !== null ? reading : null;
    }, 'a first revision that serves');
    expect(first).toMatchObject({ desired: 1, running: 1, deployment: { status: 'successful' } });

    const second = await app.version({ VERSION: '2' });
    await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition: second });
    for (const [stage, green] of [
      ['POST_TEST_TRAFFIC_SHIFT', 0],
      ['POST_PRODUCTION_TRAFFIC_SHIFT', 100],
    ] as const) {
      const { arn, hookId } = await pausedAt(ecs, stage);
      expect(await look()).toMatchObject({
        serving: first.serving,
        deployment: {
          id: arn,
          target: second,
          source: first.serving,
          status: 'in-progress',
          stage,
          pause: { hookId, expiresAt: expect.any(Number) },
          green: { desired: 1, running: 1, failed: 0 },
          traffic: { blue: 100 - green, green },
        },
      });
      await ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId, action: 'CONTINUE' });
    }
    await settled(ecs, 'SUCCESSFUL', first.deployment?.id);
    expect(await look()).toMatchObject({
      serving: second,
      deployment: { status: 'successful', pause: null },
    });

    const broken = await app.version({ VERSION: '3', HEALTH: '500' });
    await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition: broken });
    await eventually(async () => {
      const reading = await look();
      return reading?.kind === 'present' && reading.deployment?.target === broken ? true : null;
    }, 'the third deployment');
    const { serviceDeploymentArn } = await latestDeployment(ecs);
    await ecs.stopServiceDeployment({ serviceDeploymentArn, stopType: 'ROLLBACK' });
    await settled(ecs, 'ROLLBACK_SUCCESSFUL');
    expect(await look()).toMatchObject({ serving: second, deployment: { status: 'rolled-back' } });

    await ecs.deleteService({ cluster: 'test', service: 'web', force: true });
    await eventually(async () => ((await look())?.kind === 'absent' ? true : null), 'its end');
  });
});
