export interface LogGroupRow {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  /** Absent: events are kept for as long as their stream is. */
  readonly retentionInDays?: number | undefined;
}

/** One container's output, whose lines stay with the task runtime; or what a client puts (`runtimeId` null). */
export interface LogStreamRow {
  readonly group: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly runtimeId: string | null;
}

export const streamKey = (group: string, name: string): string => `${group}\n${name}`;
