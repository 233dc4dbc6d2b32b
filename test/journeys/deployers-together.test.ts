import {
  ContinueServiceDeploymentCommand,
  DeleteServiceCommand,
  DescribeServiceDeploymentsCommand,
  ListServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clients } from '../../src/ecs/clients.ts';
import { engineOf, expectOnly, serving } from './truth.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

/** Several who want to change one environment: two deployers, a user who changes their mind, a stranger. */
let bench: Workbench;

beforeAll(async () => {
  // A pause lasts in minutes of this engine as long as in others, but where a test waits for its end.
  bench = await openWorkbench({ engine: '--minute-ms 8000', env: { SHOP_PAUSE: '30' } });
  await bench.release('1');
  const first = await bench.fairway('deploy', '--json');
  expect(first.last, brief(first)).toMatchObject({ verdict: 'succeeded' });
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('of two deployers at once', () => {
  test('one wins; the other is refused and told who holds the lease; a third waits and finds nothing to do', async () => {
    await bench.release('2');
    const users = await bench.users();
    const winner = bench.start(['deploy', '--json']);
    await winner.event({ type: 'deployment.started' });
    // However late the others come, it holds the lease.
    winner.child.kill('SIGSTOP');
    const [refused, waiting] = [
      bench.fairway('deploy', '--json'),
      bench.fairway('deploy', '--wait', '120', '--json'),
    ];

    const { last, exitCode, events } = await refused;
    winner.child.kill('SIGCONT');
    expect(exitCode).toBe(3);
    expect(events).toEqual([]);
    expect(last).toMatchObject({ verdict: 'refused', exitCode: 3, cause: { code: 'lease-held' } });
    expect(JSON.stringify(last['problems'])).toContain(
      `process ${winner.child.pid}, \`deploy local\`, since `,
    );

    expect((await winner.done).last).toMatchObject({ verdict: 'succeeded' });
    expect((await waiting).last).toMatchObject({ verdict: 'nothing-to-do', exitCode: 2 });
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    await expectOnly(bench, '2');
  });

  test('who waits too short a time is refused', async () => {
    await bench.release('3');
    const winner = bench.start(['deploy', '--json']);
    await winner.event({ type: 'deployment.started' });
    winner.child.kill('SIGSTOP');
    const late = await bench.fairway('rollback', '--wait', '0.2', '--json');
    winner.child.kill('SIGCONT');
    expect(late.last).toMatchObject({ verdict: 'refused', cause: { code: 'lease-held' } });
    expect((await winner.done).last).toMatchObject({ verdict: 'succeeded' });
    await expectOnly(bench, '3');
  });
});

describe('a deployer that stood still until its lease ran out', () => {
  test('writes and changes nothing more, and says so; what it left was settled by who took over', async () => {
    await bench.release('3.5');
    const users = await bench.users();
    const frozen = bench.start(['deploy', '--json'], { SHOP_BAKE: '60' });
    await frozen.event({ type: 'barrier.reached', barrier: 'B' });
    frozen.child.kill('SIGSTOP');
    await runOut();
    await bench.release('4');
    const next = await bench.fairway('deploy', '--json');
    expect(next.last, brief(next)).toMatchObject({ verdict: 'succeeded' });
    const written = await bench.fairway('history', '--json');
    frozen.child.kill('SIGCONT');
    const { last, exitCode } = await frozen.done;
    expect(last).toMatchObject({ verdict: 'needs-attention', exitCode: 5, cause: { code: 'lease-lost' } });
    expect(exitCode).toBe(5);
    expect((await bench.fairway('history', '--json')).stdout).toBe(written.stdout);
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    await expectOnly(bench, '4');
    await bench.fairway('rollback', '--json');
    await expectOnly(bench, '3');
  });

  /** Sixty seconds pass. */
  async function runOut(): Promise<void> {
    const folder = join(bench.home, 'journal', 'shop', 'local', 'lease');
    const epochs = (await readdir(folder)).map((name) => Number.parseInt(name, 10)).filter(Number.isInteger);
    const file = join(folder, `${Math.max(...epochs)}.json`);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/"expiresAt":\d+/, `"expiresAt":${Date.now() - 1}`));
  }
});

describe('a user who presses Ctrl-C', () => {
  const interrupted = { verdict: 'rolled-back', exitCode: 4, cause: { code: 'interrupted' } };

  test('during the build gets everything as it was', async () => {
    await bench.release('4');
    const run = bench.start(['deploy', '--json'], { SHOP_BUILD: 'sleep 60' });
    await run.event({ type: 'deployment.started' });
    press(run.child.pid, 'SIGINT');
    const { last, exitCode, stdout } = await run.done;
    expect(last, stdout).toMatchObject(interrupted);
    expect(exitCode).toBe(4);
    await expectOnly(bench, '3');
  });

  test.each([
    ['before the gates', { type: 'update.requested', service: 'web' }, 'SIGINT'],
    ['at the gates', { type: 'barrier.reached', barrier: 'A' }, 'SIGINT'],
    ['in the bake', { type: 'barrier.reached', barrier: 'B' }, 'SIGINT'],
    ['(or a CI that ends the job) in the bake', { type: 'barrier.reached', barrier: 'B' }, 'SIGTERM'],
  ] as const)('%s gets the old version back, and no user notices', async (_, event, signal) => {
    await bench.release('4');
    const users = await bench.users();
    const run = bench.start(['deploy', '--json'], { SHOP_BAKE: '60' });
    await run.event(event);
    press(run.child.pid, signal);
    const { last, exitCode, stdout, stderr } = await run.done;
    expect(last, stdout).toMatchObject(interrupted);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('interrupted: rolling back');
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    await expectOnly(bench, '3');
  });

  test('twice is let go at once, and the engine rolls back', async () => {
    await bench.release('4');
    const users = await bench.users();
    const run = bench.start(['deploy', '--json'], { SHOP_BAKE: '60', SHOP_PAUSE: '3' });
    await run.event({ type: 'barrier.reached', barrier: 'B' });
    run.child.stderr?.once('data', () => press(run.child.pid, 'SIGINT'));
    press(run.child.pid, 'SIGINT');
    const { exitCode } = await run.done;
    // Rolling back may be done before the second one is felt.
    expect([130, 4]).toContain(exitCode);
    const { unfinished } = (await bench.fairway('status', '--json')).last;
    await expectOnly(bench, '3', { unfinished });
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    await bench.fairway('resume', '--json');
    await expectOnly(bench, '3');
  });
});

describe('a stranger who deploys to the same service meanwhile', () => {
  test('is left alone, the rest is rolled back, and both are told', async () => {
    await bench.release('5');
    const before = await serving(bench);
    const users = await bench.users();
    const run = bench.start(['deploy', '--json'], { SHOP_BAKE: '60' });
    await run.event({ type: 'barrier.reached', barrier: 'B' });
    const theirs = await deployTheirs(before['web'] ?? '');
    const { last, exitCode, stdout } = await run.done;
    expect(last, stdout).toMatchObject({
      verdict: 'needs-attention',
      exitCode: 5,
      cause: { code: 'superseded', service: 'web' },
    });
    expect(exitCode).toBe(5);
    expect(JSON.stringify(last['cause'])).toContain(theirs);
    expect(JSON.stringify(last['cause'])).toContain('left alone');
    await expect
      .poll(() => serving(bench), { timeout: 90_000 })
      .toEqual({ web: theirs, worker: before['worker'] });
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    await expectOnly(bench, '3');
  });

  test.each([
    [
      'stops the deployment',
      async ({ ecs }: Clients) => {
        const { serviceDeployments } = await ecs.send(
          new ListServiceDeploymentsCommand({
            cluster: 'shop-local',
            service: 'web',
            status: ['IN_PROGRESS'],
          }),
        );
        const serviceDeploymentArn = serviceDeployments?.[0]?.serviceDeploymentArn;
        await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }));
      },
    ],
    [
      'answers a pause with ROLLBACK',
      async ({ ecs }: Clients) => {
        const { serviceDeployments } = await ecs.send(
          new ListServiceDeploymentsCommand({
            cluster: 'shop-local',
            service: 'worker',
            status: ['IN_PROGRESS'],
          }),
        );
        const serviceDeploymentArn = serviceDeployments?.[0]?.serviceDeploymentArn ?? '';
        const described = await ecs.send(
          new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [serviceDeploymentArn] }),
        );
        const hookId = described.serviceDeployments?.[0]?.lifecycleHookDetails?.find(
          ({ status }) => status === 'AWAITING_ACTION',
        )?.hookId;
        await ecs.send(
          new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action: 'ROLLBACK' }),
        );
      },
    ],
  ] as const)('and %s gets everything rolled back together', async (_, meddle) => {
    await bench.release('5');
    const users = await bench.users();
    const run = bench.start(['deploy', '--json'], { SHOP_BAKE: '60' });
    await run.event({ type: 'barrier.reached', barrier: 'B' });
    const clients = await engineOf(bench);
    await meddle(clients);
    clients.close();
    const ended = await run.done;
    expect(ended.last, brief(ended)).toMatchObject({
      verdict: 'rolled-back',
      exitCode: 4,
      cause: { code: 'engine-rolled-back' },
    });
    expect(await users.stop()).toMatchObject({ failed: 0, failures: [] });
    await expectOnly(bench, '3');
  });

  test('and deletes a service is told of, and the next deployment makes it again', async () => {
    await bench.release('5');
    const run = bench.start(['deploy', '--json'], { SHOP_BAKE: '60' });
    await run.event({ type: 'barrier.reached', barrier: 'B' });
    const clients = await engineOf(bench);
    await clients.ecs.send(
      new DeleteServiceCommand({ cluster: 'shop-local', service: 'worker', force: true }),
    );
    clients.close();
    const ended = await run.done;
    expect(ended.last, brief(ended)).toMatchObject({
      verdict: 'needs-attention',
      exitCode: 5,
      cause: { code: 'stopped-elsewhere', service: 'worker' },
      running: { worker: null },
    });
    expect(await bench.get('/')).toEqual({ shop: '3' });
  });

  test('is followed by a deployment that brings everything to one release', async () => {
    const run = await bench.fairway('deploy', '--json');
    expect(run.last, brief(run)).toMatchObject({ verdict: 'succeeded' });
    await expectOnly(bench, '5');
  });
});

/** A terminal tells the whole group; so does `timeout`. */
function press(pid: number | undefined, signal: 'SIGINT' | 'SIGTERM'): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

/** Somebody's own task definition, as any AWS client would bring it, without our pauses. */
async function deployTheirs(like: string): Promise<string> {
  const clients = await engineOf(bench);
  try {
    const { taskDefinition } = await clients.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: like }),
    );
    const {
      family,
      containerDefinitions,
      cpu,
      memory,
      networkMode,
      requiresCompatibilities,
      executionRoleArn,
    } = taskDefinition ?? {};
    const registered = await clients.ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        containerDefinitions: containerDefinitions?.map((container) => ({
          ...container,
          environment: [...(container.environment ?? []), { name: 'WHOSE', value: 'theirs' }],
        })),
        cpu,
        memory,
        networkMode,
        requiresCompatibilities,
        executionRoleArn,
      }),
    );
    const theirs = registered.taskDefinition?.taskDefinitionArn ?? '';
    await clients.ecs.send(
      new UpdateServiceCommand({
        cluster: 'shop-local',
        service: 'web',
        taskDefinition: theirs,
        deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks: [] },
      }),
    );
    return theirs;
  } finally {
    clients.close();
  }
}
