import type { Assumptions } from './deployments/machine.ts';

/** How this engine runs; all in milliseconds unless the name says otherwise. */
export interface Settings {
  /** What ECS calls a minute: bake times and the time-outs of pauses. 60,000 unless a test or a rehearsal shortens it. */
  readonly minuteMs: number;
  /** What ELB calls a second: health-check intervals, deregistration delays, grace periods. */
  readonly secondMs: number;
  /** A task without a load balancer counts as healthy after this long (ECS: 40 s). */
  readonly settleMs: number;
  /** First pause after a failed task; it doubles with every further one, up to `restartDelayMaxMs`. */
  readonly restartDelayMs: number;
  readonly restartDelayMaxMs: number;
  /** Stopped tasks are described for this long (ECS: one hour). */
  readonly keepStoppedMs: number;
  /** And the latest of every service whatever their age. */
  readonly keepStoppedPerService: number;
  /** Where named volumes of scope `shared` are kept. */
  readonly volumes: string;
  readonly assumptions: Assumptions;
}

export const defaultSettings: Omit<Settings, 'assumptions' | 'volumes'> = {
  minuteMs: 60_000,
  secondMs: 1000,
  settleMs: 250,
  restartDelayMs: 200,
  restartDelayMaxMs: 60_000,
  keepStoppedMs: 3_600_000,
  keepStoppedPerService: 10,
};
