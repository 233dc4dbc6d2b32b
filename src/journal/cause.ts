import type { Evidence } from './evidence.ts';

/** Why a deployment did not go through: one sentence, and what shows it. */
export interface Cause {
  readonly code: CauseCode;
  readonly service: string | null;
  readonly what: string;
  readonly evidence: readonly Evidence[];
}

/** docs/verdicts.md says what each means. */
export const causeCodes = [
  'build-failed',
  'migration-refused',
  'migration-failed',
  'task-exited',
  'never-healthy',
  'gate-failed',
  'failed-during-bake',
  'engine-rolled-back',
  'superseded',
  'stopped-elsewhere',
  'interrupted',
  'update-failed',
  'lease-lost',
] as const;

export type CauseCode = (typeof causeCodes)[number];

export type Verdict = 'succeeded' | 'nothing-to-do' | 'refused' | 'rolled-back' | 'needs-attention';
