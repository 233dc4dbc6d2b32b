import { spawn } from 'node:child_process';
import { isRunning, readIdentity } from '../../process/identity.ts';
import { isStopping } from '../stopping.ts';
import type { Clock } from './clock.ts';
import type { StateFolder } from './state-folder.ts';

const CHECK_MS = 250;
/** How long an engine may take from its start to its `engine.json` before another is tried. */
const START_MS = 10_000;
/** An engine that has been there this long is no failed start: the next one is not held back. */
const STEADY_MS = CHECK_MS;
const FIRST_BACK_OFF_MS = 500;
const LAST_BACK_OFF_MS = 30_000;

export interface EngineWatchOptions {
  readonly folder: StateFolder;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Called when neither an engine nor the folder is there any more. */
  readonly abandoned: () => void;
}

/**
 * Starts the engine again when it has died, unless the folder says that it is to stop. The engine is who `engine.json` names, by
 * pid and start time. One start at a time: the next only once the one before has exited, or shown itself and died, or taken too long.
 */
export class EngineWatch {
  readonly #options: EngineWatchOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt: number;
  #notBefore: number;
  #backOffMs = FIRST_BACK_OFF_MS;
  #seenSince: number | null = null;

  constructor(options: EngineWatchOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#notBefore = this.#startedAt;
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  #check(): void {
    const { folder, clock } = this.#options;
    const engine = readIdentity(folder.read('engine.json'));
    const now = clock.now();
    if (engine !== null && isRunning(engine)) {
      this.#seenSince ??= now;
      if (now - this.#seenSince >= STEADY_MS) this.#backOffMs = FIRST_BACK_OFF_MS;
      return;
    }
    this.#seenSince = null;
    if (!folder.exists()) return this.#options.abandoned();
    // An engine that has just started its balancer may not have written its own file yet.
    if (engine === null && now - this.#startedAt < START_MS) return;
    if (now >= this.#notBefore && !isStopping(folder.directory)) this.#start(now);
  }

  #start(startedAt: number): void {
    const { command, clock, log } = this.#options;
    const [program, ...args] = command;
    this.#notBefore = startedAt + START_MS;
    log(`the engine does not run: starting it (${program})`);
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    const over = (how: string) => {
      log(`the engine ended: ${how}`);
      const now = clock.now();
      if (now - startedAt >= START_MS) this.#backOffMs = FIRST_BACK_OFF_MS;
      this.#notBefore = now + this.#backOffMs;
      this.#backOffMs = Math.min(2 * this.#backOffMs, LAST_BACK_OFF_MS);
    };
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => over(signal ?? `exit code ${code}`));
    child.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
