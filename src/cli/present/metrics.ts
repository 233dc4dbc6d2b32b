/** One service in the last minutes; null is what there is no data of. Times are milliseconds. */
export interface MetricsRow {
  readonly service: string;
  readonly kind: 'web' | 'worker';
  readonly requestsPerSecond: number | null;
  readonly errors: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Percent of what is set aside for a task. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly tasks: { readonly running: number; readonly desired: number } | null;
}

const head = ['service', 'requests/s', 'errors', 'p50', 'p95', 'p99', 'CPU', 'memory', 'running'];

export function metricsText(rows: readonly MetricsRow[], minutes: number): string {
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const table = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const span = minutes === 1 ? 'the last minute' : `the last ${minutes} minutes`;
  return [
    ...table,
    '',
    `${span}; p50, p95 and p99 are those of the slowest minute, CPU and memory the average share of what a task has`,
  ].join('\n');
}

function cellsOf(row: MetricsRow): readonly string[] {
  // No request reaches a worker by the load balancer: that is not data that is missing.
  const ofWeb = (cell: string): string => (row.kind === 'web' ? cell : '-');
  return [
    row.service,
    ofWeb(told(row.requestsPerSecond, (value) => value.toFixed(value < 10 ? 2 : 0))),
    ofWeb(told(row.errors, String)),
    ...[row.p50, row.p95, row.p99].map((time) => ofWeb(told(time, milliseconds))),
    told(row.cpu, percent),
    told(row.memory, percent),
    row.tasks === null ? 'no data' : `${row.tasks.running} of ${row.tasks.desired}`,
  ];
}

const told = (value: number | null, words: (value: number) => string): string =>
  value === null ? 'no data' : words(value);

const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

const percent = (value: number): string => `${value.toFixed(1)} %`;
