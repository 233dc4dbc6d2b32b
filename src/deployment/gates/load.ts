import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadGate } from '../../app/environment.ts';
import { inStep } from '../../process/priority.ts';
import { startLoad, type Result } from '../../traffic/load.ts';
import { Tally } from '../../traffic/tally.ts';
import type { Figures } from '../../traffic/words.ts';
import type { Evidence, Figure } from '../../journal/evidence.ts';
import { stopped, type Finding } from './finding.ts';
import type { GateContext } from './gate.ts';

/** Of fewer, a p95 is the slowest one and says nothing. */
const fewest = 20;
/** More users at once than a gate's rate should ever need; beyond, a request waits and its waiting counts. */
const connections = 100;

/**
 * A constant rate on green while no user is there. A request counts from when it was due; what is not answered by 2xx
 * or 3xx in time is an error. Measured in this process: at a gate's rates and limits its own work does not show.
 */
export async function judgeLoad(gate: LoadGate, context: GateContext, patience = 10_000): Promise<Finding> {
  return inStep(() => measure(gate, context, patience));
}

async function measure(gate: LoadGate, context: GateContext, patience: number): Promise<Finding> {
  if (context.signal.aborted) return stopped;
  const tally = new Tally();
  const errors = new Map<string, number>();
  const warm = performance.now() + gate.warmUp * 1_000;
  const count = (result: Result): void => {
    if (result.due < warm) return;
    tally.add(result);
    if (result.failed) {
      const kind = result.error ?? `status ${result.status}`;
      errors.set(kind, (errors.get(kind) ?? 0) + 1);
    }
  };
  const request = { method: gate.method, path: gate.path, headers: gate.headers, body: null };
  const headers = context.target.headers;
  const load = startLoad(
    {
      url: context.target.url,
      rate: gate.rate,
      connections,
      requests: [request],
      headers,
      timeout: patience,
    },
    count,
  );
  const aborted = Promise.withResolvers<void>();
  const abort = (): void => {
    load.abort();
    aborted.resolve();
  };
  context.signal.addEventListener('abort', abort, { once: true });
  await sleep((gate.warmUp + gate.duration) * 1_000, undefined, { signal: context.signal }).catch(() => {});
  await Promise.race([load.stop(), aborted.promise]);
  context.signal.removeEventListener('abort', abort);
  return context.signal.aborted ? stopped : verdict(gate, tally.figures(), errors);
}

function verdict(gate: LoadGate, figures: Figures, errors: ReadonlyMap<string, number>): Finding {
  const { requests, failed, p95 } = figures;
  const rate = requests === 0 ? 0 : failed / requests;
  const faults = [];
  if (requests < fewest) faults.push(`${requests} requests are too few to judge, ${fewest} are needed`);
  if (rate > gate.maxErrorRate)
    faults.push(
      `${failed} of ${requests} requests failed (${percent(rate)}, limit ${percent(gate.maxErrorRate)}): ${kinds(errors)}`,
    );
  if (p95 !== null && p95 > gate.p95Milliseconds)
    faults.push(
      `p95 ${Math.round(p95)} ms over the limit of ${gate.p95Milliseconds} ms (${requests} requests)`,
    );
  const passed = faults.length === 0;
  const fine = `p95 ${Math.round(p95 ?? 0)} ms, limit ${gate.p95Milliseconds} ms; ${failed} of ${requests} requests failed`;
  return {
    passed,
    summary: `${gate.method} ${gate.path}: ${passed ? fine : faults.join('; ')}`,
    evidence: [evidence(gate, figures, rate)],
    secrets: [],
  };
}

function evidence(gate: LoadGate, { requests, failed, p50, p95, p99 }: Figures, rate: number): Evidence {
  const milliseconds = (name: string, value: number | null, limit: number | null): readonly Figure[] =>
    value === null ? [] : [{ name, value, unit: 'ms', limit, ok: limit === null || value <= limit }];
  return {
    kind: 'figures',
    figures: [
      ...milliseconds('p50', p50, null),
      ...milliseconds('p95', p95, gate.p95Milliseconds),
      ...milliseconds('p99', p99, null),
      { name: 'requests', value: requests, unit: 'requests', limit: null, ok: requests >= fewest },
      { name: 'failed', value: failed, unit: 'requests', limit: null, ok: rate <= gate.maxErrorRate },
      {
        name: 'error rate',
        value: hundredths(rate),
        unit: '%',
        limit: hundredths(gate.maxErrorRate),
        ok: rate <= gate.maxErrorRate,
      },
    ],
  };
}

const hundredths = (rate: number): number => Math.round(rate * 10_000) / 100;
const percent = (rate: number): string => `${hundredths(rate)} %`;

/** `6 × status 503, 2 × ECONNRESET`, the most frequent first. */
const kinds = (errors: ReadonlyMap<string, number>): string =>
  [...errors]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} × ${kind}`)
    .join(', ');
