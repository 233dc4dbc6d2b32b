import type { Barrier } from './barrier.ts';
import type { Cause, Verdict } from './cause.ts';
import type { Evidence, HarmfulStatement } from './evidence.ts';
import type { Rollout } from './rollout.ts';

/**
 * Past-tense facts of a deployment, and intents recorded before an act so that a crash between the two is seen.
 * State is only ever a fold of these (fold.ts). Nothing secret is ever in one.
 */
export type Event =
  | {
      readonly type: 'deployment.started';
      readonly kind: DeploymentKind;
      readonly by: string;
      readonly host: string;
      readonly fairway: string;
    }
  | { readonly type: 'journal.repaired'; readonly droppedBytes: number }
  | {
      readonly type: 'release.built';
      readonly release: string;
      readonly images: Readonly<Record<string, string>>;
      readonly built: readonly string[];
      /** Services whose images were uploaded to a registry; those before it do not say. */
      readonly pushed?: readonly string[];
      readonly seconds: number;
    }
  /** The SQL that is pending was looked at, and may be applied; `harmful` is what does harm and is allowed. */
  | {
      readonly type: 'migration.classified';
      readonly statements: number;
      readonly harmful: readonly HarmfulStatement[];
    }
  | {
      readonly type: 'migration.started';
      readonly service: string;
      /** ARN of what it is run with. */
      readonly taskDefinition: string;
      readonly before: string | null;
    }
  | {
      readonly type: 'migration.finished';
      readonly before: string | null;
      readonly after: string | null;
      readonly seconds: number;
    }
  | {
      readonly type: 'migration.failed';
      readonly before: string | null;
      readonly after: string | null;
      readonly evidence: readonly Evidence[];
    }
  | { readonly type: 'rollout.planned'; readonly rollout: Rollout }
  | {
      readonly type: 'update.requested';
      readonly service: string;
      readonly previousDeployment: string | null;
    }
  | { readonly type: 'stage.entered'; readonly service: string; readonly stage: string }
  | {
      readonly type: 'traffic.shifted';
      readonly service: string;
      readonly blue: number;
      readonly green: number;
    }
  | {
      readonly type: 'gate.passed';
      readonly gate: string;
      readonly summary: string;
      readonly seconds: number;
    }
  | {
      readonly type: 'gate.failed';
      readonly gate: string;
      readonly summary: string;
      readonly seconds: number;
      readonly evidence: readonly Evidence[];
    }
  | { readonly type: 'barrier.reached'; readonly barrier: Barrier }
  | { readonly type: 'barrier.judged'; readonly barrier: Barrier; readonly cause: Cause | null }
  | {
      readonly type: 'pause.answered';
      readonly service: string;
      readonly deployment: string;
      readonly hookId: string;
      readonly barrier: Barrier;
      readonly action: Answer;
    }
  | { readonly type: 'release.committed' }
  | { readonly type: 'rollback.decided'; readonly cause: Cause }
  | { readonly type: 'stop.requested'; readonly service: string; readonly deployment: string }
  | {
      readonly type: 'restore.requested';
      readonly service: string;
      readonly revision: string;
      readonly previousDeployment: string | null;
    }
  | { readonly type: 'removal.requested'; readonly service: string }
  /** It ran, and the description no longer has it. */
  | { readonly type: 'service.retired'; readonly service: string }
  /** The same of a store; its data is kept. */
  | { readonly type: 'store.retired'; readonly store: string }
  | {
      readonly type: 'deployment.concluded';
      readonly verdict: Verdict;
      readonly cause: Cause | null;
      readonly running: Readonly<Record<string, string | null>>;
    };

export type DeploymentKind =
  | { readonly kind: 'deploy' }
  /** Back to what an earlier deployment released. */
  | { readonly kind: 'rollback'; readonly to: string };

export type Answer = 'CONTINUE' | 'ROLLBACK';

/** An event as it stands in the journal: `seq` counts from 1 without gaps, `epoch` is the lease's it was written under. */
export interface Entry {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly epoch: number;
  readonly event: Event;
}
