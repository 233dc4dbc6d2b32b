import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../process/identity.ts';
import { readBalancerAddress } from '../balancer/control.ts';
import { stopsAll } from '../stopping.ts';
import type { Log } from './log.ts';

/** How often it is looked whether a balancer runs that an engine before this one started. Of its own this one hears at once. */
const lookMs = 100;
/** One that ends sooner has failed at its start. */
const failedStartMs = 250;
/** How long a started balancer may take to say where it is before another is started. */
const startMs = 5000;
const mostLogBytes = 5 * 1024 * 1024;

/** Starts the balancer, and again when it has died. One that runs already is kept. */
export class BalancerWatch {
  readonly #folder: string;
  readonly #command: readonly string[];
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #stopped = false;
  #startedAt: number | null = null;
  #child: ChildProcess | null = null;

  constructor(folder: string, command: readonly string[], log: Log) {
    this.#folder = folder;
    this.#command = command;
    this.#log = log;
    this.#look();
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** Whether the balancer that this engine has started runs, be it ready or not. */
  startedRuns(): boolean {
    return this.#child?.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  endStarted(): void {
    if (this.startedRuns()) this.#child?.kill('SIGTERM');
  }

  #look(): void {
    try {
      this.#startWhereMissing();
    } catch (failure) {
      // No room for its log, say: it is tried again.
      this.#log('balancer.not-started', { reason: String(failure) });
    }
  }

  #startWhereMissing(): void {
    const address = readBalancerAddress(this.#folder);
    if (address !== null && isRunning(address)) {
      this.#startedAt = null;
      return;
    }
    if (this.#startedAt !== null && performance.now() - this.#startedAt < startMs) return;
    this.#start();
  }

  #start(): void {
    const [program, ...words] = this.#command;
    if (program === undefined) return;
    this.#startedAt = performance.now();
    const output = logFile(join(this.#folder, 'balancer.log'));
    // To let tasks be drained there must be one, though all others leave now.
    const last = stopsAll(this.#folder) ? ['--last'] : [];
    const child = spawn(program, [...words, ...last], {
      detached: true,
      stdio: ['ignore', 'ignore', output],
      cwd: this.#folder,
    });
    closeSync(output);
    this.#child = child;
    this.#log('balancer.started', { pid: child.pid });
    const ended = (how: string) => {
      this.#log('balancer.ended', { how });
      // One that fails at its start is not tried again before its time is up.
      if (this.#startedAt !== null && performance.now() - this.#startedAt > failedStartMs)
        this.#startedAt = null;
      if (!this.#stopped) this.#look();
    };
    child.once('error', (failure) => ended(failure.message));
    child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    child.unref();
  }
}

function logFile(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > mostLogBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
