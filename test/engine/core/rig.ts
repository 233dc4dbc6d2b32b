import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { ECS } from '@aws-sdk/client-ecs';
import type { DeploymentConfiguration, DeploymentLifecycleHookStage } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SSM } from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import { readArguments } from '../../../src/engine/daemon/arguments.ts';
import { prepareFolder, startEngine } from '../../../src/engine/daemon/engine.ts';
import { isRunning, readIdentity } from '../../../src/process/identity.ts';
import { freePort } from '../../ports.ts';
import { programs } from '../../programs.ts';
import { eventually, writeImage } from '../tasks/rig.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the engine's program until it ends. */
export async function runEngine(words: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [programs.engine, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  // Only then has all been heard that it said.
  child.once('close', resolve);
  return { code: await promise, stdout, stderr };
}

export interface TestEngine {
  readonly folder: string;
  readonly clients: Clients;
  /** The process that is the engine now. */
  pid(): number;
  balancerPid(): number;
  /** Starts the program again with the same words, as a command of the user would. */
  startAgain(): Promise<void>;
  /** Everything ends: tasks, balancer, engine. */
  stopAll(): Promise<Ended>;
  readonly image: (files: Readonly<Record<string, string>>, command: readonly string[]) => Promise<string>;
}

export interface Clients {
  readonly ecs: ECS;
  readonly elb: ElasticLoadBalancingV2;
  readonly ssm: SSM;
  readonly logs: CloudWatchLogs;
}

/** An engine of its own for one test, with short minutes and seconds; ends with the test, whatever happens in it. */
export async function testEngine(words: readonly string[] = []): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-engine-'));
  const all = ['--state', folder, '--minute-ms', '1000', '--second-ms', '200', ...words];
  onTestFinished(async () => {
    await runEngine([...all, '--stop-all']);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  await start(all, folder);
  mkdirSync(join(folder, 'images'), { recursive: true });
  return {
    folder,
    clients: clientsOf(folder),
    pid: () => pidIn(join(folder, 'engine.json')),
    balancerPid: () => pidIn(join(folder, 'balancer.json')),
    startAgain: () => start(all, folder),
    stopAll: () => runEngine([...all, '--stop-all']),
    image: imageWriter(folder),
  };
}

/** An engine in this process, with whatever alarms the test says are red; ends with the test. */
export async function alarmedEngine(): Promise<TestEngine & { readonly red: Set<string> }> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-engine-'));
  const red = new Set<string>();
  prepareFolder(folder);
  const engine = await startEngine({
    given: readArguments(['--state', folder, '--minute-ms', '1000', '--second-ms', '200']),
    log: () => {},
    program: programs.engine,
    balancerCommand: [
      process.execPath,
      programs.balancer,
      '--state',
      folder,
      '--engine-command',
      JSON.stringify(['true']),
    ],
    alarms: { inAlarm: (names) => names.filter((name) => red.has(name)) },
  });
  onTestFinished(async () => {
    await engine.stopAll();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  mkdirSync(join(folder, 'images'), { recursive: true });
  const never = async (): Promise<never> => {
    throw new Error('an engine in this process ends with its test');
  };
  return {
    folder,
    clients: clientsOf(folder),
    pid: () => process.pid,
    balancerPid: () => pidIn(join(folder, 'balancer.json')),
    startAgain: never,
    stopAll: never,
    image: imageWriter(folder),
    red,
  };
}

const imageWriter =
  (folder: string): TestEngine['image'] =>
  async (files, command) =>
    (await writeImage(join(folder, 'images'), files, { command })).reference;

async function start(words: readonly string[], folder: string): Promise<void> {
  const child = spawn(process.execPath, [programs.engine, ...words], { detached: true, stdio: 'ignore' });
  child.unref();
  await eventually(() => runs(join(folder, 'engine.json')) || null, 'an engine that is ready');
}

function runs(path: string): boolean {
  const identity = readIdentity(json(path));
  return identity !== null && isRunning(identity);
}

function pidIn(path: string): number {
  const identity = readIdentity(json(path));
  if (identity === null) throw new Error(`${path} names no process`);
  return identity.pid;
}

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** SDK clients from the two files that an engine leaves, as any client of it would make them. */
export function clientsOf(folder: string): Clients {
  const { endpoint, region } = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'));
  // Some operations are called at a name of their own (`stream-`…), which an address does not have.
  const options = { endpoint, region, credentials, maxAttempts: 10, disableHostPrefix: true };
  return {
    ecs: new ECS(options),
    elb: new ElasticLoadBalancingV2(options),
    ssm: new SSM(options),
    logs: new CloudWatchLogs(options),
  };
}

/** What a test app does is told by its environment: see `behaviour` below. */
const server = `
import { createServer } from 'node:http';
const { PORT, VERSION = '?', HEALTH = '200', GREETING = '' } = process.env;
const server = createServer((request, response) => {
  if (request.url === '/health') response.writeHead(Number(HEALTH));
  if (request.url === '/crash') process.exit(9);
  if (request.url === '/slow') return setTimeout(() => response.end(VERSION), 1000);
  response.end(VERSION + GREETING);
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('listening ' + VERSION));
process.on('SIGTERM', () => { console.log('stopping ' + VERSION); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

export interface App {
  readonly service: string;
  readonly production: number;
  readonly test: number;
  readonly blue: string;
  readonly green: string;
  readonly productionRule: string;
  readonly testRule: string;
  /** A further revision of its task definition. */
  version(environment: Readonly<Record<string, string>>): Promise<string>;
  /** Deploys such a revision. */
  release(
    environment: Readonly<Record<string, string>>,
    deploymentConfiguration?: DeploymentConfiguration,
  ): Promise<void>;
  answer(port: number, path?: string): Promise<string>;
  /** Resolves once users get this text. */
  answers(text: string): Promise<void>;
}

export interface AppOptions {
  readonly stages?: readonly DeploymentLifecycleHookStage[];
  readonly timeoutInMinutes?: number;
  readonly desiredCount?: number;
  readonly deregistrationDelay?: string;
  /** Instead of blue-green with a circuit breaker and no bake. */
  readonly deploymentConfiguration?: DeploymentConfiguration;
}

/** A cluster, a load balancer with a production and a test listener, two target groups, and a blue-green service on version `1`. */
export async function blueGreenApp({ clients, image }: TestEngine, options: AppOptions = {}): Promise<App> {
  const { ecs, elb } = clients;
  const reference = await image({ 'server.mjs': server }, [process.execPath, 'server.mjs']);
  await ecs.createCluster({ clusterName: 'test' });
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: 'front',
    Subnets: ['subnet-1', 'subnet-2'],
  });
  const loadBalancer = known(LoadBalancers?.[0]?.LoadBalancerArn);
  const group = async (name: string): Promise<string> => {
    const { TargetGroups } = await elb.createTargetGroup({
      Name: name,
      Protocol: 'HTTP',
      Port: 80,
      TargetType: 'ip',
      VpcId: 'vpc-1',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 4,
      HealthyThresholdCount: 2,
      // On a busy machine a task may stand still for a while, and take long to start.
      UnhealthyThresholdCount: 10,
    });
    const arn = known(TargetGroups?.[0]?.TargetGroupArn);
    await elb.modifyTargetGroupAttributes({
      TargetGroupArn: arn,
      Attributes: [
        { Key: 'deregistration_delay.timeout_seconds', Value: options.deregistrationDelay ?? '100' },
      ],
    });
    return arn;
  };
  const [blue, green] = [await group('blue'), await group('green')];
  const listener = async (): Promise<{ port: number; rule: string }> => {
    const port = await freePort();
    const { Listeners } = await elb.createListener({
      LoadBalancerArn: loadBalancer,
      Port: port,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    });
    const { Rules } = await elb.createRule({
      ListenerArn: known(Listeners?.[0]?.ListenerArn),
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/*'] }],
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: blue, Weight: 1 },
              { TargetGroupArn: green, Weight: 0 },
            ],
          },
        },
      ],
    });
    return { port, rule: known(Rules?.[0]?.RuleArn) };
  };
  const production = await listener();
  const test = await listener();
  const version = async (environment: Readonly<Record<string, string>>): Promise<string> => {
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'web',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [
        {
          name: 'web',
          image: reference,
          portMappings: [{ containerPort: 8080 }],
          environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/ecs/web',
              'awslogs-region': 'us-east-1',
              'awslogs-stream-prefix': 'ecs',
            },
          },
        },
      ],
    });
    return known(taskDefinition?.taskDefinitionArn);
  };
  const answer = async (port: number, path = '/'): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  await ecs.createService({
    cluster: 'test',
    serviceName: 'web',
    taskDefinition: await version({ VERSION: '1' }),
    desiredCount: options.desiredCount ?? 1,
    launchType: 'FARGATE',
    healthCheckGracePeriodSeconds: 300,
    deploymentConfiguration: options.deploymentConfiguration ?? {
      strategy: 'BLUE_GREEN',
      bakeTimeInMinutes: 0,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    loadBalancers: [
      {
        targetGroupArn: blue,
        containerName: 'web',
        containerPort: 8080,
        advancedConfiguration: {
          alternateTargetGroupArn: green,
          productionListenerRule: production.rule,
          testListenerRule: test.rule,
          roleArn: 'arn:aws:iam::000000000000:role/ecs',
        },
      },
    ],
  });
  await settled(clients.ecs, 'SUCCESSFUL');
  if (options.stages !== undefined) {
    await ecs.updateService({
      cluster: 'test',
      service: 'web',
      deploymentConfiguration: {
        lifecycleHooks: options.stages.map((stage) => ({
          targetType: 'PAUSE',
          lifecycleStages: [stage],
          timeoutConfiguration: { timeoutInMinutes: options.timeoutInMinutes ?? 100, action: 'ROLLBACK' },
        })),
      },
    });
  }
  return {
    service: 'web',
    production: production.port,
    test: test.port,
    blue,
    green,
    productionRule: production.rule,
    testRule: test.rule,
    version,
    async release(environment, deploymentConfiguration) {
      const taskDefinition = await version(environment);
      await ecs.updateService({ cluster: 'test', service: 'web', taskDefinition, deploymentConfiguration });
    },
    answer,
    async answers(text) {
      await eventually(
        () =>
          answer(production.port).then(
            (found) => found === text || null,
            () => null,
          ),
        `the answer ${text}`,
      );
    },
  };
}

/** The latest deployment of the service once it has the status. */
export async function settled(ecs: ECS, status: string, after: string | null = null) {
  return eventually(async () => {
    const deployment = await latestDeployment(ecs);
    return deployment.serviceDeploymentArn !== after && deployment.status === status ? deployment : null;
  }, `a deployment that is ${status}`);
}

export async function latestDeployment(ecs: ECS) {
  const { serviceDeployments } = await ecs.listServiceDeployments({ cluster: 'test', service: 'web' });
  const arn = known(serviceDeployments?.[0]?.serviceDeploymentArn);
  const described = await ecs.describeServiceDeployments({ serviceDeploymentArns: [arn] });
  return known(described.serviceDeployments?.[0]);
}

/** The deployment once it waits at a stage, with the id to answer it by. */
export async function pausedAt(ecs: ECS, stage: string) {
  return eventually(async () => {
    const deployment = await latestDeployment(ecs);
    const hook = deployment.lifecycleHookDetails?.[0];
    if (deployment.lifecycleStage !== stage || hook?.status !== 'AWAITING_ACTION') return null;
    return { deployment, arn: known(deployment.serviceDeploymentArn), hookId: known(hook.hookId) };
  }, `a pause at ${stage}`);
}

export async function weights(elb: ElasticLoadBalancingV2, rule: string): Promise<Record<string, number>> {
  const { Rules } = await elb.describeRules({ RuleArns: [rule] });
  const groups = Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
  return Object.fromEntries(groups.map((group) => [group.TargetGroupArn ?? '', group.Weight ?? 0]));
}

export async function describedTasks(ecs: ECS, desiredStatus: 'RUNNING' | 'STOPPED') {
  const { taskArns } = await ecs.listTasks({ cluster: 'test', desiredStatus });
  if (taskArns === undefined || taskArns.length === 0) return [];
  return (await ecs.describeTasks({ cluster: 'test', tasks: taskArns })).tasks ?? [];
}

export function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('not there');
  return value;
}

/** A request without a 200 for an answer; times are of `performance.now()`. */
export interface FailedRequest {
  readonly why: string;
  readonly began: number;
  readonly ended: number;
}

/** Users who ask again and again until they are stopped. */
export function traffic(
  port: number,
  users = 2,
): {
  stop(): Promise<{
    requests: number;
    failed: readonly FailedRequest[];
    versions: ReadonlySet<string>;
  }>;
} {
  const failed: FailedRequest[] = [];
  const versions = new Set<string>();
  let requests = 0;
  const stopping = new AbortController();
  const ask = async (): Promise<string | null> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      const text = await response.text();
      if (!response.ok) return `${response.status} ${text}`;
      versions.add(text);
      return null;
    } catch (failure) {
      return failure instanceof Error ? `${failure.message} ${String(failure.cause)}` : String(failure);
    }
  };
  const user = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      requests += 1;
      const began = performance.now();
      const why = await ask();
      if (why !== null) failed.push({ why, began, ended: performance.now() });
      await pause(5);
    }
  };
  const asking = Array.from({ length: users }, user);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(asking);
      return { requests, failed, versions };
    },
  };
}
