import type { DeploymentConfiguration, DeploymentStrategy } from '@aws-sdk/client-ecs';
import { invalidParameter } from './failures.ts';

/** Parts of a configuration that one strategy alone has (SDK: "Only valid when the deployment strategy is …"). */
const belonging: readonly {
  readonly part: 'linearConfiguration' | 'canaryConfiguration';
  readonly of: DeploymentStrategy;
}[] = [
  { part: 'linearConfiguration', of: 'LINEAR' },
  { part: 'canaryConfiguration', of: 'CANARY' },
];

export function checkBelonging(given: DeploymentConfiguration, strategy: DeploymentStrategy): void {
  for (const { part, of } of belonging) {
    if (given[part] !== undefined && strategy !== of)
      throw invalidParameter(`${part} is only valid when the deployment strategy is ${of}.`);
  }
}

/** What an update does not name stays, except what belonged to the strategy that the service had before. */
export function kept(
  before: DeploymentConfiguration | null,
  strategy: DeploymentStrategy,
): DeploymentConfiguration {
  const rest = { ...before };
  for (const { part, of } of belonging) if (strategy !== of) delete rest[part];
  if (strategy !== 'ROLLING') delete rest.earlySuccessCriteria;
  return rest;
}

/** How fast traffic is shifted, with the SDK's defaults for what nobody has said. */
export function shiftConfiguration(
  given: DeploymentConfiguration,
  before: DeploymentConfiguration | null,
  strategy: DeploymentStrategy,
): DeploymentConfiguration {
  switch (strategy) {
    case 'LINEAR': {
      const { stepPercent = 10, stepBakeTimeInMinutes = 6 } =
        given.linearConfiguration ?? before?.linearConfiguration ?? {};
      return { linearConfiguration: { stepPercent, stepBakeTimeInMinutes } };
    }
    case 'CANARY': {
      const { canaryPercent = 5, canaryBakeTimeInMinutes = 10 } =
        given.canaryConfiguration ?? before?.canaryConfiguration ?? {};
      return { canaryConfiguration: { canaryPercent, canaryBakeTimeInMinutes } };
    }
    case 'ROLLING':
    case 'BLUE_GREEN':
      return {};
  }
}
