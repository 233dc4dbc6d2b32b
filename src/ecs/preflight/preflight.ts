import { Refusal } from '../../refusal.ts';
import { alarms } from './alarms.ts';
import { balancing } from './balancing.ts';
import { clusters } from './clusters.ts';
import { findingsOf, type Check, type Findings, type Ready, type Unchecked } from './findings.ts';
import { logGroups } from './log-groups.ts';
import { addresses, reach } from './network.ts';
import { quotas } from './quotas.ts';
import { permissions, trust } from './roles.ts';
import { values } from './values.ts';

const checks: readonly Check[] = [
  clusters,
  balancing,
  addresses,
  reach,
  trust,
  permissions,
  values,
  logGroups,
  alarms,
  quotas,
];

/** Everything that ECS will need, looked at side by side; reads only. */
export async function preflight(ready: Ready): Promise<Findings> {
  const found = await Promise.all(checks.map((check) => findingsOf(check, ready)));
  return {
    problems: found.flatMap(({ problems }) => problems),
    unchecked: found.flatMap(({ unchecked }) => unchecked),
  };
}

/** All problems at once. What could not be looked at is returned, to be told. */
export async function refuseUnready(ready: Ready): Promise<readonly Unchecked[]> {
  const { problems, unchecked } = await preflight(ready);
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
  return unchecked;
}
