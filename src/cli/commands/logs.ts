import type { Environment } from '../../app/environment.ts';
import { connect } from '../../ecs/clients.ts';
import { readService } from '../../ecs/logs.ts';
import { isTaskService } from '../../ecs/task-definition.ts';
import { Refusal } from '../../refusal.ts';
import { homeOf } from '../home.ts';
import { follow } from '../present/follow.ts';
import { logLineText, struckLines, type LogSource } from '../present/log-line.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { findEngineOf, runningEngineOf, secretsOf } from '../tools.ts';
import { unknown } from './render.ts';

export interface LogsOptions extends StreamOptions {
  readonly environment: string;
  readonly lines: number;
  readonly store: string | undefined;
  /** Go on until interrupted. */
  readonly follow: boolean;
}

/** The newest log lines of one service, or of all, or of a store. */
export async function run(service: string | undefined, options: LogsOptions): Promise<number> {
  const environment = await loadEnvironment(options.app, options.environment);
  const chosen = chosenSources(environment, service, options.store);
  const home = homeOf(process.env);
  const engine = await findEngineOf(environment, home);
  if (engine === null) throw nothingRuns(environment.name, 'there is no log to read');
  if (options.follow)
    return follow(chosen, {
      ...options,
      findEngine: () => Promise.resolve(runningEngineOf(environment, home)),
      secrets: (clients) => secretsOf(environment, clients),
    });
  const clients = await connect(engine);
  try {
    const read = await Promise.all(
      chosen.map(async ({ name, group, prefix }) =>
        (await readService(clients, group, prefix, options.lines)).map((line) => ({
          service: name,
          ...line,
        })),
      ),
    );
    const lines = read
      .flat()
      .toSorted((a, b) => a.at - b.at)
      .slice(-options.lines);
    const shown = struckLines(lines, await secretsOf(environment, clients));
    if (options.json) writeJson({ lines: shown });
    else for (const line of shown) console.log(logLineText(line));
    return 0;
  } finally {
    clients.close();
  }
}

function chosenSources(
  environment: Environment,
  service: string | undefined,
  store: string | undefined,
): readonly LogSource[] {
  const sources = environment.services
    .filter(isTaskService)
    .map(({ name, logGroup, logPrefix, containerName }) => ({
      name,
      group: logGroup,
      prefix: `${logPrefix}/${containerName}/`,
    }));
  const stores = environment.stores.map(({ name }) => ({
    name,
    group: `/ecs/${environment.app}-${environment.name}-${name}`,
    prefix: '',
  }));
  const wanted = store ?? service;
  const all = store === undefined ? sources : stores;
  const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  if (chosen.length > 0) return chosen;
  throw unknown(
    store === undefined ? 'service' : 'store',
    wanted ?? '',
    store === undefined ? 'the argument of `fairway logs`' : '--store',
    all.map(({ name }) => name),
  );
}

export function nothingRuns(environment: string, so: string): Refusal {
  return new Refusal({
    code: 'nothing-runs',
    what: `nothing runs in ${environment}, so ${so}`,
    where: environment,
    next: `run \`fairway deploy ${environment}\``,
  });
}
