import type {
  DeploymentConfiguration,
  DeploymentLifecycleHook,
  DeploymentLifecycleHookStage,
} from '@aws-sdk/client-ecs';
import { invalidParameter, unsupportedFeature } from './failures.ts';
import { checkBelonging, kept, shiftConfiguration } from './strategy-configuration.ts';

const stages: readonly DeploymentLifecycleHookStage[] = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
];

/** Throws ECS's InvalidParameterException for the first rule that the configuration breaks, and fills in ECS's defaults. */
export function deploymentConfiguration(
  given: DeploymentConfiguration,
  before: DeploymentConfiguration | null,
): DeploymentConfiguration {
  const strategy = given.strategy ?? before?.strategy ?? 'ROLLING';
  checkBelonging(given, strategy);
  const merged: DeploymentConfiguration = {
    ...kept(before, strategy),
    ...given,
    strategy,
    ...shiftConfiguration(given, before, strategy),
  };
  const maximumPercent = merged.maximumPercent ?? 200;
  const minimumHealthyPercent = merged.minimumHealthyPercent ?? 100;
  if (maximumPercent < 100)
    throw invalidParameter('The maximumPercent value must be greater than or equal to 100.');
  if (minimumHealthyPercent < 0 || minimumHealthyPercent > 100)
    throw invalidParameter('The minimumHealthyPercent value must be between 0 and 100.');
  if (strategy === 'ROLLING' && maximumPercent === 100 && minimumHealthyPercent === 100) {
    throw invalidParameter(
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    );
  }
  if (strategy === 'BLUE_GREEN' && merged.bakeTimeInMinutes === undefined) {
    throw invalidParameter('bakeTimeInMinutes must be provided when the deployment strategy is BLUE_GREEN.');
  }
  checkMinutes('bakeTimeInMinutes', merged.bakeTimeInMinutes);
  checkPercent('canaryPercent', merged.canaryConfiguration?.canaryPercent, 0.1);
  checkMinutes('canaryBakeTimeInMinutes', merged.canaryConfiguration?.canaryBakeTimeInMinutes);
  checkPercent('stepPercent', merged.linearConfiguration?.stepPercent, 3);
  checkMinutes('stepBakeTimeInMinutes', merged.linearConfiguration?.stepBakeTimeInMinutes);
  checkHooks(merged.lifecycleHooks ?? []);
  checkAlarms(merged);
  checkBreaker(merged);
  checkEarlySuccess(merged, minimumHealthyPercent);
  const { deploymentCircuitBreaker: breaker } = merged;
  return {
    ...merged,
    maximumPercent,
    minimumHealthyPercent,
    ...(breaker === undefined && strategy === 'ROLLING'
      ? { deploymentCircuitBreaker: { enable: false, rollback: false } }
      : {}),
  };
}

function checkMinutes(name: string, minutes: number | undefined): void {
  if (minutes === undefined) return;
  if (!Number.isInteger(minutes) || minutes < 0 || minutes > 1440)
    throw invalidParameter(`${name} must be between 0 and 1440.`);
}

function checkPercent(name: string, percent: number | undefined, least: number): void {
  if (percent === undefined) return;
  const tenths = Math.round(percent * 10);
  if (percent < least || percent > 100 || Math.abs(tenths - percent * 10) > 1e-6) {
    throw invalidParameter(`${name} must be a multiple of 0.1 from ${least.toFixed(1)} to 100.0.`);
  }
}

function checkAlarms({ alarms }: DeploymentConfiguration): void {
  if (alarms?.enable !== true) return;
  const names = alarms.alarmNames ?? [];
  if (names.length === 0 || names.includes(''))
    throw invalidParameter('alarmNames must be provided when the deployment alarms are enabled.');
}

function checkBreaker({ deploymentCircuitBreaker: breaker }: DeploymentConfiguration): void {
  const { type, value } = breaker?.thresholdConfiguration ?? { type: undefined, value: undefined };
  if (value === undefined) return;
  const most = type === 'BOUNDED_PERCENT' ? 100 : Number.MAX_SAFE_INTEGER;
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw invalidParameter(
      `The value of thresholdConfiguration must be an integer ${type === 'BOUNDED_PERCENT' ? 'between 1 and 100' : 'greater than 0'}.`,
    );
}

function checkEarlySuccess(
  { earlySuccessCriteria: criteria, strategy }: DeploymentConfiguration,
  minimumHealthyPercent: number,
): void {
  if (criteria?.enable !== true) return;
  if (strategy !== 'ROLLING')
    throw invalidParameter('earlySuccessCriteria is only valid when the deployment strategy is ROLLING.');
  const { healthyPercent, sourceServiceRevisionCleanup } = criteria;
  if (healthyPercent === undefined || sourceServiceRevisionCleanup === undefined)
    throw invalidParameter(
      'healthyPercent and sourceServiceRevisionCleanup must be provided when earlySuccessCriteria is enabled.',
    );
  if (!Number.isInteger(healthyPercent) || healthyPercent < minimumHealthyPercent || healthyPercent > 100)
    throw invalidParameter('healthyPercent must be an integer between the minimumHealthyPercent and 100.');
}

function checkHooks(hooks: readonly DeploymentLifecycleHook[]): void {
  if (hooks.filter((hook) => hook.targetType === 'PAUSE').length > 10)
    throw invalidParameter('A service can have at most 10 PAUSE lifecycle hooks.');
  for (const hook of hooks) {
    if (hook.targetType !== 'PAUSE')
      throw unsupportedFeature(
        'This engine does not invoke AWS_LAMBDA lifecycle hooks; use targetType PAUSE.',
      );
    if (hook.hookTargetArn !== undefined)
      throw invalidParameter('hookTargetArn is not applicable for PAUSE lifecycle hooks.');
    const hookStages = hook.lifecycleStages ?? [];
    if (hookStages.length === 0)
      throw invalidParameter('lifecycleStages must be provided for a lifecycle hook.');
    for (const stage of hookStages) {
      if (!stages.includes(stage)) throw invalidParameter(`Invalid lifecycle stage: ${stage}.`);
      if (stage === 'TEST_TRAFFIC_SHIFT' || stage === 'PRODUCTION_TRAFFIC_SHIFT') {
        throw invalidParameter(`PAUSE lifecycle hooks cannot be configured at the ${stage} stage.`);
      }
    }
    const minutes = hook.timeoutConfiguration?.timeoutInMinutes ?? defaultTimeoutMinutes;
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > 20_160)
      throw invalidParameter('timeoutInMinutes must be between 1 and 20160.');
  }
}

/** 24 hours (SDK, DeploymentLifecycleHookTimeoutConfiguration). */
export const defaultTimeoutMinutes = 1440;
