import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identityOf, isRunning } from '../../../src/process/identity.ts';
import type { ProcessIdentity } from '../../../src/process/identity.ts';
import { programs } from '../../programs.ts';
import { testEngine } from '../core/rig.ts';
import { eventually, temporaryFolder } from '../tasks/rig.ts';

test('an engine whose folder is removed stops what it ran, says so once, and ends; its balancer too', async () => {
  const engine = await testEngine();
  const { folder, clients, image } = engine;
  // One whose word we can hear takes the place of the first.
  await engine.stopAll();
  const child = spawn(process.execPath, [programs.engine, '--state', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  await once(child.stdout, 'data');
  const pids = temporaryFolder();
  onTestFinished(() => pids.remove());
  const script = `echo $$ > ${pids.path}/$FAIRWAY_TASK_ID; exec sleep 600`;
  const sleeper = { name: 'app', image: await image({ 'run.sh': script }, ['sh', 'run.sh']) };
  const { ecs } = clients;
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({ family: 'sleeper', memory: '64', containerDefinitions: [sleeper] });
  await ecs.runTask({ cluster: 'test', taskDefinition: 'sleeper', count: 2 });
  const tasks = await eventually(async () => {
    const written = readdirSync(pids.path).map((name) => Number(readFileSync(join(pids.path, name), 'utf8')));
    return written.length === 2 && written.every((each) => each > 0) ? written : null;
  }, 'two tasks');
  await eventually(() => existsSync(join(folder, 'balancer.json')) || null, 'a balancer');
  const processes = [engine.pid(), engine.balancerPid(), ...tasks].map((each) => runningAs(each));
  // With all that it says.
  const ended = once(child, 'close');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  expect(await ended).toEqual([5, null]);
  await eventually(async () => (processes.some((each) => isRunning(each)) ? null : true), 'the end of all');
  expect(complaints.trim().split('\n')).toEqual([expect.stringContaining('was removed')]);
});

function runningAs(pid: number): ProcessIdentity {
  const identity = identityOf(pid);
  if (identity === null) throw new Error(`no process ${pid} runs`);
  return identity;
}
