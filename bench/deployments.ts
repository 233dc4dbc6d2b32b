import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { openWorkbench, type Json, type Run, type Workbench } from '../test/journeys/workbench.ts';
import { median } from './cli.ts';
import type { Figures } from './main.ts';

/** Requests a second while ten deployments and five rollbacks run, of images that are built already. */
const rate = 2000;
/** So many that a late answer holds up no other request. */
const connections = 64;
const deployments = 10;
const rollbacks = 5;

/** Seconds; what an environment on the embedded engine has unless it says otherwise. */
const bake = 5;
/** Deployments that are timed, with the machine to themselves. */
const timedDeployments = 5;

/** Green is warmed by a load gate before it has users, as a team with such traffic does. */
export async function benchDeployments(): Promise<Figures> {
  await using bench = await openWorkbench({ env: { SHOP_LOAD: '500', SHOP_BAKE: String(bake) } });
  await bench.release('1');
  const appStart = await startTime(bench);
  await deploy(bench, '1');
  await deploy(bench, '2');
  const overheads: number[] = [];
  for (let round = 0; round < timedDeployments; round += 1) {
    const started = performance.now();
    const run = await deploy(bench, round % 2 === 0 ? '1' : '2');
    overheads.push((performance.now() - started) / 1000 - theirs(run) - appStart);
  }
  const noop = [];
  for (let round = 0; round < 5; round += 1) noop.push(await timed(bench, 'nothing-to-do', 'deploy'));

  const users = await bench.users(rate, connections);
  // The first seconds of every process are slow; they are neither rest nor deployment.
  await pause(10_000);
  users.phase('rest');
  await pause(5000);
  for (let round = 0; round < deployments; round += 1) {
    users.phase('deployments');
    await deploy(bench, round % 2 === 0 ? '2' : '1');
    users.phase('rest');
    await pause(2000);
  }
  for (let round = 0; round < rollbacks; round += 1) {
    users.phase('deployments');
    expectVerdict(await bench.fairway('rollback', '--json'), 'succeeded');
    users.phase('rest');
    await pause(2000);
  }
  const { requests, failed, missed, phases } = await users.stop();
  return {
    'deploy.overhead_s': median(overheads),
    'deploy.app_start_s': appStart,
    'deploy.noop_s': median(noop),
    'traffic.requests': requests,
    'traffic.failed': failed,
    'traffic.missed': missed,
    'traffic.rest_p99_ms': phases['rest']?.p99 ?? null,
    'traffic.deployment_p99_ms': phases['deployments']?.p99 ?? null,
    'traffic.added_p99_ms': (phases['deployments']?.p99 ?? Number.NaN) - (phases['rest']?.p99 ?? Number.NaN),
  };
}

async function deploy(bench: Workbench, version: string): Promise<Run> {
  await bench.release(version);
  return expectVerdict(await bench.fairway('deploy', '--json'), 'succeeded');
}

/** Seconds of a deployment that are the app's: its build, migration and gates, and the bake that was asked for. */
function theirs({ lines }: Run): number {
  return lines.reduce((sum, { event }) => sum + secondsOf(event), bake);
}

function secondsOf(event: Json[string]): number {
  if (typeof event !== 'object' || event === null || !('type' in event) || !('seconds' in event)) return 0;
  const counted = ['release.built', 'migration.finished', 'gate.passed'];
  return typeof event.type === 'string' && counted.includes(event.type) && typeof event.seconds === 'number'
    ? event.seconds
    : 0;
}

/** How long the app itself takes from its start until it answers, without Fairway. */
async function startTime({ shop, port, env }: Workbench): Promise<number> {
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    const started = performance.now();
    const child = spawn(process.execPath, [join(shop, 'server.mjs')], {
      env: { ...env, PORT: String(port) },
      stdio: 'ignore',
    });
    const gone = new Promise((resolve) => child.on('exit', resolve));
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode} before it answered`);
      await pause(5);
    }
    times.push((performance.now() - started) / 1000);
    child.kill();
    await gone;
  }
  return median(times);
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  } catch {
    return false;
  }
}

async function timed(bench: Workbench, verdict: string, ...words: readonly string[]): Promise<number> {
  const started = performance.now();
  expectVerdict(await bench.fairway(...words, '--json'), verdict);
  return (performance.now() - started) / 1000;
}

function expectVerdict(run: Run, verdict: string): Run {
  if (run.last['verdict'] === verdict) return run;
  throw new Error(`expected ${verdict}, found ${JSON.stringify(run.last)} ${run.stderr}`);
}
