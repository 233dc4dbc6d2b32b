import type { TaskDefinitionInput } from '../ecs/task-definition.ts';

/** What a deployment would do, before anything is done. Data: what is printed is what will run. */
export interface DeploymentPlan {
  readonly app: string;
  readonly environment: string;
  readonly strategy: 'rolling' | 'blue-green';
  readonly services: readonly ServicePlan[];
  readonly migrates: boolean;
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
  | { readonly change: 'remove'; readonly service: string; readonly serving: string | null }
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

/** `unbuilt`: the source was never built here, so its digest is not known before the build. */
export type WantedImage =
  | { readonly kind: 'built'; readonly reference: string }
  | { readonly kind: 'unbuilt'; readonly source: string };

export function nothingToDo(plan: DeploymentPlan): boolean {
  return plan.services.every(({ change }) => change === 'none');
}
