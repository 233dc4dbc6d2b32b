import type { Environment } from '../../app/environment.ts';
import { connect, type Clients } from '../../ecs/clients.ts';
import { listHandovers } from '../../ecs/handover.ts';
import { readMetrics } from '../../ecs/metrics.ts';
import { createObserver } from '../../ecs/observe.ts';
import { isTaskService } from '../../ecs/task-definition.ts';
import { homeOf } from '../home.ts';
import { metricsText, type MetricsRow } from '../present/metrics.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { findEngineOf } from '../tools.ts';
import { nothingRuns } from './logs.ts';

export interface MetricsOptions extends StreamOptions {
  readonly minutes: number;
}

/** What users and tasks did in the last minutes, as CloudWatch has it. */
export async function run(name: string, options: MetricsOptions): Promise<number> {
  const environment = await loadEnvironment(options.app, name);
  const engine = await findEngineOf(environment, homeOf(process.env));
  if (engine === null) throw nothingRuns(name, 'there is nothing to measure');
  const clients = await connect(engine);
  try {
    const services = await rowsOf(clients, environment, options.minutes);
    if (options.json)
      writeJson({ app: environment.app, environment: name, minutes: options.minutes, services });
    else console.log(metricsText(services, options.minutes));
    return 0;
  } finally {
    clients.close();
  }
}

async function rowsOf(
  clients: Clients,
  environment: Environment,
  minutes: number,
): Promise<readonly MetricsRow[]> {
  const services = environment.services.filter(isTaskService);
  const until = new Date();
  const from = new Date(until.getTime() - minutes * 60_000);
  const addresses = services.map(({ name, cluster, engineName }) => ({ service: name, cluster, engineName }));
  const [state, handovers] = await Promise.all([
    createObserver(clients, addresses, Date.now).observe(),
    listHandovers(clients, environment.app, environment.name),
  ]);
  return Promise.all(
    services.map(async ({ name, kind, cluster, engineName }) => {
      const loadBalancer = handovers.get(name)?.loadBalancer ?? null;
      const placed = { cluster, service: engineName, loadBalancer };
      const { traffic, cpu, memory } = await readMetrics(clients, { placed, from, until });
      const reading = state.services[name];
      const tasks =
        reading?.kind === 'present' ? { running: reading.running, desired: reading.desired } : null;
      return {
        service: name,
        kind,
        requestsPerSecond: traffic?.requests == null ? null : traffic.requests / (minutes * 60),
        errors: traffic?.errors ?? null,
        p50: traffic?.p50 ?? null,
        p95: traffic?.p95 ?? null,
        p99: traffic?.p99 ?? null,
        cpu,
        memory,
        tasks,
      };
    }),
  );
}
