import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Environment } from '../../src/app/environment.ts';
import { open } from '../../src/deployment/begin.ts';
import type { Deployment, Tools } from '../../src/deployment/context.ts';
import type { Progress } from '../../src/deployment/progress.ts';
import type { Handover } from '../../src/ecs/handover.ts';
import type { Event } from '../../src/journal/event.ts';
import { openDirectory } from '../../src/journal/directory.ts';
import { openRegistry } from '../../src/release/registry/open.ts';
import type { Lease } from '../../src/journal/lease.ts';
import { clientsAt } from '../ecs/rig.ts';

export interface Bench {
  readonly tools: Tools;
  readonly told: Progress[];
  readonly lease: Lease;
  /** What is in the journal of a deployment. */
  events(deployment: string): Promise<readonly Event[]>;
}

/** Everything a job is given, in folders of its own; nobody answers at its engine unless `clients` says who. */
export async function bench(more: Partial<Tools> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-deployment-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const told: Progress[] = [];
  const journal = openDirectory({ folder: join(folder, 'journal'), clock: Date.now, alive: () => true });
  const holder = { who: 'anna@laptop', host: 'laptop', pid: 1, startTime: '1', purpose: 'test' };
  const lease = await journal.acquire(holder);
  if (lease.held) throw new Error('a new journal is held by nobody');
  const tools: Tools = {
    clients: more.clients ?? clientsAt('http://127.0.0.1:9'),
    journal,
    clock: Date.now,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    newId: () => 'd1',
    report: (progress) => told.push(progress),
    who: 'anna@laptop',
    interrupted: new AbortController().signal,
    version: '0.1.0',
    host: { name: 'laptop', pid: 1, startTime: '1' },
    platform: {
      prepare: () => Promise.resolve(new Map()),
      routeUsers: () => Promise.resolve(),
      settle: () => Promise.resolve(),
      restore: () => Promise.resolve(),
      leave: () => Promise.resolve(),
      inspect: () => Promise.resolve([]),
    },
    imageStore: join(folder, 'images'),
    buildMemory: join(folder, 'builds'),
    registry: openRegistry({ env: {}, pause: () => Promise.resolve() }),
    secrets: [],
    ...more,
  };
  const events = async (deployment: string): Promise<readonly Event[]> =>
    (await journal.read(deployment)).entries.map(({ event }) => event);
  return { tools, told, lease, events };
}

export function handoverOf(service: string): Handover {
  return {
    version: 1,
    cluster: 'shop-local',
    service,
    loadBalancer: null,
    network: { subnets: ['subnet-local'], securityGroups: [], publicIp: false },
    roles: { execution: 'arn:aws:iam::000000000000:role/execution', task: null },
    values: {},
  };
}

export function deploymentOf(environment: Environment, { tools, lease }: Bench): Deployment {
  const handovers = new Map(
    environment.services.map(({ name, engineName }) => [name, handoverOf(engineName)]),
  );
  return open(environment, handovers, tools, lease, 'd1');
}
