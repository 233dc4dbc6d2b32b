import type { MetricDataQuery, PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import type { DeploymentAlarm, Environment, ServiceMetricName } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import type { Handover } from '../handover.ts';
import { balancers, dimensionsOf, groupMeasure, queryOf, type Dimensions, type Measure } from '../metrics.ts';
import { isTaskService, type TaskService } from '../task-definition.ts';
import type { ServiceRouting } from './balancer.ts';

type Named = Pick<Environment, 'app' | 'name'>;

/** Where an alarm of a service is looked for; null routing: no request reaches it by the load balancer. */
interface Watched {
  readonly service: TaskService;
  readonly routing: ServiceRouting | null;
}

/**
 * The alarms of an environment as the engine evaluates them, one each over all services that it watches; those that are
 * no longer described stay until the release serves.
 * @returns their names at the engine; undefined where there are none and never were
 */
export async function ensureAlarms(
  clients: Clients,
  environment: Environment,
  routing: ReadonlyMap<string, ServiceRouting>,
  before: ReadonlyMap<string, Pick<Handover, 'alarms'>>,
): Promise<string[] | undefined> {
  const watched = environment.services
    .filter(isTaskService)
    .map((service) => ({ service, routing: routing.get(service.name) ?? null }));
  const wanted = environment.alarms.flatMap((alarm) => alarmInput(environment, alarm, watched) ?? []);
  const names = wanted.flatMap(({ AlarmName }) => AlarmName ?? []);
  if (wanted.length > 0) {
    const { PutMetricAlarmCommand } = await import('@aws-sdk/client-cloudwatch');
    const cloudwatch = await clients.cloudwatch();
    for (const input of wanted) await cloudwatch.send(new PutMetricAlarmCommand(input));
  }
  const hadSome = [...before.values()].some(({ alarms }) => alarms !== undefined);
  return names.length > 0 || hadSome ? names : undefined;
}

/** Every alarm that was handed over. */
export function alarmsOf(handovers: ReadonlyMap<string, Pick<Handover, 'alarms'>>): readonly string[] {
  return [...new Set([...handovers.values()].flatMap(({ alarms = [] }) => alarms))];
}

/** May be repeated. */
export async function removeAlarms(clients: Clients, AlarmNames: readonly string[]): Promise<void> {
  if (AlarmNames.length === 0) return;
  const { DeleteAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const cloudwatch = await clients.cloudwatch();
  // Of several, one that is gone already would keep all of them.
  for (const name of AlarmNames) await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
}

/** Null where no service has what it watches. */
export function alarmInput(
  { app, name }: Named,
  alarm: DeploymentAlarm,
  services: readonly Watched[],
): PutMetricAlarmCommandInput | null {
  const watched = services.filter(({ service }) => alarm.service === null || service.name === alarm.service);
  const Metrics = queriesOf(alarm, watched);
  if (Metrics === null) return null;
  const inSeconds = alarm.metric.kind === 'response-time' || alarm.metric.kind === 'p95';
  return {
    AlarmName: `${app}-${name}-${alarm.name}`,
    Metrics,
    ComparisonOperator: alarm.when === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    Threshold: inSeconds ? alarm.threshold / 1000 : alarm.threshold,
    EvaluationPeriods: alarm.minutes,
    // Where nobody asks nothing fails.
    TreatMissingData: 'notBreaching',
  };
}

function queriesOf(alarm: DeploymentAlarm, watched: readonly Watched[]): MetricDataQuery[] | null {
  const { metric } = alarm;
  switch (metric.kind) {
    case 'custom': {
      const { namespace, name, statistic: stat, dimensions } = metric;
      return [{ ...queryOf({ id: 'm0', namespace, name, stat, dimensions }, minute), ReturnData: true }];
    }
    case 'error-rate': {
      const groups = groupsOf(watched);
      if (groups.length === 0) return null;
      const sum = (name: string) => groups.map((_, index) => `FILL(${name}${index}, 0)`).join(' + ');
      return [
        ...groups.flatMap((dimensions, index) => [
          operand(groupMeasure(`r${index}`, 'RequestCount', 'Sum', dimensions)),
          operand(groupMeasure(`f${index}`, 'HTTPCode_Target_5XX_Count', 'Sum', dimensions)),
        ]),
        { Id: 'rate', Expression: `100 * (${sum('f')}) / (${sum('r')})`, ReturnData: true },
      ];
    }
    case 'response-time':
    case 'p95':
    case 'cpu':
    case 'memory':
    case 'running-tasks':
    case 'failed-health-checks':
      return worst(alarm, metric.kind, watched);
  }
}

/** Of several services the one that is worst decides. */
function worst(
  { when }: DeploymentAlarm,
  kind: Exclude<ServiceMetricName, 'error-rate'>,
  watched: readonly Watched[],
): MetricDataQuery[] | null {
  const { namespace, name, stat, of } = sources[kind];
  const dimensions = of === 'groups' ? groupsOf(watched) : watched.map(({ service }) => placeOf(service));
  if (dimensions.length === 0) return null;
  return [
    ...dimensions.map((one, index) => operand({ id: `m${index}`, namespace, name, stat, dimensions: one })),
    { Id: 'worst', Expression: when === 'above' ? 'MAX(METRICS())' : 'MIN(METRICS())', ReturnData: true },
  ];
}

const sources = {
  'response-time': { namespace: balancers, name: 'TargetResponseTime', stat: 'Average', of: 'groups' },
  p95: { namespace: balancers, name: 'TargetResponseTime', stat: 'p95', of: 'groups' },
  'failed-health-checks': { namespace: balancers, name: 'UnHealthyHostCount', stat: 'Maximum', of: 'groups' },
  cpu: { namespace: 'AWS/ECS', name: 'CPUUtilization', stat: 'Average', of: 'services' },
  memory: { namespace: 'AWS/ECS', name: 'MemoryUtilization', stat: 'Average', of: 'services' },
  'running-tasks': {
    namespace: 'ECS/ContainerInsights',
    name: 'RunningTaskCount',
    stat: 'Average',
    of: 'services',
  },
} as const;

/** Blue and green are behind a target group each, and change places. */
function groupsOf(watched: readonly Watched[]): readonly Dimensions[] {
  return watched.flatMap(({ routing }) =>
    routing === null ? [] : routing.targetGroups.map((group) => dimensionsOf(routing, group)),
  );
}

function placeOf({ cluster, engineName }: TaskService): Dimensions {
  return { ClusterName: cluster, ServiceName: engineName };
}

/** Something that an expression is made of. */
function operand(measure: Measure): MetricDataQuery {
  return { ...queryOf(measure, minute), ReturnData: false };
}

const minute = 60;
