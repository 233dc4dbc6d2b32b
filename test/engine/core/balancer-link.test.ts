import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/engine/balancer/config.ts';
import { ControlFault, ControlServer } from '../../../src/engine/balancer/control-server.ts';
import type { Applied, BalancerConfig, BalancerStatus } from '../../../src/engine/balancer/control.ts';
import { BalancerLink } from '../../../src/engine/scheduler/balancer-link.ts';
import { ownIdentity } from '../../../src/process/identity.ts';
import { eventually } from '../tasks/rig.ts';
import { known } from './rig.ts';

/** A balancer that answers to a config when the test says so, and the link to it with one rule of two groups. */
async function heldBalancer() {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-link-'));
  const asked: { readonly version: number; readonly green: number; answer(fault?: ControlFault): void }[] =
    [];
  let version = 0;
  const status = (): BalancerStatus => ({
    ...ownIdentity(),
    startedAt: 0,
    version,
    stopping: false,
    memoryBytes: 0,
    listeners: [],
    groups: [],
  });
  const control = new ControlServer(
    'token',
    {
      apply: (given) =>
        new Promise<Applied>((resolve, reject) => {
          const config = readConfig(given);
          asked.push({
            version: config.version,
            green: greenOf(config),
            answer(fault) {
              if (fault !== undefined) return reject(fault);
              version = config.version;
              resolve({ version, listeners: [] });
            },
          });
        }),
      status,
      subscribe(listener) {
        listener({ type: 'snapshot', at: 0, status: status() });
        return () => {};
      },
      stop: () => {},
    },
    () => {},
  );
  const port = await control.open();
  writeFileSync(
    join(folder, 'balancer.json'),
    JSON.stringify({ ...ownIdentity(), port, token: 'token', version: '1' }),
  );
  let green = 0;
  const link = new BalancerLink({
    folder,
    config: (next) => configWith(next, green),
    defaultRule: () => null,
    changed: () => {},
    log: () => {},
  });
  onTestFinished(() => {
    link.stop();
    control.close();
    rmSync(folder, { recursive: true, force: true });
  });
  link.start();
  return {
    known: () => link.weights('rule')?.get('green') ?? null,
    want(share: number) {
      green = share;
      link.push();
    },
    /** The config that the balancer is asked for `nth`. */
    async asked(nth: number) {
      await eventually(() => asked.length >= nth || null, `config ${nth}`);
      return known(asked[nth - 1]);
    },
  };
}

const configWith = (version: number, green: number): BalancerConfig => ({
  version,
  listeners: [
    {
      arn: 'listener',
      host: '127.0.0.1',
      port: 8080,
      rules: [
        {
          arn: 'rule',
          priority: 1,
          conditions: {},
          action: {
            type: 'forward',
            groups: [
              { arn: 'blue', weight: 100 - green },
              { arn: 'green', weight: green },
            ],
          },
        },
      ],
      defaultAction: { type: 'fixed-response', status: 404 },
    },
  ],
  targetGroups: ['blue', 'green'].map((name) => ({
    arn: name,
    name,
    healthCheck: {
      enabled: false,
      path: '/',
      intervalMs: 1000,
      timeoutMs: 1000,
      healthyThreshold: 1,
      unhealthyThreshold: 1,
      matcher: '200',
    },
    deregistrationDelayMs: 0,
    targets: [],
  })),
});

function greenOf({ listeners }: BalancerConfig): number {
  const action = listeners[0]?.rules[0]?.action;
  return action?.type === 'forward' ? (action.groups[1]?.weight ?? -1) : -1;
}

test('weights are known when the balancer has acknowledged them, and unknown while others are on their way', async () => {
  const balancer = await heldBalancer();
  expect(balancer.known()).toBeNull();
  (await balancer.asked(1)).answer();
  await eventually(() => balancer.known() === 0 || null, 'the first weights');
  balancer.want(100);
  const there = await balancer.asked(2);
  expect(balancer.known()).toBeNull();
  // Back before the answer: the old acknowledgement of the same weights is none of the new ones.
  balancer.want(0);
  expect(balancer.known()).toBeNull();
  there.answer();
  const back = await balancer.asked(3);
  expect([there.green, back.green]).toEqual([100, 0]);
  expect(balancer.known()).toBeNull();
  back.answer();
  await eventually(() => balancer.known() === 0 || null, 'the last weights');
});

test.each([
  ['has no space to save it', new ControlFault(507, 'cannot-save', 'no space')],
  ['has a later one', new ControlFault(409, 'stale-version', 'older')],
  ['fails', new ControlFault(500, 'internal', 'bug')],
])('a config is sent again where the balancer %s, and nothing is known meanwhile', async (_, fault) => {
  const balancer = await heldBalancer();
  (await balancer.asked(1)).answer();
  await eventually(() => balancer.known() === 0 || null, 'the first weights');
  balancer.want(100);
  (await balancer.asked(2)).answer(fault);
  const again = await balancer.asked(3);
  expect(again.green).toBe(100);
  expect(balancer.known()).toBeNull();
  again.answer();
  await eventually(() => balancer.known() === 100 || null, 'the new weights');
});
