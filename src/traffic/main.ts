import { createInterface } from 'node:readline';
import { startLoad, type Load } from './load.ts';
import { TrafficRecord } from './record.ts';
import type { TrafficOptions, TrafficOrder, TrafficReport } from './words.ts';

/**
 * The client, as a process of its own. Standard input: the options on the first line (they may hold secret headers,
 * which an argument would show to everybody), then orders; its end, as when the parent dies, or SIGTERM means stop.
 * Standard output: a sample every 250 ms and, once everything in flight has ended, the summary.
 */
const sampleEvery = 250;

let running: { readonly load: Load; readonly record: TrafficRecord } | null = null;
let sampler: NodeJS.Timeout | undefined;
let ending = false;

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (running) obey(JSON.parse(line), running.record);
  else start(JSON.parse(line));
});
lines.on('close', end);
process.on('SIGTERM', end);
process.on('SIGINT', end);
// Nobody reads any more: there is nobody left to tell.
process.stdout.on('error', () => process.exit(0));

function start(options: TrafficOptions): void {
  const record = new TrafficRecord(performance.now(), performance.timeOrigin);
  const load = startLoad(options, (result) => record.add(result, performance.now()));
  running = { load, record };
  report({ started: Date.now() });
  sampler = setInterval(() => {
    // A reader that is behind gets fewer, longer samples; the requests go on in time.
    if (!process.stdout.writableNeedDrain) report({ sample: record.sample(performance.now()) });
  }, sampleEvery);
}

function obey(order: TrafficOrder, record: TrafficRecord): void {
  if ('phase' in order) record.enter(order.phase, performance.now());
  else end();
}

function end(): void {
  if (ending) return;
  ending = true;
  if (running) void finish(running.load, running.record);
  else process.exit(0);
}

async function finish(load: Load, record: TrafficRecord): Promise<void> {
  await load.stop();
  clearInterval(sampler);
  const now = performance.now();
  report({ sample: record.sample(now) });
  process.stdout.write(`${JSON.stringify({ summary: record.summary(now, load.missed()) })}\n`, () =>
    process.exit(0),
  );
}

function report(one: TrafficReport): void {
  process.stdout.write(`${JSON.stringify(one)}\n`);
}
