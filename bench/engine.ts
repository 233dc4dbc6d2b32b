import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ECS } from '@aws-sdk/client-ecs';
import { program } from '../src/cli/package.ts';
import { writeImage } from '../test/engine/tasks/rig.ts';
import { median } from './cli.ts';
import type { Figures } from './main.ts';

const starts = 9;
/** Of services and tasks: so many, with so many tasks each, are described; and a quarter of them, to see how the cost grows. */
const services = 200;
const tasksEach = 5;
const readings = 25;
/** What ECS describes in one answer. */
const perAnswer = 10;

/** How soon the engine is there and what it takes, at rest and with a thousand tasks. */
export async function benchEngine(): Promise<Figures> {
  const { ready, idle } = await benchStarts();
  await using engine = await startEngine();
  const cluster = 'bench';
  await engine.ecs.createCluster({ clusterName: cluster });
  const quarter = services / 4;
  await addServices(engine, cluster, 0, quarter);
  const few = await describeTimes(engine, cluster, quarter);
  await addServices(engine, cluster, quarter, services);
  const all = await describeTimes(engine, cluster, services);
  return {
    'engine.ready_s': median(ready) / 1000,
    'engine.memory_mb': median(idle),
    'engine.describe_200_services_ms': all.passed,
    // 1 where four times as many services cost the engine four times as much.
    'engine.describe_growth': all.used / few.used / 4,
    'engine.memory_1000_tasks_mb': await memoryOf(engine.pid),
  };
}

/** Milliseconds until it is ready, and megabytes once it has loaded what it loads beside its work. */
async function benchStarts(): Promise<{ readonly ready: number[]; readonly idle: number[] }> {
  const ready: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < starts; round += 1) {
    const started = performance.now();
    await using engine = await startEngine();
    ready.push(performance.now() - started);
    await pause(1_000);
    idle.push(await memoryOf(engine.pid));
  }
  return { ready, idle };
}

interface RunningEngine extends AsyncDisposable {
  readonly pid: number;
  readonly ecs: ECS;
  readonly images: string;
}

async function startEngine(): Promise<RunningEngine> {
  const state = await mkdtemp(join(tmpdir(), 'fairway-bench-engine-'));
  const words = [program('engine'), '--state', state];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).once('line', resolve);
  child.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)));
  const { endpoint, region } = JSON.parse(await promise);
  const credentials = JSON.parse(await readFile(join(state, 'credentials.json'), 'utf8'));
  const ecs = new ECS({ endpoint, region, credentials });
  return {
    pid: child.pid ?? 0,
    ecs,
    images: join(state, 'images'),
    async [Symbol.asyncDispose]() {
      ecs.destroy();
      await promisify(execFile)(process.execPath, [...words, '--stop-all']);
      await rm(state, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Services of tasks that sleep, numbered from one on to before another; returns once all run. */
async function addServices(engine: RunningEngine, cluster: string, from: number, to: number): Promise<void> {
  const { ecs, images } = engine;
  const { reference } = await writeImage(
    images,
    { 'run.sh': 'exec sleep 86400\n' },
    { command: ['sh', 'run.sh'] },
  );
  await ecs.registerTaskDefinition({
    family: 'sleep',
    memory: '16',
    containerDefinitions: [{ name: 'sleep', image: reference, stopTimeout: 2 }],
  });
  for (const serviceName of namesOf(from, to))
    await ecs.createService({ cluster, serviceName, taskDefinition: 'sleep', desiredCount: tasksEach });
  while ((await describeAll(ecs, cluster, to)) < to * tasksEach) await pause(500);
}

const namesOf = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `sleep-${from + index}`);

/** Describes the first so many services, ten at a time; gives how many of their tasks run. */
async function describeAll(ecs: ECS, cluster: string, count: number): Promise<number> {
  let running = 0;
  for (let from = 0; from < count; from += perAnswer) {
    const described = await ecs.describeServices({
      cluster,
      services: [...namesOf(from, Math.min(count, from + perAnswer))],
    });
    for (const { runningCount = 0 } of described.services ?? []) running += runningCount;
  }
  return running;
}

/**
 * Milliseconds: what passes, median, and what of it is processor time that the engine would not have used without being
 * asked. That does not depend on what else the machine does, and is what growth is told by.
 */
async function describeTimes(
  { ecs, pid }: RunningEngine,
  cluster: string,
  count: number,
): Promise<{ readonly passed: number; readonly used: number }> {
  // Opens the connection; and what was begun before comes to rest.
  await describeAll(ecs, cluster, count);
  await pause(3_000);
  const rest = await using(pid, () => pause(5_000));
  const times: number[] = [];
  const asked = await using(pid, async () => {
    for (let reading = 0; reading < readings; reading += 1) {
      const started = performance.now();
      await describeAll(ecs, cluster, count);
      times.push(performance.now() - started);
    }
  });
  const passed = times.reduce((sum, time) => sum + time, 0);
  return { passed: median(times), used: ((asked - rest) * passed) / readings };
}

/** The share of a processor that a process uses while something is done. */
async function using(pid: number, act: () => Promise<void>): Promise<number> {
  const [started, before] = [performance.now(), await processorTime(pid)];
  await act();
  return ((await processorTime(pid)) - before) / (performance.now() - started);
}

/** Milliseconds that a process has computed for; on Linux. */
async function processorTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Counted in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
