import type { Evidence } from './evidence.ts';

/** Why a deployment did not go through: one sentence, and what shows it. */
export interface Cause {
  readonly code: CauseCode;
  readonly service: string | null;
  readonly what: string;
  readonly evidence: readonly Evidence[];
}

export type CauseCode =
  | 'build-failed'
  | 'migration-failed'
  | 'task-exited'
  | 'never-healthy'
  | 'gate-failed'
  | 'failed-during-bake'
  | 'engine-rolled-back'
  | 'pause-expired'
  | 'superseded'
  | 'stopped-elsewhere'
  | 'rollback-failed'
  | 'interrupted'
  | 'update-failed'
  | 'lease-lost';

export type Verdict = 'succeeded' | 'nothing-to-do' | 'refused' | 'rolled-back' | 'needs-attention';
