import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeRulesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type TargetGroupTuple,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connect, type Clients } from '../../src/ecs/clients.ts';
import { processesOf } from './traces.ts';
import type { Workbench } from './workbench.ts';

/** The engine of a workbench, spoken to as any AWS client would. */
export async function engineOf({ home }: Pick<Workbench, 'home'>): Promise<Clients> {
  const { endpoint, region } = await json(join(home, 'engine', 'engine.json'));
  const credentials = await json(join(home, 'engine', 'credentials.json'));
  return connect({
    kind: 'embedded',
    endpoint: String(endpoint),
    region: String(region),
    credentials: {
      accessKeyId: String(credentials['accessKeyId']),
      secretAccessKey: String(credentials['secretAccessKey']),
    },
  });
}

/** The pid that the engine or the balancer wrote down. */
export async function pidOf({ home }: Pick<Workbench, 'home'>, who: 'engine' | 'balancer'): Promise<number> {
  return Number((await json(join(home, 'engine', `${who}.json`)))['pid']);
}

/** What is true in the end, as the engine, the balancer's rules and the machine's processes say it. */
export interface Truth {
  readonly serves: unknown;
  readonly services: Readonly<Record<string, ServiceTruth>>;
  /** Tasks that run or are about to, by family. */
  readonly tasks: readonly string[];
  /** Weights of the production rule, and of each group how many targets it has in which state. */
  readonly groups: readonly { readonly weight: number; readonly targets: readonly string[] }[];
  readonly processes: readonly string[];
  readonly lease: unknown;
  readonly unfinished: unknown;
}

interface ServiceTruth {
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly deployments: number;
}

export async function truth(bench: Workbench): Promise<Truth> {
  const clients = await engineOf(bench);
  try {
    const [serves, services, tasks, groups, processes, status] = await Promise.all([
      bench.get('/'),
      servicesOf(clients),
      tasksOf(clients),
      groupsOf(clients, bench.port),
      appProcesses(bench),
      bench.fairway('status', '--json'),
    ]);
    const { lease, unfinished } = status.last;
    return { serves, services, tasks, groups, processes, lease, unfinished };
  } finally {
    clients.close();
  }
}

/** Exactly this version runs, serves and is alone, with nothing in flight and nothing left over. */
export async function expectOnly(
  bench: Workbench,
  version: string,
  { unfinished = null }: { readonly unfinished?: unknown } = {},
): Promise<void> {
  const one = { desired: 1, running: 1, pending: 0, deployments: 1 };
  await expect
    .poll(() => truth(bench), { timeout: 90_000, interval: 100 })
    .toEqual({
      serves: { shop: version },
      services: { web: one, worker: one },
      tasks: ['shop-local-web', 'shop-local-worker'],
      groups: [
        { weight: 0, targets: [] },
        { weight: 100, targets: ['healthy'] },
      ],
      processes: process.platform === 'linux' ? ['server.mjs', 'worker.mjs'] : [],
      lease: null,
      unfinished,
    });
}

async function servicesOf(clients: Clients): Promise<Readonly<Record<string, ServiceTruth>>> {
  const { services } = await clients.ecs.send(
    new DescribeServicesCommand({ cluster: 'shop-local', services: ['web', 'worker'] }),
  );
  return Object.fromEntries(
    (services ?? []).map(({ serviceName, desiredCount, runningCount, pendingCount, deployments }) => [
      serviceName,
      {
        desired: desiredCount ?? 0,
        running: runningCount ?? 0,
        pending: pendingCount ?? 0,
        deployments: deployments?.length ?? 0,
      },
    ]),
  );
}

/** Also those that were told to stop and have not ended. */
async function tasksOf(clients: Clients): Promise<readonly string[]> {
  const cluster = 'shop-local';
  const lists = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      clients.ecs.send(new ListTasksCommand({ cluster, desiredStatus })),
    ),
  );
  const arns = lists.flatMap(({ taskArns }) => taskArns ?? []);
  if (arns.length === 0) return [];
  const pages = await Promise.all(
    Array.from({ length: Math.ceil(arns.length / 100) }, (_, page) =>
      clients.ecs.send(
        new DescribeTasksCommand({ cluster, tasks: arns.slice(page * 100, (page + 1) * 100) }),
      ),
    ),
  );
  return pages
    .flatMap(({ tasks }) => tasks ?? [])
    .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
    .map(({ taskDefinitionArn }) => /task-definition\/([^:]+)/.exec(taskDefinitionArn ?? '')?.[1] ?? '?')
    .toSorted();
}

async function groupsOf(clients: Clients, port: number): Promise<Truth['groups']> {
  const elb = await clients.elb();
  const groups = await Promise.all(
    (await forwardsAt(clients, port)).map(async ({ TargetGroupArn, Weight = 0 }) => {
      const { TargetHealthDescriptions } = await elb.send(
        new DescribeTargetHealthCommand({ TargetGroupArn }),
      );
      const targets = (TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth?.State ?? '?');
      return { weight: Weight, targets };
    }),
  );
  return groups.toSorted((a, b) => a.weight - b.weight);
}

/** The health check path of the group that serves, and of the other. */
export async function healthPaths(bench: Workbench): Promise<{ serving: unknown; other: unknown }> {
  const clients = await engineOf(bench);
  try {
    const elb = await clients.elb();
    const paths = await Promise.all(
      (await forwardsAt(clients, bench.port))
        .toSorted((a, b) => (b.Weight ?? 0) - (a.Weight ?? 0))
        .map(async ({ TargetGroupArn = '' }) => {
          const asked = new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] });
          return (await elb.send(asked)).TargetGroups?.[0]?.HealthCheckPath;
        }),
    );
    return { serving: paths[0], other: paths[1] };
  } finally {
    clients.close();
  }
}

async function forwardsAt(clients: Clients, port: number): Promise<readonly TargetGroupTuple[]> {
  const elb = await clients.elb();
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({}));
  const { Listeners } = await elb.send(
    new DescribeListenersCommand({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn }),
  );
  const listener = Listeners?.find(({ Port }) => Port === port)?.ListenerArn;
  const { Rules } = await elb.send(new DescribeRulesCommand({ ListenerArn: listener }));
  return Rules?.flatMap(({ Actions }) => Actions?.[0]?.ForwardConfig?.TargetGroups ?? []) ?? [];
}

/** The programs of the app that run, of whatever release, one-off tasks too. */
export async function appProcesses({ folder }: Pick<Workbench, 'folder'>): Promise<readonly string[]> {
  return (await processesOf(folder))
    .flatMap(
      ({ command }) =>
        /^\S*node (?:dist\/)?((?:server|worker|migrate|integration|build)\.mjs)/.exec(command)?.[1] ?? [],
    )
    .toSorted();
}

async function json(file: string): Promise<Readonly<Record<string, unknown>>> {
  const value: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (typeof value !== 'object' || value === null) throw new Error(`${file} holds no object`);
  return { ...value };
}

/** Pids of the app's programs; of all, or of one. */
export async function programPids(
  { folder }: Pick<Workbench, 'folder'>,
  program = '(server|worker|migrate).mjs',
): Promise<readonly number[]> {
  const pattern = new RegExp(`^\\S*node (dist/)?${program}`);
  return (await processesOf(folder))
    .flatMap(({ pid, command }) => (pattern.test(command) ? [pid] : []))
    .toSorted((a, b) => a - b);
}

/** The task definition that serves, by service. */
export async function serving(bench: Workbench): Promise<Readonly<Record<string, string>>> {
  const status = await bench.fairway('status', '--json');
  const { services } = status.last;
  if (typeof services !== 'object' || services === null) throw new Error(`no services: ${status.stdout}`);
  return Object.fromEntries(
    Object.entries(services).map(([name, reading]: [string, unknown]) => [
      name,
      typeof reading === 'object' && reading !== null && 'serving' in reading ? String(reading.serving) : '',
    ]),
  );
}

/** The images that serve, by digest, by service. */
export async function imagesOf(bench: Workbench): Promise<Readonly<Record<string, string>>> {
  const clients = await engineOf(bench);
  try {
    const images = Object.entries(await serving(bench)).map(async ([name, taskDefinition]) => {
      const described = await clients.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
      return [name, described.taskDefinition?.containerDefinitions?.[0]?.image ?? ''] as const;
    });
    return Object.fromEntries(await Promise.all(images));
  } finally {
    clients.close();
  }
}
