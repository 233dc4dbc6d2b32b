import type { Environment } from '../app/environment.ts';
import { exitCodes, type Outcome } from '../deployment/verdict.ts';
import type { Tools } from '../deployment/context.ts';
import { listHandovers, type Handover } from '../ecs/handover.ts';
import type { Untold } from '../notice/channel.ts';
import type { Progress } from '../deployment/progress.ts';
import { timeline } from '../deployment/timeline.ts';
import type { Entry } from '../journal/event.ts';
import { stepBack } from '../process/priority.ts';
import { Refusal } from '../refusal.ts';
import { homeOf } from './home.ts';
import { footOf } from './present/foot.ts';
import { lineOf } from './present/lines.ts';
import { outcomeJson, outcomeText } from './present/outcome.ts';
import { openTerminal } from './present/terminal.ts';
import { assemble } from './tools.ts';

export interface StreamOptions {
  readonly json: boolean;
  readonly app: string | undefined;
}

/** A job on an environment: from the description on disk to an outcome. */
export interface Job {
  /** As people are told of it. */
  readonly name: 'deploy' | 'rollback' | 'resume';
  readonly run: Run;
}

type Run = (load: () => Promise<Environment>, tools: Tools) => Promise<Outcome>;

/**
 * Runs a deployment-like job and tells it as it happens: lines for people, or with `--json` one event a line, the last
 * of which holds verdict, exit code and cause. Interrupting once rolls back; twice leaves at once.
 */
export async function runStreaming(
  environmentName: string,
  options: StreamOptions,
  job: Job,
): Promise<number> {
  stepBack(process.pid);
  const home = homeOf(process.env);
  const environment = await loadEnvironment(options.app, environmentName);
  const { signal, dispose } = interruption();
  const terminal = openTerminal(process.stdout, Date.now);
  const report = (progress: Progress): void => {
    if (options.json) {
      if (progress.kind === 'entry') writeJson({ deployment: progress.deployment, ...progress.entry });
      return;
    }
    // First, so that the line does not bring back what is no longer waited for.
    const foot = footOf(progress);
    if (foot !== null) terminal.live(foot === '' ? '' : `          ${foot}`);
    const line = lineOf(progress);
    if (line) terminal.line(line);
  };
  try {
    const { engine } = environment;
    const asked = engine.kind === 'embedded' ? 'the engine' : `AWS in ${engine.region}`;
    if (!options.json) terminal.live(`          waiting for ${asked}`);
    const tools = await assemble(environment, { home, report, interrupted: signal });
    try {
      const startedAt = tools.clock();
      const outcome = await job.run(() => Promise.resolve(environment), tools);
      const address = await usersOf(environment, tools);
      const telling = tell(environment, tools, { outcome, job: job.name, startedAt, address });
      const entries = outcome.deployment === null ? [] : await entriesOf(tools, outcome.deployment);
      if (!options.json) terminal.text(`\n${outcomeText(outcome, timeline(entries), address)}`);
      const untold = await telling;
      if (options.json)
        writeJson({ ...outcomeJson(outcome, timeline(entries)), ...(untold.length > 0 ? { untold } : {}) });
      else for (const { channel, why } of untold) terminal.text(`could not tell ${channel}: ${why}`);
      return exitCodes[outcome.verdict];
    } finally {
      tools.clients.close();
    }
  } finally {
    terminal.end();
    dispose();
  }
}

/** A journal that cannot be read any more costs the times in the summary, and not the verdict. */
async function entriesOf({ journal }: Tools, deployment: string): Promise<readonly Entry[]> {
  try {
    return (await journal.read(deployment)).entries;
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

export async function loadEnvironment(app: string | undefined, name: string): Promise<Environment> {
  const { loadApp } = await import('../app/load.ts');
  const { resolve } = await import('../app/resolve.ts');
  return resolve(await loadApp(app ?? process.cwd()), name);
}

/** Where users are to come in, by the description. */
export function addressOf({ engine, services }: Environment): string | null {
  const web = services.some(({ kind }) => kind === 'web');
  return engine.kind === 'embedded' && web ? `http://127.0.0.1:${engine.port}` : null;
}

/** Where users come in: what the engine listens on, and not what the description would like. */
async function usersOf(environment: Environment, { clients }: Tools): Promise<string | null> {
  try {
    return publicAddress(await listHandovers(clients, environment.app, environment.name));
  } catch {
    // Nobody comes in where the engine is away, and that is told already.
    return null;
  }
}

export function publicAddress(handovers: ReadonlyMap<string, Pick<Handover, 'loadBalancer'>>): string | null {
  const balanced = [...handovers.values()].find(({ loadBalancer }) => loadBalancer !== null);
  return balanced?.loadBalancer?.url ?? null;
}

interface Ended {
  readonly outcome: Outcome;
  readonly job: Job['name'];
  readonly startedAt: number;
  readonly address: string | null;
}

/** Whoever wants to know. What the receivers make of it changes nothing. */
async function tell(
  environment: Environment,
  { clients, clock, who }: Tools,
  { outcome, job, startedAt, address: url }: Ended,
): Promise<readonly Untold[]> {
  // What a rehearsal on this machine does is no news.
  if (environment.engine.kind === 'embedded') return [];
  const { tellPeople } = await import('../notice/tell.ts');
  const { verdict, cause, deployment, release } = outcome;
  const { app, name } = environment;
  const ended = { verdict, cause, deployment, release, startedAt, endedAt: clock(), by: who, url };
  return tellPeople({ environment, clients, env: process.env }, { app, environment: name, job, ...ended });
}

export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function interruption(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(
      '\ninterrupted: rolling back what was begun; once more leaves at once (the engine then rolls back when its pause runs out)\n',
    );
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
