import type { HistoryItemType, PutMetricAlarmInput, StateValue } from '@aws-sdk/client-cloudwatch';

export interface AlarmRow {
  readonly name: string;
  readonly arn: string;
  readonly settings: AlarmSettings;
  readonly configuredAt: number;
  readonly state: AlarmState;
  /** When the state was last said, though it may be the same as before, and when it last became another. */
  readonly stateUpdatedAt: number;
  readonly stateTransitionedAt: number;
}

/** As the client put them. */
export type AlarmSettings = Omit<PutMetricAlarmInput, 'AlarmName' | 'Tags'>;

export interface AlarmState {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON. */
  readonly reasonData: string | null;
}

export interface AlarmHistoryRow {
  readonly alarm: string;
  /** Newest first, at most 100. */
  readonly items: readonly AlarmHistoryEntry[];
}

export interface AlarmHistoryEntry {
  readonly at: number;
  readonly type: HistoryItemType;
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

export interface DashboardRow {
  readonly name: string;
  readonly arn: string;
  readonly body: string;
  readonly modifiedAt: number;
}
