import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning } from '../../process/identity.ts';
import { stepBack } from '../../process/priority.ts';
import { StateFailure } from '../state/failure.ts';
import { asStateFailure } from '../state/sqlite.ts';
import { isStopping, markStopping, stoppingFile } from '../stopping.ts';
import { readArguments, usage, UsageError, wordsOf } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { prepareFolder, startEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { watchFolder } from './folder-watch.ts';
import { engineFile, ownFile, readAddress } from './files.ts';
import type { EngineAddress } from './files.ts';
import { takeLock } from './lock.ts';
import { openLog } from './log.ts';

const exitCodes = { 'engine-version': 3, 'no-space': 4, 'state-damaged': 5 } as const;
/** How long the engine that holds the lock may take to say who it is: one that starts on a busy machine takes its time. */
const otherReadyMs = 60_000;
const stopMs = 120_000;

/**
 * The engine's process. It says one JSON line: `ready`, `already-running` or `stopped` on stdout; on stderr
 * `{code, message}`. Exit codes: 0 as asked; 1 a bug; 2 arguments; 3 `engine-version`; 4 `no-space`; 5 `state-damaged`.
 */
export async function runProgram(words: readonly string[], programUrl: string): Promise<void> {
  // Whoever started us may have gone.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  try {
    await run(words, programUrl);
  } catch (failure) {
    if (failure instanceof UsageError) {
      complain('usage', `${failure.message}\n${usage}`);
      process.exit(2);
    }
    // What is written beside the state meets the same full disk.
    const known = asStateFailure(failure);
    if (known instanceof StateFailure) {
      complain(known.code, known.message);
      process.exit(exitCodes[known.code]);
    }
    complain('bug', failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
    process.exit(1);
  }
}

async function run(words: readonly string[], programUrl: string): Promise<void> {
  const given = readArguments(words);
  if (given.again && isStopped(given.state)) return;
  prepareFolder(given.state);
  const lock = takeLock(ownFile(join(given.state, 'engine.lock')));
  if (lock === null) return given.again ? undefined : withOther(given);
  if (given.again && isStopped(given.state)) return lock.release();
  if (given.stopAll) markStopping(given.state, 'all');
  else rmSync(stoppingFile(given.state), { force: true });
  // No request goes through the engine: the balancer and the tasks go first.
  stepBack(process.pid);
  const log = openLog(join(given.state, 'engine.log'), Date.now);
  const program = fileURLToPath(programUrl);
  // The engine may be started again by its balancer, from wherever that runs.
  const again = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    program,
    '--again',
    ...wordsOf(given),
  ];
  const [balancerProgram, ...balancerWords] = given.balancerCommand ?? defaultBalancer(program);
  const starting = startEngine({
    given,
    log,
    program,
    balancerCommand: [
      balancerProgram ?? process.execPath,
      ...balancerWords,
      '--state',
      given.state,
      '--engine-command',
      JSON.stringify(again),
    ],
  });
  let ending = false;
  const end = (how: (engine: Engine) => Promise<void>, exitCode = 0): void => {
    if (ending) return;
    ending = true;
    starting.then(how).then(
      () => {
        lock.release();
        process.exit(exitCode);
      },
      (failure: unknown) => {
        log('bug', {
          reason: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure),
        });
        process.exit(1);
      },
    );
  };
  // Before anybody can know of this engine.
  process.on('SIGTERM', () => end((engine) => engine.leave()));
  process.on('SIGINT', () => end((engine) => engine.leave()));
  process.on('SIGUSR2', () => end((engine) => engine.stopAll()));
  process.on('uncaughtException', (failure) => {
    log('bug', { reason: failure.stack ?? failure.message });
    process.exit(1);
  });
  const engine = await starting;
  watchFolder(given.state, () => {
    complain(
      'state-damaged',
      `The folder ${given.state} was removed: its engine stops all that it ran, and ends.`,
    );
    end((abandoned) => abandoned.abandon(), exitCodes['state-damaged']);
  });
  if (given.stopAll) {
    end(async () => {
      await engine.stopAll();
      say({ event: 'stopped' });
    });
  } else say({ event: 'ready', ...engine.address });
}

/** Somebody stopped the engine, or removed its folder, after the balancer had decided to start it. */
const isStopped = (folder: string): boolean => isStopping(folder) || !existsSync(engineFile(folder));

/** Another engine has the folder: that is as good as being it; or it is told to stop. */
async function withOther(given: Arguments): Promise<void> {
  const other = await liveEngine(given.state);
  if (other === null)
    throw new Error(`another process holds ${join(given.state, 'engine.lock')} and does not become ready`);
  if (!given.stopAll) return say({ event: 'already-running', ...other });
  markStopping(given.state, 'all');
  process.kill(other.pid, 'SIGUSR2');
  const until = performance.now() + stopMs;
  while (isRunning(other)) {
    if (performance.now() > until) throw new Error(`the engine (pid ${other.pid}) does not stop`);
    await pause(20);
  }
  say({ event: 'stopped' });
}

async function liveEngine(folder: string): Promise<EngineAddress | null> {
  const until = performance.now() + otherReadyMs;
  for (;;) {
    const address = readAddress(folder);
    if (address !== null && isRunning(address)) return address;
    if (performance.now() > until) return null;
    await pause(20);
  }
}

/** Beside this program, under the name that it has there. */
function defaultBalancer(program: string): readonly string[] {
  const beside = program.endsWith('.ts') ? 'balancer/main.ts' : 'balancer.js';
  return [process.execPath, join(program, '..', beside)];
}

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const complain = (code: string, message: string): void =>
  void process.stderr.write(`${JSON.stringify({ code, message })}\n`);
