import { describe, expect, test } from 'vitest';
import type { Clients } from '../../../src/ecs/clients.ts';
import type { Handover } from '../../../src/ecs/handover.ts';
import { preflight } from '../../../src/ecs/preflight/preflight.ts';
import { quotas } from '../../../src/ecs/preflight/quotas.ts';
import { permissions } from '../../../src/ecs/preflight/roles.ts';
import { findTool } from '../../clients/tool.ts';
import { clientsAt } from '../rig.ts';
import {
  makeEstate,
  makeRole,
  makeRule,
  makeSecret,
  makeTargetGroup,
  motoForFile,
  setAlarm,
  shop,
  type Estate,
} from './estate.ts';

const program = findTool('moto_server');

/** What is wrong with the hand-over, or with what it names, and the codes that it is told by. */
const faults: readonly (readonly [string, readonly string[], (job: Job) => Promise<Partial<Handover>>])[] = [
  ['nothing', [], async () => ({})],
  ['a cluster that is not there', ['cluster-missing'], async () => ({ cluster: 'other' })],
  [
    'a target group that is gone',
    ['platform-missing'],
    async ({ estate }) => balanced(estate, { targetGroups: [estate.balanced.targetGroups[0], gone] }),
  ],
  [
    'a target group that no rule forwards to',
    ['rule-without-group', 'rule-without-group'],
    async ({ clients, estate }) =>
      balanced(estate, {
        targetGroups: [
          estate.balanced.targetGroups[0],
          await makeTargetGroup(clients, 'shop-other', estate.vpc),
        ],
      }),
  ],
  [
    'target groups of instances',
    ['target-type'],
    async ({ clients, estate }) => {
      const instances = await makeTargetGroup(clients, 'shop-instances', estate.vpc, 'instance');
      const targetGroups: [string, string] = [estate.balanced.targetGroups[0], instances];
      const [productionRule, testRule] = [
        await makeRule(clients, estate.listener, 20, targetGroups),
        await makeRule(clients, estate.listener, 21, targetGroups),
      ];
      return balanced(estate, { targetGroups, productionRule, testRule });
    },
  ],
  [
    'a subnet that is gone',
    ['subnet-missing'],
    async ({ estate: { handover } }) => ({ network: { ...handover.network, subnets: ['subnet-0gone'] } }),
  ],
  [
    'security groups that let nobody in',
    ['port-closed'],
    async ({ estate: { handover, balancerGroup } }) => ({
      network: { ...handover.network, securityGroups: [balancerGroup] },
    }),
  ],
  [
    'a role that ECS may not take on',
    ['role-untrusting'],
    async ({ clients, estate: { handover } }) => ({
      roles: { ...handover.roles, execution: await makeRole(clients, 'of-lambda', 'lambda.amazonaws.com') },
    }),
  ],
  [
    'a role that is gone',
    ['role-missing'],
    async ({ estate: { handover } }) => ({ roles: { ...handover.roles, task: `${handover.roles.task}-x` } }),
  ],
  [
    'a secret that nobody gave a value',
    ['value-missing'],
    async ({ clients, estate: { handover } }) => ({
      values: { ...handover.values, 'secret:shop/session': await makeSecret(clients, 'shop/empty') },
    }),
  ],
  [
    'a parameter that is gone',
    ['value-missing'],
    async ({ estate: { handover } }) => ({
      values: { ...handover.values, 'parameter:/shop/level': '/shop/other' },
    }),
  ],
  [
    'a value that is not handed over',
    ['value-not-handed-over'],
    async ({ estate: { handover } }) => ({
      values: { 'parameter:/shop/level': handover.values['parameter:/shop/level'] ?? '' },
    }),
  ],
  [
    'an alarm that is on',
    ['alarm-on'],
    async ({ clients }) => {
      await setAlarm(clients, 'errors', 'ALARM');
      return {};
    },
  ],
  ['an alarm that is gone', ['alarm-missing'], async () => ({ alarms: ['other'] })],
  [
    'three things at once',
    ['cluster-missing', 'subnet-missing', 'alarm-missing'],
    async ({ estate: { handover } }) => ({
      cluster: 'other',
      network: { ...handover.network, subnets: ['subnet-0gone'] },
      alarms: ['other'],
    }),
  ],
];

interface Job {
  readonly clients: Clients;
  readonly estate: Estate;
}

const gone = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/gone/0123456789abcdef';

describe.skipIf(program === null)('before a deployment on AWS', () => {
  const moto = motoForFile(program);

  test.each(faults)('%s is told', async (_, codes, spoil) => {
    const clients = clientsAt(moto.endpoint);
    const { environment, service } = shop();
    const estate = await makeEstate(clients, service);
    const handover = { ...estate.handover, ...(await spoil({ clients, estate })) };
    const { problems, unchecked } = await preflight({
      clients,
      environment,
      services: [{ service, handover }],
    });
    expect(
      problems.map(({ code }) => code),
      JSON.stringify(problems, null, 2),
    ).toEqual(codes);
    expect(JSON.stringify(problems)).not.toContain('s3cret-value');
    // moto simulates no policies, and knows no quotas of Fargate.
    expect(unchecked.map(({ what }) => what)).toEqual([permissions.what, quotas.what]);
  });

  test.each([
    [22, []],
    [23, ['addresses-short']],
  ])('room for %i new tasks in subnets with 22 free addresses is looked for', async (replicas, codes) => {
    const clients = clientsAt(moto.endpoint);
    const { environment, service } = shop();
    const { handover } = await makeEstate(clients, service);
    const ready = { clients, environment, services: [{ service: { ...service, replicas }, handover }] };
    const { problems } = await preflight(ready);
    expect(problems.map(({ code }) => code)).toEqual(codes);
  });
});

function balanced(
  { balanced: known }: Estate,
  other: Partial<NonNullable<Handover['loadBalancer']>>,
): Partial<Handover> {
  return { loadBalancer: { ...known, ...other } };
}
