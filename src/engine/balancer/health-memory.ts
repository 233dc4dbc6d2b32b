import type { TargetHealth } from './balancer.ts';
import type { TargetConfig } from './wanted.ts';
import type { Health } from './health.ts';
import type { StateFolder } from './state-folder.ts';

const FILE = 'balancer-health.json';
const DELAY_MS = 20;

interface Remembered {
  readonly groupArn: string;
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly state: string;
}

/**
 * Which targets were healthy. A balancer that was killed takes its targets up where it left them, instead of answering 503
 * until each has passed a check again; the checks that it begins at once put right what has changed since.
 */
export class HealthMemory {
  readonly #folder: StateFolder;
  readonly #current: () => readonly TargetHealth[];
  readonly #log: (line: string) => void;
  #remembered: readonly Remembered[];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: StateFolder, current: () => readonly TargetHealth[], log: (line: string) => void) {
    this.#folder = folder;
    this.#current = current;
    this.#log = log;
    const saved = folder.read(FILE);
    this.#remembered = Array.isArray(saved) ? saved.filter(isRemembered) : [];
  }

  recall(groupArn: string, { id, host, port }: TargetConfig): Health | null {
    const found = this.#remembered.find(
      (one) => one.groupArn === groupArn && one.id === id && one.host === host && one.port === port,
    );
    return found?.state === 'healthy' ? { state: 'healthy', passes: 1, failures: 0 } : null;
  }

  /** Only the first config is about targets of the balancer before. */
  forget(): void {
    this.#remembered = [];
  }

  /** Saved shortly, many changes at once. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#save());
    }, DELAY_MS);
  }

  async #save(): Promise<void> {
    const value = this.#current().map(({ groupArn, id, host, port, health }) => ({
      groupArn,
      id,
      host,
      port,
      state: health.state,
    }));
    try {
      await this.#folder.write(FILE, value);
    } catch (error) {
      // Without it the next balancer checks each target first, which is slower and not wrong.
      this.#log(`cannot save the health of targets: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
  }
}

function isRemembered(value: unknown): value is Remembered {
  return (
    typeof value === 'object' &&
    value !== null &&
    'groupArn' in value &&
    'id' in value &&
    'host' in value &&
    'port' in value &&
    'state' in value
  );
}
