import { writeFile } from 'node:fs/promises';
import { benchBalancerApart } from './balancer.ts';
import { benchCli } from './cli.ts';
import { benchDeployments } from './deployments.ts';
import { benchEngine } from './engine.ts';
import { benchVerdicts } from './verdicts.ts';

/**
 * `npm run bench [-- --json FILE] [-- part …]`: prints a table; parts are cli, engine, deployments, verdicts and balancer. Figures are ratios
 * and differences within one run wherever that can be, because machines are noisy.
 */
export type Figures = Readonly<Record<string, number | null>>;

const parts: Readonly<Record<string, () => Promise<Figures>>> = {
  cli: benchCli,
  engine: benchEngine,
  deployments: benchDeployments,
  verdicts: benchVerdicts,
  balancer: async () => flatten('balancer', await benchBalancerApart()),
};

/** What is asked of each figure; those that are not here only inform. */
const limits: Readonly<Record<string, readonly ['at most' | 'at least', number]>> = {
  'deploy.overhead_s': ['at most', 1.5],
  'deploy.noop_s': ['at most', 0.5],
  'cli.help_ratio': ['at most', 2],
  'cli.plan_s': ['at most', 0.4],
  'engine.ready_s': ['at most', 0.4],
  'engine.memory_mb': ['at most', 120],
  'engine.describe_200_services_ms': ['at most', 200],
  'engine.describe_growth': ['at most', 1.5],
  'traffic.requests': ['at least', 100_000],
  'traffic.failed': ['at most', 0],
  'traffic.added_p99_ms': ['at most', 5],
  'balancer.vs_caddy': ['at least', 1.35],
  'balancer.weight_change_ms': ['at most', 50],
};

const words = process.argv.slice(2);
const jsonFile = words.includes('--json') ? words[words.indexOf('--json') + 1] : undefined;
const asked = words.filter((word) => word in parts);
const figures: Record<string, number | null> = {};
for (const [name, run] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`bench: ${name}`);
  Object.assign(figures, await run());
}

for (const [name, value] of Object.entries(figures)) {
  const [relation, limit] = limits[name] ?? [null, null];
  const held = value === null || limit === null || (relation === 'at most' ? value <= limit : value >= limit);
  const shown = value === null ? 'absent' : Number.isInteger(value) ? String(value) : value.toFixed(3);
  console.log(
    `${name.padEnd(28)} ${shown.padStart(12)}  ${limit === null ? '' : `${relation} ${limit}`} ${held ? '' : '  ✗ missed'}`,
  );
}
if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(figures, null, 2)}\n`);

/** `{ p99_ms: { ours: 2 } }` → `balancer.p99_ms.ours` */
function flatten(path: string, value: unknown): Record<string, number | null> {
  if (value === null || typeof value === 'number') return { [path]: value };
  if (typeof value !== 'object') return {};
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]: [string, unknown]) => flatten(`${path}.${name}`, inner)),
  );
}
