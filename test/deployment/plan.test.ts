import { describe, expect, it } from 'vitest';
import { planText } from '../../src/cli/commands/plan.ts';
import { nothingToDo, type DeploymentPlan, type ServicePlan } from '../../src/deployment/plan.ts';
import type { NotYet } from '../../src/app/environment.ts';

const definition = { family: 'shop-local-web', containerDefinitions: [] };
const built = { kind: 'built', reference: 'fairway.local/shop/web@sha256:00' } as const;
const unbuilt = { kind: 'unbuilt', source: '4711', repository: null } as const;

const unpushed = {
  kind: 'unpushed',
  image: { reference: 'fairway.local/shop/api@sha256:00', digest: 'sha256:00' },
  repository: 'ghcr.io/acme/shop/api',
} as const;

const unchanged: ServicePlan = { change: 'none', service: 'mailer', serving: 'mailer:3', image: built };
const fresh: ServicePlan = {
  change: 'create',
  service: 'web',
  serving: null,
  image: unbuilt,
  differences: [],
  definition,
};
const changed: ServicePlan = {
  change: 'update',
  service: 'api',
  serving: 'api:7',
  image: built,
  differences: ['replicas: 1 → 2', 'containers.api.environment.LOG_LEVEL: info → debug'],
  definition,
};
const digest = '0123456789abcdef'.repeat(4);
const rebuilt: ServicePlan = {
  ...changed,
  differences: [
    `containers.api.image: shop/api@sha256:${digest} → shop/api@sha256:${digest.split('').toReversed().join('')}`,
  ],
};
const gone: ServicePlan = { change: 'remove', service: 'old', kind: 'service', serving: 'old:1' };
const goneStore: ServicePlan = { ...gone, service: 'cache', kind: 'store' };

function planOf(services: readonly ServicePlan[], more: Partial<DeploymentPlan> = {}): DeploymentPlan {
  const rest = {
    strategy: 'blue-green',
    platform: [],
    migrates: false,
    classifies: false,
    gates: [],
  } as const;
  return { app: 'shop', environment: 'local', ...rest, services, ...more };
}

const notYet: readonly NotYet[] = [{ path: 'environments.local.preview', what: 'environments per branch' }];

describe('what a plan says', () => {
  it.each<[string, DeploymentPlan, readonly NotYet[]]>([
    ['first-deployment', planOf([fresh, { ...fresh, service: 'api', image: built }], { migrates: true }), []],
    [
      'update',
      planOf([changed, unchanged], { migrates: true, classifies: true, gates: ['health', 'sign in'] }),
      [],
    ],
    ['update-of-unknown', planOf([{ ...changed, image: unbuilt, differences: [] }]), []],
    ['removal', planOf([unchanged, gone, goneStore]), []],
    ['nothing', planOf([unchanged], { migrates: true, gates: ['health'] }), []],
    ['rolling', planOf([changed], { strategy: 'rolling' }), []],
    ['not-yet', planOf([unchanged], {}), notYet],
    [
      'several-not-yet',
      planOf([unchanged], {}),
      [...notYet, { path: 'engine', what: 'deploying to Amazon ECS' }],
    ],
    ['digests', planOf([rebuilt]), []],
    [
      'registry',
      planOf([
        { ...fresh, image: { ...unbuilt, repository: '127.0.0.1:5000/shop/web' } },
        { ...changed, image: { ...unbuilt, ...unpushed } },
      ]),
      [],
    ],
    [
      'platform',
      planOf([unchanged], {
        platform: [
          { subject: 'public port', from: '21938', to: '8080' },
          { subject: 'web health.path', from: '/health', to: '/ready' },
        ],
        migrates: true,
      }),
      [],
    ],
  ])('is as before: %s', async (name, plan, notYet) => {
    await expect(`${planText(plan, { notYet })}\n`).toMatchFileSnapshot(`../golden/plan/${name}.txt`);
  });

  it('is nothing to do only when nothing at all changes', () => {
    expect(nothingToDo(planOf([unchanged]))).toBe(true);
    for (const service of [fresh, changed, gone])
      expect(nothingToDo(planOf([unchanged, service]))).toBe(false);
    expect(
      nothingToDo(planOf([unchanged], { platform: [{ subject: 'test port', from: '1', to: '2' }] })),
    ).toBe(false);
  });
});
