import type { AlarmMetric, DeploymentAlarm } from './environment.ts';
import type { CheckedEnvironment } from './schema/settings.ts';

type Said = CheckedEnvironment['alarms'][string];

/** The alarms that a deployment gives its services to watch. */
export function deploymentAlarms(alarms: CheckedEnvironment['alarms']): readonly DeploymentAlarm[] {
  return Object.entries(alarms).flatMap(([name, said]): readonly DeploymentAlarm[] => {
    const metric = watchable(said);
    if (metric === null) return [];
    const [when, limit] =
      said.above === undefined ? ['below' as const, said.below] : ['above' as const, said.above];
    const threshold = typeof limit === 'number' ? limit : Number.parseFloat(limit ?? '0');
    return [
      { name, metric, when, threshold, minutes: Math.max(1, said.for / 60), service: said.service ?? null },
    ];
  });
}

/** Null for what is no deployment's business, or not measured on every engine. */
function watchable({ rollBack, metric }: Said): AlarmMetric | null {
  if (!rollBack) return null;
  if (typeof metric !== 'string')
    return {
      kind: 'custom',
      namespace: metric.namespace,
      name: metric.name,
      statistic: metric.statistic,
      dimensions: metric.dimensions ?? {},
    };
  switch (metric) {
    case 'response-time':
    case 'p95':
    case 'error-rate':
    case 'cpu':
    case 'memory':
    case 'running-tasks':
    case 'failed-health-checks':
      return { kind: metric };
    case 'database-connections':
    case 'query-time':
    case 'disk':
    case 'queue-size':
      return null;
  }
}
