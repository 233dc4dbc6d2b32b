import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { onTestFinished } from 'vitest';
import { known, testEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';

export const resource = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/test/web',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;

export function scalingClients(folder: string) {
  const { endpoint, region } = JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'));
  const options = { endpoint, region, credentials, maxAttempts: 10 };
  return { autoscaling: new ApplicationAutoScaling(options), cloudwatch: new CloudWatch(options) };
}

/** A minute of the engine's. */
const minuteMs = 200;
/** Fewer than a policy that scales in looks at: those after a change are told anew before it does. */
const minutesAhead = 12;

/** An engine with a service of a worker, and clients for what scales it. */
export async function scaledService(desiredCount = 1) {
  const engine = await testEngine(['--minute-ms', String(minuteMs)]);
  const { ecs } = engine.clients;
  const image = await engine.image({ 'run.sh': `trap 'exit 0' TERM; while :; do sleep 0.05; done` }, [
    'sh',
    'run.sh',
  ]);
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'web',
    memory: '512',
    containerDefinitions: [{ name: 'web', image }],
  });
  await ecs.createService({ cluster: 'test', serviceName: 'web', taskDefinition: 'web', desiredCount });
  const service = async () =>
    known((await ecs.describeServices({ cluster: 'test', services: ['web'] })).services?.[0]);
  const counts = async (desired: number) =>
    eventually(async () => {
      const { desiredCount, runningCount } = await service();
      return (desiredCount === desired && runningCount === desired) || null;
    }, `${desired} tasks`);
  await counts(desiredCount);
  const { autoscaling, cloudwatch } = scalingClients(engine.folder);
  return {
    engine,
    ecs,
    cloudwatch,
    autoscaling,
    service,
    counts,
    /**
     * A load that is spread over the tasks there are: each has what there is for so many, divided by their number. It is told
     * for some minutes to come, too: a minute that nobody measures ends what policies count, and on a busy machine so short a
     * one easily goes by.
     */
    measure: (total: (tasks: number) => number): void => {
      const ending = new AbortController();
      onTestFinished(() => ending.abort());
      void (async () => {
        while (!ending.signal.aborted) {
          const tasks = Math.max(1, (await service()).runningCount ?? 1);
          const Value = total(tasks) / tasks;
          const now = Date.now();
          const times = Array.from({ length: minutesAhead }, (_, index) => new Date(now + index * minuteMs));
          await cloudwatch.putMetricData({
            Namespace: 'Test',
            MetricData: times.map((Timestamp) => ({ MetricName: 'Load', Timestamp, Value })),
          });
          await pause(50);
        }
      })().catch(() => undefined);
    },
  };
}
