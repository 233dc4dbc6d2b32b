import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { begin } from '../deployments/begin.ts';
import { breakerThreshold, defaultThreshold } from '../deployments/breaker.ts';
import type { BreakerThreshold } from '../deployments/breaker.ts';
import type {
  DeploymentStrategy,
  LifecycleStage,
  Observation,
  PauseHook,
  RevisionHealth,
  Weights,
} from '../deployments/machine.ts';
import { defaultTimeoutMinutes } from '../ecs/deployment-rules.ts';
import type { Route, ServiceDeploymentRow, ServiceRevisionRow, ServiceRow, TaskRow } from '../model/ecs.ts';
import type { AppliedRules } from './applied.ts';
import { colours, isBalanced, networkingProblem, presentWeights, ruleWeights } from './weights.ts';

/** Starts a deployment: decides which colour its revision is, and hands it to the machine. */
export function beginDeployment(
  core: Core,
  service: ServiceRow,
  row: ServiceDeploymentRow,
  tasks: readonly TaskRow[],
  now: number,
): ServiceDeploymentRow {
  const target = core.tables.serviceRevisions.get(row.targetRevision);
  if (target === undefined) throw new Error(`bug: no revision ${row.targetRevision}`);
  const source =
    service.currentRevision === null
      ? null
      : (core.tables.serviceRevisions.get(service.currentRevision) ?? null);
  const strategy = strategyOf(core, row.configuration);
  const alive = tasks.filter((task) => task.lastStatus !== 'STOPPED' && task.revisionArn !== null);
  const others = alive.filter((task) => task.revisionArn !== source?.arn && task.revisionArn !== target.arn);
  const routes = resolveRoutes(core, target, source, strategy, others);
  const resolved: ServiceRevisionRow = { ...target, routes };
  core.tables.serviceRevisions.put(target.arn, resolved);
  const shifts = strategy.kind !== 'ROLLING';
  // Whatever broke off before may have left them anywhere, with or without tasks behind.
  const [production] = colours(resolved, 'production');
  const otherRevisions = new Set(others.flatMap((task) => task.revisionArn ?? []));
  const state = begin(
    {
      id: target.deploymentId,
      service: service.name,
      strategy,
      source: source?.arn ?? null,
      target: target.arn,
      desiredCount: service.desiredCount,
      balanced: isBalanced(routes),
      tested: shifts && colours(resolved, 'test').length > 0,
      hooks: hooksOf(core, row.configuration),
      breaker: {
        enabled: row.configuration.deploymentCircuitBreaker?.enable ?? false,
        rollback: row.configuration.deploymentCircuitBreaker?.rollback ?? false,
        threshold: breakerThreshold(thresholdOf(row.configuration), service.desiredCount),
        resetOnHealthyTask: row.configuration.deploymentCircuitBreaker?.resetOnHealthyTask ?? true,
      },
      alarms:
        row.configuration.alarms?.enable === true
          ? { rollback: row.configuration.alarms.rollback ?? false }
          : null,
      reconciles: others.length > 0,
      production: production === undefined ? null : presentWeights(core, production),
      assumptions: core.settings.assumptions,
    },
    now,
  );
  const sources = [...(source === null ? [] : [source.arn]), ...otherRevisions];
  return { ...row, state, sources, updatedAt: now };
}

export function thresholdOf(configuration: DeploymentConfiguration): BreakerThreshold {
  const given = configuration.deploymentCircuitBreaker?.thresholdConfiguration;
  if (given?.type === undefined || given.value === undefined) return defaultThreshold;
  return { type: given.type, value: given.value };
}

function strategyOf(core: Core, configuration: DeploymentConfiguration): DeploymentStrategy {
  const { minuteMs } = core.settings;
  const bakeMs = (configuration.bakeTimeInMinutes ?? 0) * minuteMs;
  switch (configuration.strategy) {
    case 'BLUE_GREEN':
      return { kind: 'BLUE_GREEN', bakeMs };
    case 'LINEAR': {
      const { stepPercent = 10, stepBakeTimeInMinutes = 6 } = configuration.linearConfiguration ?? {};
      return { kind: 'LINEAR', stepPercent, stepBakeMs: stepBakeTimeInMinutes * minuteMs, bakeMs };
    }
    case 'CANARY': {
      const { canaryPercent = 5, canaryBakeTimeInMinutes = 10 } = configuration.canaryConfiguration ?? {};
      return { kind: 'CANARY', canaryPercent, canaryBakeMs: canaryBakeTimeInMinutes * minuteMs, bakeMs };
    }
    case 'ROLLING':
    case undefined:
      return {
        kind: 'ROLLING',
        minimumHealthyPercent: configuration.minimumHealthyPercent ?? 100,
        maximumPercent: configuration.maximumPercent ?? 200,
        bakeMs: rollingBakeMinutes(configuration) * minuteMs,
        ...earlySuccess(configuration),
      };
  }
}

/** ECS computes the bake of a rolling deployment from its alarms, and does not say how. Without alarms there is none. */
const alarmBakeMinutes = 5;

function rollingBakeMinutes({ bakeTimeInMinutes, alarms }: DeploymentConfiguration): number {
  return alarms?.enable === true ? (bakeTimeInMinutes ?? alarmBakeMinutes) : 0;
}

function earlySuccess({
  earlySuccessCriteria: criteria,
}: DeploymentConfiguration): Pick<Extract<DeploymentStrategy, { kind: 'ROLLING' }>, 'earlySuccess'> {
  if (criteria?.enable !== true) return {};
  const { healthyPercent = 100, sourceServiceRevisionCleanup = 'BLOCKING' } = criteria;
  return { earlySuccess: { healthyPercent, cleanup: sourceServiceRevisionCleanup } };
}

function hooksOf(core: Core, configuration: DeploymentConfiguration): readonly PauseHook[] {
  return (configuration.lifecycleHooks ?? []).map((hook) => {
    const stages: readonly LifecycleStage[] = hook.lifecycleStages ?? [];
    const { timeoutInMinutes = defaultTimeoutMinutes, action = 'ROLLBACK' } = hook.timeoutConfiguration ?? {};
    return { stages, timeoutMs: timeoutInMinutes * core.settings.minuteMs, timeoutAction: action };
  });
}

/**
 * Blue and green alternate between the two groups of a load balancer: green takes the one that blue has not. A rolling
 * deployment stays where the tasks are. Tasks of a first deployment that was superseded keep their group too, so
 * that what serves already goes on serving.
 */
function resolveRoutes(
  core: Core,
  target: ServiceRevisionRow,
  source: ServiceRevisionRow | null,
  strategy: DeploymentStrategy,
  others: readonly TaskRow[],
): readonly Route[] {
  const left = core.tables.serviceRevisions.get(others[0]?.revisionArn ?? '');
  return target.loadBalancers.map((loadBalancer): Route => {
    const primary = loadBalancer.targetGroupArn ?? '';
    const alternate = loadBalancer.advancedConfiguration?.alternateTargetGroupArn ?? null;
    const before = (source ?? left)?.routes?.find(
      (route) => route.targetGroupArn === primary || route.targetGroupArn === alternate,
    );
    const present = before?.targetGroupArn ?? null;
    const swap = present !== null && source !== null && strategy.kind !== 'ROLLING' && alternate !== null;
    const group = swap ? (present === primary ? alternate : primary) : (present ?? primary);
    return {
      targetGroupArn: group,
      alternateTargetGroupArn: alternate === null ? null : group === primary ? alternate : primary,
      productionRule: loadBalancer.advancedConfiguration?.productionListenerRule ?? null,
      testRule: loadBalancer.advancedConfiguration?.testListenerRule ?? null,
      containerName: loadBalancer.containerName ?? '',
      containerPort: loadBalancer.containerPort ?? 0,
    };
  });
}

/** What the machine needs to know of the world. */
export function observe(
  core: Core,
  row: ServiceDeploymentRow,
  tasks: readonly TaskRow[],
  applied: AppliedRules,
): Observation {
  const { state, configuration } = row;
  const target = core.tables.serviceRevisions.get(row.targetRevision);
  if (state === null || target === undefined) throw new Error(`bug: ${row.arn} is observed before it began`);
  const shifts = state.strategy.kind !== 'ROLLING' && state.balanced;
  const others = tasks.filter(
    (task) =>
      task.revisionArn !== state.source && task.revisionArn !== state.target && task.lastStatus !== 'STOPPED',
  );
  return {
    source: state.source === null ? null : health(row, tasks, state.source),
    target: health(row, tasks, state.target),
    others: others.length === 0 ? null : { ...count(others), failed: 0, failedInARow: 0 },
    production: acknowledged(target, 'production', state.desired.production, applied),
    test: acknowledged(target, 'test', state.desired.test, applied),
    networkingProblem: shifts ? networkingProblem(core, target) : null,
    alarms:
      configuration.alarms?.enable === true ? core.alarms.inAlarm(configuration.alarms.alarmNames ?? []) : [],
    requests: row.requests,
  };
}

/** The wanted weights once the balancer has them on every rule; null while it has not. */
function acknowledged(
  target: ServiceRevisionRow,
  kind: 'production' | 'test',
  wanted: Weights | null,
  applied: AppliedRules,
): Weights | null {
  if (wanted === null) return null;
  const weights = ruleWeights(wanted);
  const all = colours(target, kind).every(({ rule, source, target: green }) => {
    const groups = applied.weights(rule);
    return (
      groups !== null &&
      (groups.get(source) ?? 0) === weights.source &&
      (groups.get(green) ?? 0) === weights.target
    );
  });
  return all ? wanted : null;
}

function health(row: ServiceDeploymentRow, tasks: readonly TaskRow[], revision: string): RevisionHealth {
  const failures = row.failures[revision] ?? { failed: 0, inARow: 0 };
  return {
    ...count(tasks.filter((task) => task.revisionArn === revision)),
    failed: failures.failed,
    failedInARow: failures.inARow,
  };
}

function count(tasks: readonly TaskRow[]): Pick<RevisionHealth, 'running' | 'healthy' | 'remaining'> {
  return {
    running: tasks.filter((task) => task.lastStatus === 'RUNNING' || task.lastStatus === 'DEACTIVATING')
      .length,
    healthy: tasks.filter(
      (task) =>
        task.desiredStatus === 'RUNNING' && task.lastStatus === 'RUNNING' && task.healthySince !== null,
    ).length,
    remaining: tasks.filter((task) => task.lastStatus !== 'STOPPED').length,
  };
}
