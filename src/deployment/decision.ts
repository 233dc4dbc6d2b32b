import type { ServiceReading } from '../ecs/state.ts';
import type { Cause } from '../journal/cause.ts';
import type { Barrier } from '../journal/barrier.ts';
import type { Answer } from '../journal/event.ts';
import type { RolloutService } from '../journal/rollout.ts';
import type { Position } from './position.ts';

/** What a deployer can be told to do next. Data: what is decided is exactly what is done. */
export type Decision =
  | { readonly do: 'update'; readonly services: readonly RolloutService[] }
  | { readonly do: 'watch'; readonly for: string }
  | { readonly do: 'judge'; readonly barrier: Barrier }
  | { readonly do: 'commit' }
  | { readonly do: 'answer'; readonly pauses: readonly PauseAnswer[] }
  | { readonly do: 'roll-back'; readonly cause: Cause }
  | { readonly do: 'undo'; readonly acts: readonly UndoAct[] }
  | {
      readonly do: 'conclude';
      readonly verdict: 'succeeded' | 'rolled-back' | 'needs-attention';
      readonly cause: Cause | null;
    };

export interface PauseAnswer {
  readonly service: string;
  readonly deployment: string;
  readonly hookId: string;
  readonly barrier: Barrier;
  readonly action: Answer;
}

export type UndoAct =
  | ({ readonly act: 'answer' } & PauseAnswer)
  | { readonly act: 'stop'; readonly service: string; readonly deployment: string }
  /** Deploys the recorded revision again: past clean-up there is no blue to return to. */
  | { readonly act: 'restore'; readonly service: string; readonly revision: string }
  /** A first deployment has no blue: undoing it is deleting what was made. */
  | { readonly act: 'remove'; readonly service: string };

/**
 * How long an engine may take to show an act, and to act on the answer to a pause. What does not show by then was lost
 * (its deployer died between writing it down and doing it) and is repeated. Milliseconds.
 */
export interface Patience {
  readonly act: number;
  readonly answer: number;
}
/** Reads of ECS may be stale. */
export const actPatience = 15_000;
/** How fast ECS acts on a continue is assumed to be up to a minute. */
export const answerPatience = 75_000;
export const patienceWithEcs: Patience = { act: actPatience, answer: answerPatience };
/** Undoing, or cleaning up, that is not done by then needs a person. Milliseconds. */
export const endDeadline = 15 * 60_000;
/** One service, where it stands, and what the engine says of it. */
export interface Located {
  readonly service: RolloutService;
  readonly position: Position;
  readonly reading: ServiceReading | undefined;
}

/** When it is decided. */
export interface Moment {
  readonly now: number;
  readonly patience: Patience;
}

export function pauseAnswer(
  { service }: RolloutService,
  { deployment, hookId, barrier }: Extract<Position, { at: 'paused' }>,
  action: Answer,
): PauseAnswer {
  return { service, deployment: deployment.id, hookId, barrier, action };
}
