export interface LogGroupRow {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
}

/** One container's output. Its lines stay with the task runtime; the row says where. */
export interface LogStreamRow {
  readonly group: string;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly runtimeId: string;
}

export const streamKey = (group: string, name: string): string => `${group}\n${name}`;
