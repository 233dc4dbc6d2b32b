import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { startLoad, type Result } from '../../src/traffic/load.ts';
import { getRequest } from '../../src/traffic/words.ts';
import { randomness } from '../simulation/random.ts';
import { alive } from '../traffic/alive.ts';
import { pidOf, programPids } from './truth.ts';
import type { Run, Workbench } from './workbench.ts';

export const victims = ['engine', 'balancer', 'deployer', 'web task', 'worker task'] as const;
type Victim = (typeof victims)[number];

/** Whom to kill, and when: once the deployment has told so many lines, and some milliseconds later. */
interface Kill {
  readonly victim: Victim;
  readonly after: number;
  readonly delay: number;
  /** Which of several tasks, from 0 up to 1. */
  readonly which: number;
}

/** About as many lines as a deployment tells: moments are spread over what happens, however long that takes. */
const linesTold = 30;
const longestDelay = 100;

/** What is killed in each deployment. Everybody is the first victim of one in five; every other one has a second. */
export function killsOf(seed: number, deployments: number): readonly (readonly Kill[])[] {
  const random = randomness(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const kill = (victim: Victim): Kill => ({
    victim,
    after: below(linesTold),
    delay: below(longestDelay),
    which: random(),
  });
  let round: Victim[] = [];
  return Array.from({ length: deployments }, () => {
    if (round.length === 0) round = [...victims];
    const [first = 'engine'] = round.splice(below(round.length), 1);
    // Of the two tasks of a service one must be left, or nobody could keep what is promised.
    const others = victims.filter((victim) => victim !== 'web task' || first !== 'web task');
    const second = others[below(others.length)] ?? 'engine';
    const kills = random() < 0.5 ? [kill(first)] : [kill(first), kill(second)];
    return kills.toSorted((a, b) => a.after - b.after);
  });
}

/** As in a test's name: `engine after 12 lines + 40 ms`. */
export function killInWords({ victim, after, delay }: Kill): string {
  return `${victim} after ${after} lines + ${delay} ms`;
}

/** From the moment somebody was killed until that could cost nobody a request any more, on the clock of `performance.now()`. */
interface Window {
  readonly victim: Victim;
  readonly from: number;
  to: number;
  /** Requests that were waiting for an answer when it opened. */
  open: number;
}

/** Users at a steady rate, of whom every single one is remembered who was failed. */
interface Users {
  /** Opens the window of a kill that is about to happen. */
  open(victim: Victim): Window;
  /** When the first request that was due later than this was answered well. */
  answeredAfter(moment: number): Promise<number>;
  stop(): Promise<Toll>;
}

export interface Toll {
  readonly requests: number;
  readonly failures: readonly Result[];
  readonly windows: readonly Window[];
}

export const rate = 1_000;
const connections = 64;

/** Long enough for every wait that ends on a machine that works at all. */
const patience = 60_000;

export function startUsers(url: string): Users {
  let requests = 0;
  const failures: Result[] = [];
  const windows: Window[] = [];
  const answered = new Set<(result: Result) => void>();
  const load = startLoad(
    {
      url,
      rate,
      connections,
      requests: [getRequest('/'), getRequest('/items')],
      headers: {},
      timeout: patience,
    },
    (result) => {
      requests += 1;
      for (const window of windows) if (result.due <= window.from) window.open += endedBy(result, window);
      if (result.failed) failures.push(result);
      else for (const tell of answered) tell(result);
    },
  );
  return {
    open(victim) {
      const window = { victim, from: performance.now(), to: Number.POSITIVE_INFINITY, open: 0 };
      windows.push(window);
      return window;
    },
    answeredAfter(moment) {
      return new Promise((resolve, reject) => {
        const tell = ({ due, milliseconds }: Result): void => {
          if (due <= moment) return;
          answered.delete(tell);
          clearTimeout(timer);
          resolve(due + milliseconds);
        };
        const timer = setTimeout(() => {
          answered.delete(tell);
          reject(new Error(`nobody was answered for ${patience / 1_000} s`));
        }, patience);
        answered.add(tell);
      });
    },
    async stop() {
      await load.stop();
      return { requests, failures, windows };
    },
  };
}

/** One where the request ended after the window had opened. */
function endedBy({ due, milliseconds }: Result, { from }: Window): number {
  return due + milliseconds >= from ? 1 : 0;
}

/**
 * The failures that nothing excuses. A window excuses who was waiting while it was open, but nobody who was left
 * waiting: what held a request and died must give it back.
 */
export function unexcused({ failures, windows }: Toll): readonly Result[] {
  return failures.filter(
    (failure) => failure.error === 'timeout' || !windows.some((window) => touches(failure, window)),
  );
}

export function failureInWords({ request, due, milliseconds, status, error }: Result): string {
  const [from, to] = [due, due + milliseconds].map(Math.round);
  return `${request.method} ${request.path} from ${from} to ${to}: ${error ?? status}`;
}

export function failedIn({ failures }: Toll, window: Window): number {
  return failures.filter((failure) => touches(failure, window)).length;
}

function touches({ due, milliseconds }: Result, { from, to }: Window): boolean {
  return due <= to && due + milliseconds >= from;
}

/** How a deployment under fire went: every command it took, the last one told its end. */
export interface Ordeal {
  readonly runs: readonly Run[];
  readonly killed: readonly Victim[];
}

/** Deploys, kills as planned, and resumes as often as the deployer was killed. What comes too late is killed at rest. */
export async function deployUnderFire(
  bench: Workbench,
  users: Users,
  kills: readonly Kill[],
): Promise<Ordeal> {
  const pending = [...kills];
  const killed: Victim[] = [];
  const runs: Run[] = [];
  let told = 0;
  for (let command = 'deploy'; ; command = 'resume') {
    const run = bench.start([command, '--json']);
    const state = { over: false };
    void run.done.finally(() => (state.over = true));
    if (run.child.stdout) createInterface({ input: run.child.stdout }).on('line', () => (told += 1));
    for (let next = pending[0]; next !== undefined; next = pending[0]) {
      while (!state.over && told < next.after) await sleep(2);
      await sleep(next.delay);
      if (state.over) break;
      pending.shift();
      if (next.victim !== 'deployer') {
        killed.push(await strike(bench, users, next));
        continue;
      }
      run.child.kill('SIGKILL');
      break;
    }
    const ended = await run.done;
    runs.push(ended);
    if (ended.exitCode !== null) break;
    killed.push('deployer');
  }
  for (const kill of pending) if (kill.victim !== 'deployer') killed.push(await strike(bench, users, kill));
  return { runs, killed };
}

/** Kills, and returns once whoever watches over the victim has noticed. */
async function strike(bench: Workbench, users: Users, { victim, which }: Kill): Promise<Victim> {
  switch (victim) {
    case 'deployer':
      throw new Error('the deployer is killed by who started it');
    case 'engine': {
      // Who of the two is to start the other again must be there.
      await running(bench, 'balancer');
      await kill(await running(bench, 'engine'));
      await running(bench, 'engine');
      return victim;
    }
    case 'balancer': {
      await running(bench, 'engine');
      const pid = await running(bench, 'balancer');
      const window = users.open(victim);
      await kill(pid);
      window.to = await users.answeredAfter(performance.now());
      return victim;
    }
    case 'web task': {
      const pid = await oneOf(bench, 'server.mjs', which);
      const window = users.open(victim);
      await kill(pid);
      window.to = performance.now();
      return victim;
    }
    case 'worker task': {
      await kill(await oneOf(bench, 'worker.mjs', which));
      return victim;
    }
  }
}

async function kill(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // A task of the old release may have ended by itself just before.
    if (alive(pid)) throw error;
  }
  while (alive(pid)) await sleep(1);
}

/** The pid of the engine or the balancer, when it runs. */
async function running(bench: Workbench, who: 'engine' | 'balancer'): Promise<number> {
  let pid = 0;
  await expect
    .poll(
      async () => {
        pid = await pidOf(bench, who).catch(() => 0);
        return pid > 0 && alive(pid);
      },
      { timeout: patience, interval: 5, message: `the ${who} runs` },
    )
    .toBe(true);
  return pid;
}

/** One of the tasks that run this program, of the old release or the new. */
async function oneOf(bench: Workbench, program: string, which: number): Promise<number> {
  let pids: readonly number[] = [];
  await expect
    .poll(async () => (pids = await programPids(bench, program)).length, {
      timeout: patience,
      interval: 5,
      message: `${program} runs`,
    })
    .toBeGreaterThan(0);
  return pids[Math.floor(which * pids.length)] ?? 0;
}
