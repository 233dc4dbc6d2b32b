import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { markStopping } from '../../../src/engine/stopping.ts';
import { ownIdentity } from '../../../src/process/identity.ts';
import { Rig } from '../../balancer/rig.ts';
import { programs } from '../../programs.ts';

// Balancers that an engine started before it was killed: nobody knows of them.

test('a balancer that is ready after everything was stopped leaves by itself', async () => {
  await using rig = new Rig();
  const folder = await rig.folder();
  markStopping(folder, 'all');
  const child = spawn(process.execPath, [programs.balancer, '--state', folder], { stdio: 'ignore' });
  rig.defer(() => void child.kill('SIGKILL'));
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  ['that is to serve until the last task is drained', 'all', ['--last']],
  ['whose engine alone has left', 'engine', []],
] as const)('a balancer %s stays until it is told to stop', async (_, what, words) => {
  await using rig = new Rig();
  const folder = await rig.folder();
  markStopping(folder, what);
  const { client, child } = await rig.balancerIn(folder, words);
  await expect(client.status()).resolves.toMatchObject({ stopping: false });
  const ended = once(child, 'exit');
  await client.stop();
  expect(await ended).toEqual([0, null]);
});

test('a balancer without an engine whose folder was removed leaves, and makes no new one', async () => {
  await using rig = new Rig();
  const folder = await rig.folder();
  await writeFile(join(folder, 'engine.json'), JSON.stringify(ownIdentity()));
  const { child } = await rig.balancerIn(folder, [
    '--engine-command',
    JSON.stringify([process.execPath, '-v']),
  ]);
  const ended = once(child, 'exit');
  await rm(folder, { recursive: true });
  expect(await ended).toEqual([0, null]);
  await expect(rig.balancerIn(folder)).rejects.toThrow(/exited 2.*there is no folder/s);
});
