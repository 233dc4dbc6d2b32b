import { setTimeout as pause } from 'node:timers/promises';
import type { EngineAddress } from '../../ecs/address.ts';
import { connect, type Clients } from '../../ecs/clients.ts';
import { isPassing } from '../../ecs/failure.ts';
import { followLog, type LogFollower } from '../../ecs/logs.ts';
import { writeJson } from '../session.ts';
import { logLineText, struckLines, type LogSource, type ServiceLine } from './log-line.ts';

export interface Following {
  /** Starts none: one that was stopped on purpose stays so. */
  readonly findEngine: () => Promise<EngineAddress | null>;
  /** How many lines to begin with. */
  readonly lines: number;
  readonly json: boolean;
  readonly secrets: (clients: Clients) => Promise<readonly string[]>;
}

/** Milliseconds from one reading to the next. */
const interval = 500;

interface Followed {
  readonly name: string;
  readonly log: LogFollower;
}

interface Reading {
  /** Of services that were read for the first time: all of their last lines, of which only the newest are told. */
  readonly first: readonly ServiceLine[];
  readonly more: readonly ServiceLine[];
  readonly whole: boolean;
}

/** Tells the newest lines and then every new one, until interrupted or nobody reads any more. */
export async function follow(sources: readonly LogSource[], following: Following): Promise<number> {
  const { signal, dispose } = untilInterrupted();
  const followed: readonly Followed[] = sources.map(({ name, group, prefix }) => ({
    name,
    log: followLog({ group, streamPrefix: prefix, lines: following.lines }),
  }));
  const begun = new Set<string>();
  const secrets = new Set<string>();
  let clients: Clients | null = null;
  let silent = false;
  try {
    while (!signal.aborted) {
      const due = pause(interval, undefined, { signal }).catch(() => undefined);
      clients ??= await connectAgain(following);
      const read = clients === null ? null : await readAll(clients);
      if (read !== null) {
        tell(read.first.slice(-following.lines));
        tell(read.more);
      }
      const answers = read?.whole === true;
      if (!answers) {
        clients?.close();
        clients = null;
        if (!silent && !signal.aborted) console.error('the engine does not answer; waiting for it');
      }
      silent = !answers;
      await due;
    }
    return 0;
  } finally {
    clients?.close();
    dispose();
  }

  /** What was read of one service is told even where another could not be read: it is not read again. */
  async function readAll(from: Clients): Promise<Reading | null> {
    if (!(await learnSecrets(from))) return null;
    const read = await Promise.allSettled(
      followed.map(async ({ name, log }) => ({ name, lines: await log.next(from, signal) })),
    );
    const [first, more]: [ServiceLine[], ServiceLine[]] = [[], []];
    for (const one of read) {
      if (one.status === 'rejected') {
        if (!signal.aborted && !isPassing(one.reason)) throw one.reason;
        continue;
      }
      const { name, lines } = one.value;
      (begun.has(name) ? more : first).push(...lines.map((line) => ({ service: name, ...line })));
      begun.add(name);
    }
    return {
      first: first.toSorted((a, b) => a.at - b.at),
      more: more.toSorted((a, b) => a.at - b.at),
      whole: read.every(({ status }) => status === 'fulfilled'),
    };
  }

  /** A deployment brings new secrets, and what still runs knows the old ones. */
  async function learnSecrets(from: Clients): Promise<boolean> {
    try {
      for (const secret of await following.secrets(from)) secrets.add(secret);
      return true;
    } catch (error) {
      if (isPassing(error)) return false;
      throw error;
    }
  }

  function tell(lines: readonly ServiceLine[]): void {
    for (const line of struckLines(lines, secrets))
      if (following.json) writeJson(line);
      else console.log(logLineText(line));
  }
}

async function connectAgain({ findEngine }: Following): Promise<Clients | null> {
  const engine = await findEngine();
  return engine === null ? null : connect(engine);
}

function untilInterrupted(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  // Whoever read our output has had enough: `fairway logs --follow | head`.
  process.stdout.on('error', stop);
  return { signal: controller.signal, dispose: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
}
