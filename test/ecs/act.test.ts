import { describe, expect, it } from 'vitest';
import {
  configurationOf,
  createActs,
  creation,
  type Rollover,
  type ServiceTarget,
} from '../../src/ecs/act.ts';
import type { Handover } from '../../src/ecs/handover.ts';
import { ApiError } from '../../src/engine/api/operations.ts';
import { clientsOfStub } from './rig.ts';

const handover: Handover = {
  version: 1,
  cluster: 'shop',
  service: 'web',
  loadBalancer: {
    targetGroups: ['arn:group-a', 'arn:group-b'],
    productionRule: 'arn:rule',
    testRule: 'arn:test-rule',
    role: 'arn:role',
    url: 'http://shop.example',
    testUrl: 'http://test.shop.example',
    testHeaders: {},
  },
  network: { subnets: ['subnet-1'], securityGroups: ['sg-1'], publicIp: false },
  alarms: ['shop-local-ErrorRate'],
  roles: { execution: 'arn:execution', task: null },
  values: {},
};

const web = (rollover: Rollover): ServiceTarget => ({
  handover,
  containerName: 'web',
  containerPort: 8080,
  healthCheckGracePeriod: 60,
  desiredCount: 2,
  scales: false,
  rollover,
});
const worker = (rollover: Rollover): ServiceTarget => ({
  ...web(rollover),
  handover: { ...handover, loadBalancer: null },
  containerPort: null,
  healthCheckGracePeriod: null,
});

const paused = { pauseTimeoutMinutes: 30, engineBakeMinutes: 5 };
const rollovers: readonly Rollover[] = [
  { kind: 'rolling' },
  { kind: 'blue-green', ...paused, shift: { kind: 'at-once' } },
  { kind: 'blue-green', ...paused, shift: { kind: 'canary', percent: 5 } },
  { kind: 'blue-green', ...paused, shift: { kind: 'linear', step: 20 } },
  { kind: 'blue-green-unpaused' },
];

function nameOf(rollover: Rollover): string {
  return rollover.kind === 'blue-green' && rollover.shift.kind !== 'at-once'
    ? rollover.shift.kind
    : rollover.kind;
}

describe('what the engine is asked for', () => {
  it.each(
    rollovers.flatMap((rollover) => [
      { of: `web.${nameOf(rollover)}`, target: web(rollover) },
      { of: `worker.${nameOf(rollover)}`, target: worker(rollover) },
    ]),
  )('is as before: $of', async ({ of, target }) => {
    const asked = { creation: creation(target, 'arn:definition:7'), update: configurationOf(target) };
    expect(asked.creation.deploymentConfiguration).toEqual(asked.update);
    await expect(`${JSON.stringify(asked.creation, null, 2)}\n`).toMatchFileSnapshot(
      `../golden/render/creation/${of}.json`,
    );
  });

  it('of an update leaves the load balancer out: naming it would reset which group serves', async () => {
    const asked: unknown[] = [];
    const clients = await clientsOfStub((operation, input) => {
      asked.push([operation, input]);
      return Promise.resolve({});
    });
    await createActs(clients).update(web({ kind: 'blue-green-unpaused' }), 'arn:definition:8');
    expect(asked).toEqual([
      [
        'UpdateService',
        {
          cluster: 'shop',
          service: 'web',
          taskDefinition: 'arn:definition:8',
          desiredCount: 2,
          healthCheckGracePeriodSeconds: 60,
          deploymentConfiguration: configurationOf(web({ kind: 'blue-green-unpaused' })),
        },
      ],
    ]);
  });

  it('of an update leaves the count of what scales alone', async () => {
    const asked: unknown[] = [];
    const clients = await clientsOfStub((_operation, input) => {
      asked.push(input);
      return Promise.resolve({});
    });
    const scaled = { ...web({ kind: 'rolling' }), scales: true };
    await createActs(clients).update(scaled, 'arn:definition:8');
    await createActs(clients).create(scaled, 'arn:definition:8');
    expect(asked[0]).not.toHaveProperty('desiredCount');
    expect(asked[1]).toMatchObject({ desiredCount: 2 });
  });

  it('after a creation whose answer was lost is the update to the same revision', async () => {
    const asked: string[] = [];
    const clients = await clientsOfStub((operation) => {
      asked.push(operation);
      return operation === 'CreateService'
        ? Promise.reject(new ApiError('InvalidParameterException', 'Creation of service was not idempotent.'))
        : Promise.resolve({});
    });
    await createActs(clients).create(web({ kind: 'rolling' }), 'arn:definition:7');
    expect(asked).toEqual(['CreateService', 'UpdateService']);
  });

  it('is told when it cannot be', async () => {
    const clients = await clientsOfStub(() =>
      Promise.reject(new ApiError('InvalidParameterException', 'No such role.')),
    );
    await expect(createActs(clients).create(web({ kind: 'rolling' }), 'arn:7')).rejects.toThrow(
      'No such role.',
    );
  });
});

const tooLate = [
  'ConflictException',
  'ServiceDeploymentNotFoundException',
  'InvalidParameterException',
  'ClientException',
];
const notToBeSwallowed = ['AccessDeniedException', 'ServerException', 'ThrottlingException'];

describe('an act that comes too late', () => {
  const acts = async (code: string) =>
    createActs(await clientsOfStub(() => Promise.reject(new ApiError(code, ''))));

  it.each(tooLate)('is no error: the next reading tells: %s', async (code) => {
    const late = await acts(code);
    await expect(late.answer('arn:deployment', 'hook', 'CONTINUE')).resolves.toBeUndefined();
    await expect(late.stop('arn:deployment')).resolves.toBeUndefined();
  });

  it.each(notToBeSwallowed)('is told from one that failed: %s', async (code) => {
    const late = await acts(code);
    await expect(late.answer('arn:deployment', 'hook', 'ROLLBACK')).rejects.toMatchObject({ name: code });
    await expect(late.stop('arn:deployment')).rejects.toMatchObject({ name: code });
    await expect(late.remove(handover)).rejects.toMatchObject({ name: code });
  });

  it.each(['ServiceNotFoundException', 'ServiceNotActiveException', 'ClusterNotFoundException'])(
    'is no error when what is to be removed is gone: %s',
    async (code) => {
      await expect((await acts(code)).remove(handover)).resolves.toBeUndefined();
    },
  );

  it('is told from a removal that the engine refuses', async () => {
    const refusing = (message: string) =>
      clientsOfStub(() => Promise.reject(new ApiError('ClientException', message)));
    const inactive = await refusing('The service cannot be deleted because it is already inactive.');
    await expect(createActs(inactive).remove(handover)).resolves.toBeUndefined();
    const protectedOne = await refusing('The service is protected.');
    await expect(createActs(protectedOne).remove(handover)).rejects.toThrow('protected');
  });
});
