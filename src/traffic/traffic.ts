import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TrafficOptions, TrafficOrder, TrafficReport, TrafficSample, TrafficSummary } from './words.ts';
import { shortPauses } from '../process/short-pauses.ts';

export interface Traffic {
  readonly pid: number;
  /** Requests due from now on also count towards this phase; null ends it. A phase may be entered again. */
  phase(name: string | null): void;
  /** Stops, waits for what is in flight, and tells all. May be called again. */
  stop(): Promise<TrafficSummary>;
  /** Resolves when it has ended, for whatever reason; rejects when the client died without a summary. */
  readonly ended: Promise<TrafficSummary>;
}

export interface TrafficStart extends TrafficOptions {
  /** The file of main.ts, or of what it was bundled to. */
  readonly entry: string;
  /** The Node.js that runs it. */
  readonly node: string;
  readonly onSample: (sample: TrafficSample) => void;
}

/**
 * Starts a steady load in a process of its own, so that neither the deployer's work disturbs the measurement nor the
 * measurement the deployer. Resolves once requests are being sent. It stops by itself when this process dies.
 */
export async function startTraffic(start: TrafficStart): Promise<Traffic> {
  const { entry, node, onSample, ...options } = start;
  // In a group of its own: a Ctrl-C is for us to act upon, and users do not stop when somebody else does.
  const child = spawn(node, [...shortPauses, entry], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<TrafficSummary>();
  // Whoever waits for one of the two is told; nobody has to.
  ended.promise.catch(() => {});
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4_000)));
  // Writing to a client that has just ended is no failure of ours: its end is told below.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report: TrafficReport = JSON.parse(line);
    if ('started' in report) started.resolve();
    else if ('sample' in report) onSample(report.sample);
    else ended.resolve(report.summary);
  });
  const fail = (cause: Error): void => {
    started.reject(cause);
    ended.reject(cause);
  };
  child.on('error', fail);
  child.on('close', (code, signal) =>
    fail(new Error(`the traffic client ended by itself (${signal ?? `exit code ${code}`}) ${errors}`.trim())),
  );

  const write = (line: TrafficOptions | TrafficOrder): boolean =>
    child.stdin.write(`${JSON.stringify(line)}\n`);
  write(options);
  await started.promise;
  return {
    pid: child.pid ?? 0,
    phase: (name) => void write({ phase: name }),
    stop: () => {
      child.stdin.end(`${JSON.stringify({ stop: true } satisfies TrafficOrder)}\n`);
      return ended.promise;
    },
    ended: ended.promise,
  };
}
