import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from '../src/app/environment.ts';
import { homeOf } from '../src/cli/home.ts';
import { packageRoot, program, version } from '../src/cli/package.ts';
import { footOf } from '../src/cli/present/foot.ts';
import { lineOf, bar } from '../src/cli/present/lines.ts';
import { outcomeText } from '../src/cli/present/outcome.ts';
import { bugText, problemText } from '../src/cli/present/problem.ts';
import { openTerminal } from '../src/cli/present/terminal.ts';
import { addressOf, loadEnvironment } from '../src/cli/session.ts';
import { assemble } from '../src/cli/tools.ts';
import { deploy } from '../src/deployment/run.ts';
import type { Progress } from '../src/deployment/progress.ts';
import { timeline } from '../src/deployment/timeline.ts';
import { exitCodes, type Outcome } from '../src/deployment/verdict.ts';
import { Refusal } from '../src/refusal.ts';
import { startTraffic } from '../src/traffic/traffic.ts';
import {
  getRequest,
  type TrafficRequest,
  type TrafficSample,
  type TrafficSummary,
} from '../src/traffic/words.ts';
import { overlaidCopy } from './example.ts';

/**
 * `npm start`: a real app with a real database, deployed twice on this machine. While version 2 takes the place of
 * version 1, users keep coming, and every one of their requests is counted.
 */
const example = join(packageRoot, 'examples', 'interaction-management');
const rate = 200;

const terminal = openTerminal(process.stdout, Date.now);
try {
  process.exitCode = await main();
} catch (error) {
  terminal.end();
  console.error(error instanceof Refusal ? problemText(error) : bugText(error, version()));
  process.exitCode = error instanceof Refusal ? exitCodes.refused : 1;
}

async function main(): Promise<number> {
  // 1. Version 1, from the work tree.
  heading('Deploying version 1 of examples/interaction-management');
  const first = await loadEnvironment(example, 'local');
  const address = addressOf(first);
  if (address === null) throw new Error('the example has no address on this machine');
  const firstOutcome = await run(first, null);
  if (!went(firstOutcome)) return tell(first, firstOutcome, null);

  // 2. Users come, and keep coming.
  heading(`Users come: ${rate} requests a second to ${address}`);
  const shown = showTraffic();
  const traffic = await startTraffic({
    entry: program('traffic'),
    node: process.execPath,
    url: address,
    rate,
    connections: 16,
    requests: await userRequests(address),
    headers: {},
    timeout: 10_000,
    onSample: (sample) => shown.sample(sample),
  });
  let summary: TrafficSummary;
  let secondOutcome: Outcome;
  await using second = await overlaidCopy(example, '2', join(packageRoot, 'node_modules'));
  const environment = await loadEnvironment(second.root, 'local');
  try {
    await pause(2000);

    // 3. Version 2, blue-green, under their requests.
    heading('Deploying version 2 under this traffic');
    traffic.phase('deployment');
    secondOutcome = await run(environment, shown);
    traffic.phase(null);
    await pause(1000);
  } finally {
    summary = await traffic.stop();
  }

  // 4. The verdict, and what the users saw.
  return tell(environment, secondOutcome, summary);
}

async function run(
  environment: Environment,
  shown: ReturnType<typeof showTraffic> | null,
): Promise<Outcome & { steps: ReturnType<typeof timeline> }> {
  const report = (progress: Progress): void => {
    const foot = shown === null ? footOf(progress) : null;
    if (foot !== null) terminal.live(foot === '' ? '' : `          ${foot}`);
    const line = lineOf(progress);
    if (line) terminal.line(line);
  };
  const tools = await assemble(environment, {
    home: homeOf(process.env),
    report,
    interrupted: new AbortController().signal,
  });
  try {
    const outcome = await deploy(() => Promise.resolve(environment), tools, {
      purpose: 'npm start',
      wait: 0,
    });
    const entries = outcome.deployment === null ? [] : (await tools.journal.read(outcome.deployment)).entries;
    return { ...outcome, steps: timeline(entries) };
  } finally {
    tools.clients.close();
  }
}

function went({ verdict }: Outcome): boolean {
  return verdict === 'succeeded' || verdict === 'nothing-to-do';
}

function tell(
  environment: Environment,
  outcome: Outcome & { steps?: ReturnType<typeof timeline> },
  summary: TrafficSummary | null,
): number {
  terminal.end();
  terminal.text(`\n${outcomeText(outcome, outcome.steps ?? [], addressOf(environment))}`);
  if (summary) terminal.text(`\n${summaryText(summary)}`);
  terminal.text(
    [
      '',
      'sign in as demo, password demo-password',
      'look    npx fairway -C examples/interaction-management status',
      'stop    npx fairway -C examples/interaction-management down',
    ].join('\n'),
  );
  return went(outcome) && (summary === null || summary.failed === 0) ? 0 : exitCodes[outcome.verdict] || 1;
}

function summaryText({ requests, failed, failures, phases, perVersion }: TrafficSummary): string {
  const during = phases['deployment'];
  const ms = (value: number | null | undefined) => (value == null ? '–' : `${value.toFixed(1)} ms`);
  return [
    `requests during the deployment  ${during?.requests ?? 0}, failed ${during?.failed ?? 0}`,
    `  p50 ${ms(during?.p50)} · p95 ${ms(during?.p95)} · p99 ${ms(during?.p99)} · max ${ms(during?.max)}`,
    `requests in all                 ${requests}, failed ${failed}`,
    `  ${Object.entries(perVersion)
      .map(([name, figures]) => `version ${name}: ${figures.requests}`)
      .join(' · ')}`,
    ...failures.map(({ request, status, error }) => `  failed: ${request} ${status ?? ''} ${error ?? ''}`),
  ].join('\n');
}

/** In a terminal the newest figures stand at its foot; in a pipe they are a line a second. */
function showTraffic() {
  let second: TrafficSample[] = [];
  return {
    sample(sample: TrafficSample): void {
      second.push(sample);
      terminal.live(`          ${sampleText([sample])}`);
      if (second.length < 4) return;
      if (!process.stdout.isTTY) terminal.line({ topic: 'users', text: sampleText(second), tone: 'dim' });
      second = [];
    },
  };
}

function sampleText(samples: readonly TrafficSample[]): string {
  const requests = samples.reduce((sum, sample) => sum + sample.requests, 0);
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
  const newVersion = samples.reduce((sum, { versions }) => sum + (versions['2.0.0'] ?? 0), 0);
  const share = requests === 0 ? 0 : (newVersion / requests) * 100;
  const p95 = Math.max(...samples.map((sample) => sample.p95 ?? 0));
  const rps = samples.reduce((sum, sample) => sum + sample.rps, 0) / samples.length;
  return `blue ${bar(share)} green ${share.toFixed(0).padStart(3)}%  ${rps.toFixed(0)} req/s  p95 ${p95.toFixed(1)} ms  failed ${failed}`;
}

/** What users do: open the page, and look at the list that they may see once they are signed in. */
async function userRequests(address: string): Promise<readonly TrafficRequest[]> {
  const response = await fetch(`${address}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'demo', password: 'demo-password' }),
  });
  const answer: unknown = await response.json();
  const token = typeof answer === 'object' && answer !== null && 'token' in answer ? answer.token : null;
  if (typeof token !== 'string') throw new Error(`signing in as demo answered ${response.status}`);
  const list = { ...getRequest('/api/interactions?page=1'), headers: { authorization: `Bearer ${token}` } };
  return [getRequest('/'), list, getRequest('/api/health')];
}

function heading(words: string): void {
  terminal.text(`\n${words}`);
}
