import type { TaskDefinitionInput } from '../ecs/task-definition.ts';

/** What a deployment would do, before anything is done. Data: what is printed is what will run. */
export interface DeploymentPlan {
  readonly app: string;
  readonly environment: string;
  readonly strategy: 'rolling' | 'blue-green';
  readonly services: readonly ServicePlan[];
  /** Ports on this machine that users or tests come in at, and that are to be others. */
  readonly moves: readonly Move[];
  readonly migrates: boolean;
  readonly gates: readonly string[];
}

export interface Move {
  readonly port: 'public' | 'test';
  readonly from: number;
  readonly to: number;
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
  return sameServices(plan) && plan.moves.length === 0;
}

/** No service is deployed, though an address may move. */
export function sameServices(plan: DeploymentPlan): boolean {
  return plan.services.every(({ change }) => change === 'none');
}

export function moveWords({ port, from, to }: Move): string {
  return `${port} port: ${from} → ${to}`;
}
