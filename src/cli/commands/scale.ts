import type { Environment } from '../../app/environment.ts';
import type { Tools } from '../../deployment/context.ts';
import { withinBounds } from '../../app/scaling.ts';
import { letGo, takeLease } from '../../deployment/lease.ts';
import { findUnfinished } from '../../deployment/resume.ts';
import { exitCodes } from '../../deployment/verdict.ts';
import { listHandovers } from '../../ecs/handover.ts';
import { createObserver } from '../../ecs/observe.ts';
import { readScale, setDesiredCount } from '../../ecs/scale.ts';
import { isMoving } from '../../ecs/state.ts';
import { isTaskService, type TaskService } from '../../ecs/task-definition.ts';
import type { Lease } from '../../journal/lease.ts';
import { Refusal } from '../../refusal.ts';
import { homeOf } from '../home.ts';
import { awaitCount, type Wanted } from '../present/count-watch.ts';
import { scalingJson, scalingText, type Scaling } from '../present/scaling.ts';
import { openTerminal } from '../present/terminal.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { assemble, findEngineOf } from '../tools.ts';
import { nothingRuns } from './logs.ts';
import { unknown } from './render.ts';

export interface ScaleOptions extends StreamOptions {
  readonly environment: string;
  /** Seconds to queue behind whoever holds the lease. */
  readonly wait: number;
}

/** As many as ECS runs of one service. */
const most = 5000;

/** Changes the number of tasks of a service now, and waits until so many run. */
export async function run(name: string, words: string, options: ScaleOptions): Promise<number> {
  const home = homeOf(process.env);
  const environment = await loadEnvironment(options.app, options.environment);
  const service = serviceOf(environment, name);
  const count = countOf(words);
  refuseBeyondBounds(service, count);
  if ((await findEngineOf(environment, home)) === null)
    throw nothingRuns(environment.name, 'there is nothing to scale');
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const terminal = openTerminal(process.stdout, Date.now);
  const live = (text: string): void => {
    if (!options.json) terminal.live(text);
  };
  try {
    const tools = await assemble(environment, {
      home,
      report: (progress) => {
        if (progress.kind === 'waiting') live(`          waiting for ${progress.for}`);
      },
      interrupted: interruption.signal,
    });
    try {
      const purpose = `scale ${name} ${count}`;
      const lease = await takeLease(environment, tools, { purpose, wait: options.wait });
      let scaling: Scaling;
      try {
        scaling = await scale({ environment, service, count, tools, lease, live });
      } finally {
        await letGo(tools, lease);
      }
      if (options.json) writeJson(scalingJson(scaling));
      else {
        live('');
        terminal.text(scalingText(scaling));
      }
      return exitCodes[scaling.verdict];
    } finally {
      tools.clients.close();
    }
  } finally {
    terminal.end();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

interface Job {
  readonly environment: Environment;
  readonly service: TaskService;
  readonly count: number;
  readonly tools: Tools;
  readonly lease: Lease;
  readonly live: (text: string) => void;
}

async function scale({ environment, service, count, tools, lease, live }: Job): Promise<Scaling> {
  const taskDefinition = await settledRevision(environment, service, tools);
  const handovers = await listHandovers(tools.clients, environment.app, environment.name);
  const scaled = {
    cluster: service.cluster,
    service: service.engineName,
    loadBalancer: handovers.get(service.name)?.loadBalancer ?? null,
  };
  const before = await readScale(tools.clients, scaled);
  if (before === null) throw notRunning(environment, service);
  const changed = before.desired !== count;
  const wanted: Wanted = {
    environment,
    service,
    scaled,
    taskDefinition,
    count,
    changed,
    since: tools.clock(),
  };
  if (changed) await setDesiredCount(tools.clients, scaled, count);
  const { cause, running, waited } = await awaitCount(wanted, tools, lease, live);
  const done = !changed && !waited ? 'nothing-to-do' : 'succeeded';
  return {
    verdict: cause === null ? done : 'needs-attention',
    cause,
    environment: environment.name,
    service: service.name,
    count,
    before: before.desired,
    described: service.scaling === null ? service.replicas : null,
    running,
  };
}

/** What serves; a service whose revision is just changing is not scaled in between. */
async function settledRevision(
  environment: Environment,
  service: TaskService,
  tools: Tools,
): Promise<string> {
  const unfinished = await findUnfinished(tools);
  if (unfinished)
    throw underWay(
      environment,
      service,
      `the deployment ${unfinished.id} was left unfinished`,
      `settle it with \`fairway resume ${environment.name}\``,
    );
  const { name, cluster, engineName } = service;
  const address = { service: name, cluster, engineName };
  const { services } = await createObserver(tools.clients, [address], tools.clock).observe();
  const reading = services[name];
  if (reading?.kind === 'unknown')
    throw new Error(`the engine does not say what runs of ${name}: ${reading.why}`);
  if (reading?.kind !== 'present' || reading.serving === null) throw notRunning(environment, service);
  if (reading.deployment && isMoving(reading.deployment.status))
    throw underWay(
      environment,
      service,
      'the engine is deploying it',
      `wait until \`fairway status ${environment.name}\` shows that it has ended`,
    );
  return reading.serving;
}

function underWay({ name }: Environment, service: TaskService, why: string, next: string): Refusal {
  return new Refusal({
    code: 'change-under-way',
    what: `${service.name} is being changed`,
    where: name,
    why,
    next,
  });
}

function notRunning({ name }: Environment, service: TaskService): Refusal {
  return nothingRuns(name, `${service.name} cannot be scaled`);
}

function serviceOf({ services }: Environment, wanted: string): TaskService {
  const all = services.filter(isTaskService);
  const service = all.find(({ name }) => name === wanted);
  if (service) return service;
  throw unknown(
    'service',
    wanted,
    'the first argument of `fairway scale`',
    all.map(({ name }) => name),
  );
}

/** The next thing that scales it would take such a count back. */
function refuseBeyondBounds({ name, scaling }: TaskService, count: number): void {
  if (scaling === null || withinBounds(scaling, count) === count) return;
  throw new Refusal({
    code: 'count-beyond-bounds',
    what: `${name} scales between ${scaling.min} and ${scaling.max} tasks, and ${count} is beyond that`,
    where: `services.${name}.scale`,
    why: 'what scales a service brings its count back between the bounds of the description',
    next: `ask for a count between them, or change \`scale\` of ${name} in fairway.config.ts and deploy`,
  });
}

function countOf(words: string): number {
  const count = /^\d+$/.test(words) ? Number(words) : Number.NaN;
  if (count <= most) return count;
  throw new Refusal({
    code: 'invalid-count',
    what: `${JSON.stringify(words)} is no number of tasks`,
    where: 'the second argument of `fairway scale`',
    why: `expected a whole number from 0 to ${most}`,
    next: 'say how many tasks are to run: `fairway scale <service> 3`',
  });
}
