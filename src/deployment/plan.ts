import type { Strategy } from '../app/environment.ts';
import type { PlatformChange } from '../ecs/platform/settings.ts';
import type { TaskDefinitionInput } from '../ecs/task-definition.ts';
import type { Image } from '../release/build.ts';
import type { FormerService } from './former.ts';

/** What a deployment would do, before anything is done. Data: what is printed is what will run. */
export interface DeploymentPlan {
  readonly app: string;
  readonly environment: string;
  readonly strategy: Strategy['kind'];
  readonly services: readonly ServicePlan[];
  /** How services are reached and watched, where that is to be otherwise: ports on this machine, routes, health checks. */
  readonly platform: readonly PlatformChange[];
  readonly migrates: boolean;
  /** Whether the SQL that is pending is looked at before it is applied. */
  readonly classifies: boolean;
  readonly gates: readonly string[];
}

export type ServicePlan =
  | {
      readonly change: 'none';
      readonly service: string;
      readonly serving: string;
      readonly image: WantedImage;
    }
  /** It runs, and the description no longer has it. */
  | {
      readonly change: 'remove';
      readonly service: string;
      readonly kind: FormerService['kind'];
      readonly serving: string | null;
    }
  | ({
      readonly change: 'create' | 'update';
      readonly service: string;
      readonly serving: string | null;
    } & Wanted);

export interface Wanted {
  readonly image: WantedImage;
  /** `path: before → after`, for people; secrets by reference only. */
  readonly differences: readonly string[];
  readonly definition: TaskDefinitionInput;
}

export type WantedImage =
  | { readonly kind: 'built'; readonly reference: string }
  /** It was built on this machine; the repository does not have it, so its digest there is not known yet. */
  | {
      readonly kind: 'unpushed';
      readonly source: string;
      readonly image: Image;
      readonly repository: string;
    }
  /** The source was never built, so its digest is not known before the build. Null: it is pushed nowhere. */
  | { readonly kind: 'unbuilt'; readonly source: string; readonly repository: string | null };

export function nothingToDo(plan: DeploymentPlan): boolean {
  return sameServices(plan) && plan.platform.length === 0;
}

/** No service is deployed, though an address, a route or a health check may change. */
export function sameServices(plan: DeploymentPlan): boolean {
  return plan.services.every(({ change }) => change === 'none');
}

export function changeWords({ subject, from, to }: PlatformChange): string {
  return `${subject}: ${from} → ${to}`;
}
