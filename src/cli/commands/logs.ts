import { strikeLines } from '../../deployment/gates/redaction.ts';
import { connect } from '../../ecs/clients.ts';
import { readService, type LogLine } from '../../ecs/logs.ts';
import { isTaskService } from '../../ecs/task-definition.ts';
import { Refusal } from '../../refusal.ts';
import { homeOf } from '../home.ts';
import { restoreEngine } from '../local-engine.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { secretsOf } from '../tools.ts';
import { unknownService } from './render.ts';

export interface LogsOptions extends StreamOptions {
  readonly environment: string;
  readonly lines: number;
  readonly store: string | undefined;
}

/** The newest log lines of one service, or of all, or of a store. */
export async function run(service: string | undefined, options: LogsOptions): Promise<number> {
  const environment = await loadEnvironment(options.app, options.environment);
  const engine = environment.engine.kind === 'embedded' ? await restoreEngine(homeOf(process.env)) : null;
  if (engine === null) throw notRunning(environment.name);
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
  const wanted = options.store ?? service;
  const all = options.store === undefined ? sources : stores;
  const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  if (chosen.length === 0)
    throw unknownService(
      wanted ?? '',
      all.map(({ name }) => name),
    );
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
    const struck = strikeLines(
      lines.map(({ text }) => text),
      await secretsOf(environment),
    );
    const shown = lines.map((line, index) => ({ ...line, text: struck[index] ?? '' }));
    if (options.json) writeJson({ lines: shown });
    else for (const line of shown) console.log(lineText(line));
    return 0;
  } finally {
    clients.close();
  }
}

function lineText({ service, at, text }: LogLine & { service: string }): string {
  return `${new Date(at).toISOString().slice(11, 23)} ${service.padEnd(10)} ${text}`;
}

function notRunning(environment: string): Refusal {
  return new Refusal({
    code: 'nothing-runs',
    what: `nothing runs in ${environment}, so there is no log to read`,
    where: environment,
    next: `run \`fairway deploy ${environment}\``,
  });
}
