import type { CloudWatch, Dimension } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { known, testEngine } from '../core/rig.ts';
import { freePort } from '../../ports.ts';
import type { TestEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';
import { cloudwatchOf } from './rig.ts';

/** Answers with the status that the path names, after as many milliseconds as it says; `/spin` keeps a processor busy. */
const server = `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/spin') setInterval(() => { const until = Date.now() + 90; while (Date.now() < until); }, 100);
  const [, status = '200', delay = '0'] = request.url.split('/');
  response.statusCode = Number(status) || 200;
  setTimeout(() => response.end('x'), Number(delay));
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

interface Site {
  readonly port: number;
  readonly loadBalancer: Dimension;
  readonly targetGroup: Dimension;
}

/** One task of a service behind a load balancer. */
async function site({ clients: { ecs, elb }, image }: TestEngine): Promise<Site> {
  const reference = await image({ 'server.mjs': server }, [process.execPath, 'server.mjs']);
  const { LoadBalancers } = await elb.createLoadBalancer({
    Name: 'front',
    Subnets: ['subnet-1', 'subnet-2'],
  });
  const loadBalancerArn = known(LoadBalancers?.[0]?.LoadBalancerArn);
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'site',
    Protocol: 'HTTP',
    Port: 80,
    TargetType: 'ip',
    VpcId: 'vpc-1',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 4,
    // A busy one may be slow to answer.
    UnhealthyThresholdCount: 10,
  });
  const targetGroupArn = known(TargetGroups?.[0]?.TargetGroupArn);
  const port = await freePort();
  await elb.createListener({
    LoadBalancerArn: loadBalancerArn,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
  });
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'site',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '2048',
    containerDefinitions: [{ name: 'site', image: reference, portMappings: [{ containerPort: 8080 }] }],
  });
  await ecs.createService({
    cluster: 'test',
    serviceName: 'site',
    taskDefinition: 'site',
    desiredCount: 1,
    launchType: 'FARGATE',
    healthCheckGracePeriodSeconds: 300,
    loadBalancers: [{ targetGroupArn, containerName: 'site', containerPort: 8080 }],
  });
  await eventually(async () => {
    const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn: targetGroupArn });
    return TargetHealthDescriptions?.[0]?.TargetHealth?.State === 'healthy' || null;
  }, 'a healthy target');
  return {
    port,
    loadBalancer: { Name: 'LoadBalancer', Value: loadBalancerArn.split(':loadbalancer/')[1] },
    targetGroup: { Name: 'TargetGroup', Value: targetGroupArn.split(':').at(-1) },
  };
}

/** One value of a metric over the last few real minutes, also where two periods meet in them; null while there is none. */
async function value(
  client: CloudWatch,
  Namespace: string,
  MetricName: string,
  Stat: string,
  Dimensions: Dimension[],
): Promise<number | null> {
  const now = Date.now();
  const { MetricDataResults } = await client.getMetricData({
    StartTime: new Date(now - 300_000),
    EndTime: new Date(now + 1000),
    MetricDataQueries: [
      // As long as there are ten of the engine's minutes in it.
      { Id: 'm', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 86_400, Stat } },
    ],
  });
  const values = MetricDataResults?.[0]?.Values ?? [];
  if (values.length === 0) return null;
  switch (Stat) {
    case 'Sum':
    case 'SampleCount':
      return values.reduce((sum, one) => sum + one, 0);
    case 'Minimum':
      return Math.min(...values);
    default:
      return Math.max(...values);
  }
}

test('what goes through the load balancer is counted as ALB counts it, once, whoever dies', async () => {
  const engine = await testEngine();
  const { port, loadBalancer, targetGroup } = await site(engine);
  const client = cloudwatchOf(engine);
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' });
  const alb = (name: string, stat: string, dimensions = [loadBalancer]) =>
    value(client, 'AWS/ApplicationELB', name, stat, dimensions);
  for (let index = 0; index < 20; index += 1) await ask('/200');
  for (const path of ['/301', '/404', '/404', '/503/2000', '/500', '/502']) await ask(path);
  await eventually(async () => (await alb('RequestCount', 'Sum')) === 26 || null, '26 requests');
  process.kill(engine.pid(), 'SIGKILL');
  for (let index = 0; index < 4; index += 1) await ask('/200');
  await engine.startAgain();
  await eventually(async () => (await alb('RequestCount', 'Sum')) === 30 || null, '30 requests');
  const both = [loadBalancer, targetGroup];
  for (const dimensions of [[loadBalancer], both]) {
    expect(await alb('HTTPCode_Target_2XX_Count', 'Sum', dimensions)).toBe(24);
    expect(await alb('HTTPCode_Target_3XX_Count', 'Sum', dimensions)).toBe(1);
    expect(await alb('HTTPCode_Target_4XX_Count', 'Sum', dimensions)).toBe(2);
    expect(await alb('HTTPCode_Target_5XX_Count', 'Sum', dimensions)).toBe(3);
    expect(await alb('TargetResponseTime', 'SampleCount', dimensions)).toBe(30);
    expect(await alb('TargetResponseTime', 'Maximum', dimensions)).toBeGreaterThanOrEqual(2);
    expect(known((await alb('TargetResponseTime', 'p50', dimensions)) ?? undefined)).toBeLessThan(2);
  }
  expect(await alb('HealthyHostCount', 'Maximum', both)).toBe(1);
  expect(await alb('UnHealthyHostCount', 'Minimum', both)).toBe(0);
  expect(await alb('HTTPCode_ELB_5XX_Count', 'Sum')).toBeNull();
  await engine.clients.ecs.updateService({ cluster: 'test', service: 'site', desiredCount: 0 });
  await eventually(async () => (await ask('/200')).status === 503 || null, 'an answer of the balancer');
  await eventually(async () => ((await alb('HTTPCode_ELB_5XX_Count', 'Sum')) ?? 0) >= 1 || null, 'a count');
});

test('a service tells how many tasks run, and how much of their processor and memory they use', async () => {
  const engine = await testEngine();
  const { port } = await site(engine);
  const client = cloudwatchOf(engine);
  const service = [
    { Name: 'ClusterName', Value: 'test' },
    { Name: 'ServiceName', Value: 'site' },
  ];
  await fetch(`http://127.0.0.1:${port}/spin`);
  const told = (namespace: string, name: string, stat: string, dimensions = service) =>
    value(client, namespace, name, stat, dimensions);
  await eventually(
    async () => (await told('ECS/ContainerInsights', 'RunningTaskCount', 'Maximum')) === 1 || null,
    'a task that is counted',
  );
  const memory = await eventually(() => told('AWS/ECS', 'MemoryUtilization', 'Maximum'), 'its memory');
  // A Node process has more than 20 MB and less than half of 2 GB.
  expect(memory).toBeGreaterThan(1);
  expect(memory).toBeLessThan(50);
  await eventually(
    async () => ((await told('AWS/ECS', 'CPUUtilization', 'Maximum')) ?? 0) > 20 || null,
    'a busy processor',
  );
  expect(await told('AWS/ECS', 'CPUUtilization', 'Maximum', service.slice(0, 1))).toBeGreaterThan(20);
});

test("an alarm on the load balancer's own metric goes red with the answers", async () => {
  const engine = await testEngine();
  const { port, loadBalancer, targetGroup } = await site(engine);
  const client = cloudwatchOf(engine);
  await client.putMetricAlarm({
    AlarmName: 'broken',
    Namespace: 'AWS/ApplicationELB',
    MetricName: 'HTTPCode_Target_5XX_Count',
    Dimensions: [targetGroup, loadBalancer],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
  const state = async (wanted: string) =>
    (await client.describeAlarms({})).MetricAlarms?.[0]?.StateValue === wanted || null;
  await eventually(() => state('OK'), 'an alarm that is off');
  // It is red for the minute behind each: whoever looks too late sees the next.
  await eventually(async () => {
    await fetch(`http://127.0.0.1:${port}/500`);
    return state('ALARM');
  }, 'a red alarm');
  await eventually(() => state('OK'), 'an alarm that is off again');
});
