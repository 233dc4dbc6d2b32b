import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CreateServiceCommand, DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { removeFormer } from '../../../src/deployment/former.ts';
import { createActs } from '../../../src/ecs/act.ts';
import type { Handover } from '../../../src/ecs/handover.ts';
import type { Bootstrap } from '../../../src/ecs/platform/job.ts';
import { bootstrap, settle } from '../../../src/ecs/platform/bootstrap.ts';
import { platformChanges, platformRecordOf, readPlatformRecord } from '../../../src/ecs/platform/settings.ts';
import { teardown } from '../../../src/ecs/platform/teardown.ts';
import { renderTaskDefinition, isTaskService } from '../../../src/ecs/task-definition.ts';
import { sharedEngine } from '../rig.ts';
import { appOf, jobOf, web } from './shop.ts';

const engine = sharedEngine();

/** Services of the local environment with this scaling, handed over and there, and settled. */
async function running(app: string, services: Readonly<Record<string, object>>): Promise<Bootstrap> {
  const job = await jobOf(appOf(app, services));
  await deploy(job);
  return job;
}

/** What a deployment does to the platform; its tasks never come up, and nobody here needs them. */
async function deploy(job: Bootstrap): Promise<ReadonlyMap<string, Handover>> {
  const { clients } = engine;
  const handovers = await bootstrap(clients, job);
  const existing = await countsOf(job);
  for (const service of job.environment.services.filter(isTaskService)) {
    const handover = handovers.get(service.name);
    if (!handover || existing[service.name] !== undefined) continue;
    const definition = renderTaskDefinition({
      app: job.environment.app,
      environment: 'local',
      service,
      image: `none@sha256:${'1'.repeat(64)}`,
      region: clients.address.region,
      handover,
    });
    await clients.ecs.send(
      new CreateServiceCommand({
        cluster: handover.cluster,
        serviceName: handover.service,
        taskDefinition: await createActs(clients).register(definition),
        desiredCount: service.replicas,
      }),
    );
  }
  await settle(clients, job);
  return handovers;
}

async function countsOf({ environment }: Bootstrap): Promise<Readonly<Record<string, number | undefined>>> {
  const services = environment.services.filter(isTaskService);
  const answer = await engine.clients.ecs.send(
    new DescribeServicesCommand({
      cluster: `${environment.app}-local`,
      services: services.map(({ engineName }) => engineName),
    }),
  );
  return Object.fromEntries(
    (answer.services ?? [])
      .filter(({ status }) => status === 'ACTIVE')
      .map(({ serviceName = '', desiredCount }) => [serviceName, desiredCount]),
  );
}

async function setCount({ environment }: Bootstrap, service: string, desiredCount: number): Promise<void> {
  const cluster = `${environment.app}-local`;
  await engine.clients.ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
}

async function scalingOf({ environment: { app } }: Bootstrap) {
  const autoscaling = await engine.clients.autoscaling();
  const { ScalableTargets = [] } = await autoscaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }),
  );
  const { ScalingPolicies = [] } = await autoscaling.send(
    new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }),
  );
  const ours = (id: string | undefined): boolean => id?.startsWith(`service/${app}-local/`) === true;
  return {
    bounds: ScalableTargets.filter(({ ResourceId }) => ours(ResourceId)).map(
      ({ ResourceId = '', MinCapacity, MaxCapacity }) => [ResourceId.split('/')[2], MinCapacity, MaxCapacity],
    ),
    policies: ScalingPolicies.filter(({ ResourceId }) => ours(ResourceId))
      .map(({ PolicyName, TargetTrackingScalingPolicyConfiguration: settings }) => ({
        name: PolicyName,
        ...settings,
      }))
      .toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? '')),
  };
}

const scaling = (scale: object): Readonly<Record<string, object>> => ({ web: web({ scale }) });

describe('scaling', () => {
  it('keeps the average use of processors at 70% where nothing else is said', async () => {
    const job = await running('usual', scaling({ min: 1, max: 4 }));
    expect(await scalingOf(job)).toEqual({
      bounds: [['web', 1, 4]],
      policies: [
        {
          name: 'fairway-cpu',
          TargetValue: 70,
          PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        },
      ],
    });
  });

  it('tracks the requests of a task in both target groups, which take turns', async () => {
    const job = await jobOf(appOf('busy', scaling({ min: 1, max: 4, memory: '60%', requestsPerTask: 100 })));
    const { loadBalancer } = (await deploy(job)).get('web') ?? {};
    const { policies } = await scalingOf(job);
    expect(policies).toMatchObject([
      {
        name: 'fairway-memory',
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
      },
      {
        name: 'fairway-requests-per-task',
        TargetValue: 100,
        CustomizedMetricSpecification: {
          Metrics: [{ Id: 'm1' }, { Id: 'm2' }, { Id: 'e1', Expression: 'MAX([FILL(m1, 0), FILL(m2, 0)])' }],
        },
      },
    ]);
    const counted = policies[1]?.CustomizedMetricSpecification?.Metrics?.slice(0, 2).map(
      ({ MetricStat }) => MetricStat?.Metric?.Dimensions,
    );
    expect(counted).toEqual(
      loadBalancer?.targetGroups.map((arn) => [
        { Name: 'LoadBalancer', Value: expect.stringMatching(/^app\/busy-local\/[0-9a-f]+$/) },
        { Name: 'TargetGroup', Value: arn.slice(arn.indexOf('targetgroup/')) },
      ]),
    );
  });

  it('follows the description, and leaves policies of others alone', async () => {
    const { clients } = engine;
    const job = await running('following', scaling({ min: 1, max: 4, cpu: '50%', memory: '60%' }));
    const theirs = {
      ServiceNamespace: 'ecs',
      ResourceId: 'service/following-local/web',
      ScalableDimension: 'ecs:service:DesiredCount',
      PolicyName: 'theirs',
    } as const;
    await (
      await clients.autoscaling()
    ).send(
      new PutScalingPolicyCommand({
        ...theirs,
        PolicyType: 'StepScaling',
        StepScalingPolicyConfiguration: {
          AdjustmentType: 'ChangeInCapacity',
          StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
        },
      }),
    );
    const changed = { ...job, environment: appOf('following', scaling({ min: 2, max: 6, cpu: '40%' })) };
    const before = await readPlatformRecord(clients, job.environment);
    expect(platformChanges(before, platformRecordOf(changed.environment))).toEqual([
      { subject: 'web scale.min', from: '1', to: '2' },
      { subject: 'web scale.max', from: '4', to: '6' },
      { subject: 'web scale.cpu', from: '50%', to: '40%' },
      { subject: 'web scale.memory', from: '60%', to: '(unset)' },
    ]);
    await bootstrap(clients, changed);
    expect(await scalingOf(job)).toMatchObject({ bounds: [['web', 1, 4]] });
    await settle(clients, changed);
    expect(await scalingOf(job)).toMatchObject({
      bounds: [['web', 2, 6]],
      policies: [{ name: 'fairway-cpu', TargetValue: 40 }, { name: 'theirs' }],
    });
    expect(await countsOf(job)).toEqual({ web: 2 });
  });

  it('leaves a count within its bounds, and brings back one that somebody set beyond them', async () => {
    const { clients } = engine;
    const job = await running('counted', scaling({ min: 1, max: 4 }));
    await setCount(job, 'web', 3);
    await settle(clients, job);
    expect(await countsOf(job)).toEqual({ web: 3 });
    await setCount(job, 'web', 9);
    await settle(clients, job);
    expect(await countsOf(job)).toEqual({ web: 4 });
  });

  it('that is no longer described ends with the described count; of what never scaled nothing is touched', async () => {
    const { clients } = engine;
    const worker = { kind: 'worker', command: 'node worker.js' };
    const job = await running('ending', { ...scaling({ min: 2, max: 4 }), worker });
    await setCount(job, 'worker', 3);
    expect(await countsOf(job)).toEqual({ web: 2, worker: 3 });
    const without = { ...job, environment: appOf('ending', { web: web(), worker }) };
    await deploy(without);
    expect(await scalingOf(job)).toEqual({ bounds: [], policies: [] });
    expect(await countsOf(job)).toEqual({ web: 1, worker: 3 });
    await settle(clients, without);
    expect(await countsOf(job)).toEqual({ web: 1, worker: 3 });
  });

  it('goes with its service, and with its environment', async () => {
    const { clients } = engine;
    const scaled = web({ scale: { min: 0, max: 2 } });
    const job = await jobOf(
      appOf('going', { web: scaled, api: web({ scale: { min: 0, max: 2 }, paths: ['/api/*'] }) }),
    );
    const handover = (await deploy(job)).get('api');
    if (!handover) throw new Error('the service was not handed over');
    const former = { kind: 'service', name: 'api', placed: handover, serving: null, handover } as const;
    await removeFormer(clients, job.environment, former);
    expect(await scalingOf(job)).toMatchObject({ bounds: [['web', 0, 2]], policies: [{}] });
    await teardown(clients, job.environment, job.pause);
    expect(await scalingOf(job)).toEqual({ bounds: [], policies: [] });
    await teardown(clients, job.environment, job.pause);
  });
});
