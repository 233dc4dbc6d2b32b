import type { Core } from '../core.ts';
import { serviceArn } from '../model/arn.ts';
import type { ScalableTargetRow } from '../model/autoscaling.ts';
import type { ServiceRow } from '../model/ecs.ts';
import { objectNotFound, validation } from './failures.ts';

export const namespace = 'ecs';
export const dimension = 'ecs:service:DesiredCount';

/** What every operation names its resource by. */
export interface Named {
  readonly ServiceNamespace?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ScalableDimension?: string | undefined;
}

export function checkNamespace({ ServiceNamespace: asked, ScalableDimension: scaled }: Named): void {
  if (asked !== namespace || (scaled !== undefined && scaled !== dimension)) {
    throw validation(
      `Unsupported service namespace, resource type or scalable dimension: this engine scales ${dimension} of ${namespace}.`,
    );
  }
}

/** The service of `service/cluster/name`; undefined when there is none that could be scaled. */
export function serviceOf(core: Core, resourceId: string): ServiceRow | undefined {
  const [kind, cluster = '', name = '', ...more] = resourceId.split('/');
  if (kind !== 'service' || more.length > 0) return undefined;
  const row = core.tables.services.get(serviceArn(core.account, cluster, name));
  return row?.status === 'ACTIVE' ? row : undefined;
}

export function registeredTarget(core: Core, named: Named, verb: 'found' | 'registered'): ScalableTargetRow {
  checkNamespace(named);
  const row = core.tables.scalableTargets.get(named.ResourceId ?? '');
  if (row === undefined) {
    throw objectNotFound(
      `No scalable target ${verb} for service namespace: ${namespace}, resource ID: ${named.ResourceId}, scalable dimension: ${dimension}`,
    );
  }
  return row;
}

/** What every description repeats. */
export const asNamed = (resourceId: string) =>
  ({ ServiceNamespace: namespace, ResourceId: resourceId, ScalableDimension: dimension }) as const;
