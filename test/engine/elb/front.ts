import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import type { Action, ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { onTestFinished } from 'vitest';
import type { TestEngine } from '../core/rig.ts';
import { known, testEngine } from '../core/rig.ts';
import { freePort } from '../../ports.ts';
import { eventually } from '../tasks/rig.ts';

/** A load balancer with one listener, whose default action is a fixed 404. */
export interface Front {
  readonly engine: TestEngine;
  readonly elb: ElasticLoadBalancingV2;
  readonly loadBalancer: string;
  readonly listener: string;
  readonly port: number;
}

export const notFound: Action = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } };

export async function openFront(words: readonly string[] = []): Promise<Front> {
  const engine = await testEngine(words);
  const { elb } = engine.clients;
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'front' });
  const loadBalancer = known(LoadBalancers?.[0]?.LoadBalancerArn);
  const port = await freePort();
  const { Listeners } = await elb.createListener({
    LoadBalancerArn: loadBalancer,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions: [notFound],
  });
  return { engine, elb, loadBalancer, listener: known(Listeners?.[0]?.ListenerArn), port };
}

type Handler = Parameters<typeof createServer>[1];

/** A server of the test's own. */
export async function serve(handle: NonNullable<Handler>): Promise<number> {
  const server = createServer(handle);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A target group of these ports. */
export async function targetGroup(
  { elb }: Front,
  name: string,
  ports: readonly number[],
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { TargetGroups } = await elb.createTargetGroup({
    Name: name,
    Protocol: 'HTTP',
    Port: 80,
    TargetType: 'ip',
    VpcId: 'vpc-1',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 4,
    HealthyThresholdCount: 2,
    // On a busy machine whoever answers may stand still for a while.
    UnhealthyThresholdCount: 10,
  });
  const arn = known(TargetGroups?.[0]?.TargetGroupArn);
  if (Object.keys(attributes).length > 0) {
    await elb.modifyTargetGroupAttributes({
      TargetGroupArn: arn,
      Attributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
    });
  }
  await register(elb, arn, ports);
  return arn;
}

export async function register(elb: ElasticLoadBalancingV2, arn: string, ports: readonly number[]) {
  const Targets = ports.map((Port) => ({ Id: '127.0.0.1', Port }));
  if (Targets.length > 0) await elb.registerTargets({ TargetGroupArn: arn, Targets });
}

/** Resolves once all targets of the group are healthy. */
export async function healthy({ elb }: Front, arn: string): Promise<void> {
  await eventually(async () => {
    const { TargetHealthDescriptions: all = [] } = await elb.describeTargetHealth({ TargetGroupArn: arn });
    return all.length > 0 && all.every(({ TargetHealth: health }) => health?.State === 'healthy')
      ? true
      : null;
  }, 'healthy targets');
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export async function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({ host: '127.0.0.1', port, path, agent: false, ...options }, resolve)
    .on('error', reject)
    .end();
  const response = await promise;
  let body = '';
  for await (const piece of response.setEncoding('utf8')) body += String(piece);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** Resolves once the listener answers so; a moment after its creation it may not listen yet. */
export async function answers(port: number, path: string, body: string): Promise<void> {
  await eventually(async () => {
    const answered = await ask(port, path).catch(() => null);
    return answered?.body === body ? true : null;
  }, `${body} at ${path}`);
}

/** Resolves once the listener's requests reach targets. */
export async function serves(port: number): Promise<void> {
  await eventually(
    async () => ((await ask(port, '/')).status === 200 ? true : null),
    'a target that answers',
  );
}

export const cookieOf = ({ headers }: Answered): string =>
  (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
