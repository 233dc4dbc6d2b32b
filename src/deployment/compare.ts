import type { Comparison } from '../app/environment.ts';
import { readGroupTraffic, readSlowShare } from '../ecs/group-traffic.ts';
import type { AppState } from '../ecs/state.ts';
import type { Step } from '../journal/barrier.ts';
import type { Cause } from '../journal/cause.ts';
import { barriersOf, shareAt, stepNumber, type Rollout, type RolloutService } from '../journal/rollout.ts';
import type { Evidence } from '../journal/evidence.ts';
import { startLoad, type Load } from '../traffic/load.ts';
import { compareGroups, slowestFor, type Compared } from './comparison.ts';
import type { Deployment, Tools } from './context.ts';
import { crashedSince, failedTasks, type Reach } from './judge.ts';

/**
 * How often both are looked at, and how long what they did may take to show (milliseconds); and the periods of what is
 * measured (seconds).
 */
const pace = {
  embedded: { look: 500, lag: 20_000, period: 5 },
  aws: { look: 15_000, lag: 180_000, period: 60 },
} as const;

/** Requests a second of our own, where users ask too little. */
const mostHelp = 100;

/**
 * A barrier between two steps: some users are on green and the others on blue. Green must keep its tasks, and be no worse
 * than blue, for as long as the strategy says; without enough requests to tell, it gets no more of them.
 */
export async function compare(
  deployment: Deployment,
  tools: Tools,
  rollout: Rollout,
  barrier: Step,
  users: Reach | null,
  latest: () => AppState,
  signal: AbortSignal,
): Promise<Cause | null> {
  const { strategy } = deployment.environment;
  // Before the first step nobody is on green; and a description may have changed since the rollout was planned.
  if (stepNumber(barrier) === 1 || (strategy.kind !== 'canary' && strategy.kind !== 'linear')) return null;
  const limits = strategy.compare;
  const { look, lag, period } = pace[tools.clients.address.kind];
  const since = tools.clock();
  // What shares a period with the gates, or with the step before, is not of this one.
  const from = Math.ceil(since / (period * 1000)) * period * 1000;
  const until = from + strategy.watch * 1000;
  const failedBefore = failedTasks(rollout, latest());
  const sharing = rollout.services.filter((service) => barriersOf(service).includes(barrier));
  const share = Math.max(...sharing.map((service) => shareAt(service, barrier)));
  tools.report({ kind: 'step', step: 'compare', detail: `${share} % on green, ${strategy.watch} s` });
  const help = createHelp(limits, users, strategy.watch);
  try {
    while (!signal.aborted) {
      const crashed = await crashedSince(deployment, tools, rollout, failedBefore, since, latest());
      if (crashed) return crashed;
      const now = tools.clock();
      if (now <= from) {
        await tools.pause(look);
        continue;
      }
      const compared = await Promise.all(sharing.map(lookAt));
      if (signal.aborted) return null;
      const worse = compared.find(({ is }) => is === 'worse');
      if (worse) return await decided(worse, false);
      const thin = compared.find(({ is }) => is === 'thin');
      if (now >= until && !thin) return await decided(together(compared), true);
      if (thin && now >= until + lag) return await decided(thin, false);
      if (thin && now >= (from + until) / 2) help.start(share);
      await tools.pause(look);
    }
    return null;
  } finally {
    help.stop();
  }

  async function lookAt({ service }: RolloutService): Promise<Judged> {
    const loadBalancer = deployment.handovers.get(service)?.loadBalancer;
    if (!loadBalancer) throw new Error(`${service} shifts traffic without a load balancer`);
    const reading = latest().services[service];
    const groups = reading?.kind === 'present' ? reading.deployment?.groups : undefined;
    if (!groups || groups.blue === null || groups.green === null)
      return {
        service,
        is: 'thin',
        summary: 'the engine does not say what is behind blue and green',
        figures: [],
      };
    const query = { loadBalancer, from: new Date(from), until: new Date(tools.clock()), period };
    const [old, fresh] = await readGroupTraffic(tools.clients, query, [groups.blue, groups.green]);
    if (!old || !fresh) throw new Error('the engine measures fewer target groups than it was asked for');
    const slowest = slowestFor(limits, old);
    const slow = slowest === null ? null : await readSlowShare(tools.clients, query, groups.green, slowest);
    return { service, ...compareGroups(limits, old, fresh, slow) };
  }

  async function decided({ service, summary, figures }: Judged, isGood: boolean): Promise<Cause | null> {
    const gate = `${service} with ${share} % of the traffic`;
    const seconds = (tools.clock() - since) / 1000;
    const evidence: readonly Evidence[] = [{ kind: 'figures', figures }];
    if (isGood) {
      await deployment.append({ type: 'gate.passed', gate, summary, seconds });
      return null;
    }
    await deployment.append({ type: 'gate.failed', gate, summary, seconds, evidence });
    return { code: 'gate-failed', service, what: `${gate}: ${summary}`, evidence };
  }
}

type Judged = Compared & { readonly service: string };

function together(compared: readonly Judged[]): Judged {
  return {
    is: 'as-good',
    service: compared.map(({ service }) => service).join(', '),
    summary: compared.map(({ summary }) => summary).join('; '),
    figures: compared.flatMap(({ figures }) => figures),
  };
}

/** Requests of our own, through the balancer as those of users, so that blue and green get theirs by weight. */
function createHelp({ path, requests }: Comparison, users: Reach | null, watch: number) {
  let load: Load | null = null;
  return { start, stop };

  function start(share: number): void {
    if (load || path === null || users === null) return;
    const needed = requests / (Math.min(share, 100 - share) / 100);
    const rate = Math.min(mostHelp, Math.max(1, Math.ceil(needed / Math.max(1, watch / 2))));
    const request = { method: 'GET', path, headers: {}, body: null };
    const { url, headers } = users;
    load = startLoad(
      { url, headers, rate, connections: 8, requests: [request], timeout: 10_000 },
      () => undefined,
    );
  }

  function stop(): void {
    load?.abort();
  }
}
