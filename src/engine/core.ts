import type { Telemetry } from './cloudwatch/telemetry.ts';
import type { Account } from './model/arn.ts';
import type { Ids } from './model/ids.ts';
import type { TargetRow } from './model/elb.ts';
import type { Tables } from './model/tables.ts';
import type { Settings } from './settings.ts';
import type { Vault } from './vault.ts';
import type { State } from './state/state.ts';
import type { TaskRuntime } from './tasks/runtime.ts';

/** What operations and the scheduler work on. */
export interface Core {
  readonly state: State;
  readonly tables: Tables;
  readonly account: Account;
  readonly ids: Ids;
  readonly settings: Settings;
  readonly runtime: TaskRuntime;
  readonly traffic: Traffic;
  readonly alarms: AlarmWatch;
  readonly telemetry: Telemetry;
  readonly vault: Vault;
}

/** What the operations need to know of the balancer. */
export interface Traffic {
  /** Health of a target; null while the balancer has not told of it. */
  target(target: TargetRow): TargetHealth | null;
  /** Why a port cannot be listened on; null when it can. */
  portProblem(port: number): Promise<string | null>;
}

/** What deployments need to know of CloudWatch's alarms. */
export interface AlarmWatch {
  /** Names, of those asked for, that are in ALARM now. */
  inAlarm(names: readonly string[]): readonly string[];
}

export interface TargetHealth {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'drained';
  readonly reason: string | null;
  readonly description: string | null;
}
