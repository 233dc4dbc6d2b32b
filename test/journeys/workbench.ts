import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startTraffic, type Traffic } from '../../src/traffic/traffic.ts';
import { getRequest, type TrafficSample } from '../../src/traffic/words.ts';
import { filesHolding, processesOf, removeFolder, type Process } from './traces.ts';
import { freePair } from '../ports.ts';
import { programs } from '../programs.ts';

const { cli } = programs;

/** What the shop's `.env` holds, and nobody may ever read. */
export const secret = 'very-secret-value-0815';

/** What the shop's releases can do wrong. */
export type Behaviour =
  | 'fine'
  | 'does-not-build'
  | 'exits-at-start'
  | 'never-healthy'
  | 'listens-elsewhere'
  | 'wrong-content'
  | 'smoke-fails'
  | 'integration-fails'
  | 'slow'
  | 'fails-under-load'
  | 'fails-for-users'
  | 'crashes-in-bake'
  | 'migration-fails'
  | 'migration-fails-halfway'
  | 'migrates-slowly';

/** One document or event a line, as `--json` prints them. */
export type Json = Readonly<Record<string, unknown>>;

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly Json[];
  /** The events of the journal among the lines. */
  readonly events: readonly Json[];
  readonly last: Json;
}

export interface Started {
  readonly child: ChildProcess;
  readonly done: Promise<Run>;
  /** Resolves with the first event that `holds` these values; rejects when the command ends without one. */
  event(wanted: Json): Promise<Json>;
}

export interface WorkbenchOptions {
  /** Makes another app than the shop in a folder, with a port of its own. */
  readonly app?: (folder: string, port: number) => Promise<void>;
  /** Options of the engine: `--minute-ms 3000`. */
  readonly engine?: string;
  /** Variables of every command. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The real command line against a real engine of its own, in a home of its own. */
export interface Workbench extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly shop: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Makes the shop's source that of a release. */
  release(version: string, behaviour?: Behaviour): Promise<void>;
  /** Runs a command to its end. */
  fairway(...words: readonly string[]): Promise<Run>;
  /** Starts a command and leaves it running; `env` is added to the workbench's, `input` comes through a pipe. */
  start(words: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Started;
  /** A command that is killed the moment it has told an event that `holds` these values. */
  fairwayDyingAt(event: Json, ...words: readonly string[]): Promise<Run>;
  /** The same, with variables added to the workbench's. */
  startDyingAt(event: Json, words: readonly string[], env: Readonly<Record<string, string>>): Started;
  /** Users at a steady rate, each request of whom counts. */
  users(rate?: number, connections?: number, onSample?: (sample: TrafficSample) => void): Promise<Traffic>;
  get(path: string): Promise<unknown>;
}

export async function openWorkbench({
  app,
  engine = '',
  env: more = {},
}: WorkbenchOptions = {}): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'journey-'));
  const home = join(folder, 'home');
  const shop = join(folder, 'shop');
  await mkdir(home);
  const port = await freePair();
  if (app) await app(shop, port);
  else await cp(join(import.meta.dirname, 'shop'), shop, { recursive: true });
  await writeFile(join(shop, '.env'), `SHOP_SECRET=${secret}\n`);
  const env: Readonly<Record<string, string>> = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    FAIRWAY_HOME: home,
    FAIRWAY_ENGINE_OPTIONS: engine,
    SHOP_PORT: String(port),
    NO_COLOR: '1',
    ...more,
  };
  const told: string[] = [];

  return {
    folder,
    home,
    shop,
    port,
    env,
    release,
    fairway: (...words) => start(words).done,
    start,
    fairwayDyingAt: (event, ...words) => startDyingAt(event, words, {}).done,
    startDyingAt,
    users,
    get,
    [Symbol.asyncDispose]: dispose,
  };

  async function release(version: string, behaviour: Behaviour = 'fine'): Promise<void> {
    await writeFile(join(shop, 'release.json'), JSON.stringify({ version, behaviour }));
  }

  function start(
    words: readonly string[],
    added: Readonly<Record<string, string>> = {},
    input?: string,
  ): Started {
    // In a group of its own, so that a test can press Ctrl-C for it and for all that it started.
    const child = spawn(process.execPath, [cli, ...words], {
      cwd: shop,
      env: { ...env, ...added },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    // A command that does not read it may have ended.
    child.stdin.on('error', () => undefined).end(input ?? '');
    let stderr = '';
    const texts: string[] = [];
    const lines: Json[] = [];
    const events: Json[] = [];
    const awaited = new Set<{
      wanted: Json;
      resolve: (event: Json) => void;
      reject: (error: Error) => void;
    }>();
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    createInterface({ input: child.stdout }).on('line', (text) => {
      texts.push(text);
      const line = objectOf(text);
      if (line === null) return;
      lines.push(line);
      const event = line['event'];
      if (typeof event !== 'object' || event === null) return;
      events.push({ ...event });
      for (const one of awaited) {
        if (!holds({ ...event }, one.wanted)) continue;
        awaited.delete(one);
        one.resolve({ ...event });
      }
    });
    const done = new Promise<Run>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => {
        const stdout = texts.join('\n');
        told.push(stdout, stderr);
        for (const one of awaited)
          one.reject(new Error(`ended without ${JSON.stringify(one.wanted)}:\n${stdout}\n${stderr}`));
        resolve({ exitCode, stdout, stderr, lines, events, last: lines.at(-1) ?? {} });
      });
    });
    return {
      child,
      done,
      event: (wanted) =>
        new Promise((resolve, reject) => {
          const seen = events.find((event) => holds(event, wanted));
          if (seen) resolve(seen);
          else awaited.add({ wanted, resolve, reject });
        }),
    };
  }

  function startDyingAt(
    event: Json,
    words: readonly string[],
    added: Readonly<Record<string, string>>,
  ): Started {
    const preload = pathToFileURL(join(import.meta.dirname, 'dies-at.mjs')).href;
    return start(words, { ...added, NODE_OPTIONS: `--import=${preload}`, DIES_AT: JSON.stringify(event) });
  }

  function users(
    rate = 50,
    connections = 8,
    onSample: (sample: TrafficSample) => void = () => undefined,
  ): Promise<Traffic> {
    return startTraffic({
      entry: programs.traffic,
      node: process.execPath,
      url: `http://127.0.0.1:${port}`,
      rate,
      connections,
      requests: [getRequest('/'), getRequest('/items')],
      headers: {},
      timeout: 10_000,
      onSample,
    });
  }

  async function get(path: string): Promise<unknown> {
    return (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  }

  /** Takes everything down, and complains of what was left over or told that should not have been. */
  async function dispose(): Promise<void> {
    const down = await start(['down', '--all']).done;
    const left = await staying(folder);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    // An app's own log holds what the app says; nothing of Fairway's own may.
    const leaked = (await filesHolding(home, secret)).filter(
      (file) => !/\/runtime\/tasks\/[^/]+\/(log|exit\.json)/.test(file),
    );
    const said = told.find((text) => text.includes(secret));
    const engineLog = await readFile(join(home, 'engine', 'engine.log'), 'utf8').catch(() => '');
    const faults = engineLog.split('\n').filter((line) => line.includes('"what":"bug"'));
    await removeFolder(folder);
    if (left.length > 0)
      throw new Error(
        `left over after \`down --all\` (${down.stderr}): ${left.map(({ command }) => command).join('; ')}\n${engineLog.slice(-2000)}`,
      );
    if (faults.length > 0) throw new Error(`the engine had faults: ${faults.join('\n')}`);
    if (leaked.length > 0) throw new Error(`a secret stands in ${leaked.join(', ')}`);
    if (said !== undefined) throw new Error(`a secret was told:\n${said}`);
  }
}

/** The processes that stay: one that was told to end may take a moment to be gone. */
async function staying(folder: string): Promise<readonly Process[]> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const left = await processesOf(folder);
    if (left.length === 0 || performance.now() > deadline) return left;
    await pause(50);
  }
}

/** What a failed expectation needs to say of a run. */
export function brief({ last, stderr }: Pick<Run, 'last' | 'stderr'>): string {
  return `${JSON.stringify(last)}\n${stderr}`.slice(0, 3000);
}

/**
 * Whether an event has all these values; of a list, one. A stage that passes between two readings of a deployer is not
 * told, so a test that wants something to happen at one names those that follow it too.
 */
export function holds(event: Json | undefined, wanted: Json): boolean {
  return Object.entries(wanted).every(([key, value]) => [value].flat().includes(event?.[key]));
}

function objectOf(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
