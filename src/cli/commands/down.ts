import { setTimeout as pause } from 'node:timers/promises';
import { letGo, takeLease } from '../../deployment/lease.ts';
import { settleUnfinished } from '../../deployment/resume.ts';
import { connect } from '../../ecs/clients.ts';
import { anythingRuns, teardown } from '../../ecs/platform/teardown.ts';
import { notElsewhere } from '../elsewhere.ts';
import { homeOf } from '../home.ts';
import { restoreEngine, stopEngine } from '../local-engine.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { assemble } from '../tools.ts';

export interface DownOptions extends StreamOptions {
  /** The engine with everything it runs, of whatever app. */
  readonly all: boolean;
}

/** Stops an environment on this machine, and the engine when nothing else runs on it. Stores keep their data. */
export async function run(name: string, options: DownOptions): Promise<number> {
  const home = homeOf(process.env);
  if (options.all)
    return told(options, { stopped: [], engine: (await stopEngine(home)) ? 'stopped' : 'was not running' });
  const environment = await loadEnvironment(options.app, name);
  notElsewhere(
    environment,
    'taking down what runs on Amazon ECS',
    'delete its services there; without a name, `fairway down` stops what runs on this machine',
  );
  if ((await restoreEngine(home)) === null) return told(options, { stopped: [], engine: 'was not running' });
  const tools = await assemble(environment, {
    home,
    report: () => undefined,
    interrupted: new AbortController().signal,
  });
  const lease = await takeLease(environment, tools, { purpose: `down ${name}`, wait: 0 });
  try {
    // A deployment that was left unfinished is ended first, so that it does not haunt the next.
    await settleUnfinished(environment, tools, lease);
    await teardown(tools.clients, environment, (milliseconds) => pause(milliseconds));
  } finally {
    await letGo(tools, lease);
    tools.clients.close();
  }
  return told(options, {
    stopped: [`${environment.app} in ${name}`],
    engine: (await stopIfIdle(home)) ? 'stopped' : 'runs on: something else uses it',
  });
}

async function stopIfIdle(home: ReturnType<typeof homeOf>): Promise<boolean> {
  const engine = await restoreEngine(home);
  if (engine === null) return true;
  const clients = await connect(engine);
  const busy = await anythingRuns(clients);
  clients.close();
  return !busy && (await stopEngine(home));
}

function told({ json }: DownOptions, result: { stopped: readonly string[]; engine: string }): number {
  if (json) writeJson(result);
  else {
    for (const stopped of result.stopped) console.log(`✓ ${stopped} is down; the data of its stores is kept`);
    console.log(`engine: ${result.engine}`);
  }
  return 0;
}
