import { findUnfinished } from '../../deployment/resume.ts';
import { connect } from '../../ecs/clients.ts';
import { createObserver } from '../../ecs/observe.ts';
import type { DeploymentReading, ServiceReading } from '../../ecs/state.ts';
import { isTaskService } from '../../ecs/task-definition.ts';
import { homeOf } from '../home.ts';
import { restoreEngine } from '../local-engine.ts';
import { revisionName } from '../present/outcome.ts';
import { addressOf, loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { openJournal } from '../tools.ts';

/** What the engine says runs, who is changing it, and whether a deployment was left unfinished. */
export async function run(name: string, options: StreamOptions): Promise<number> {
  const home = homeOf(process.env);
  const environment = await loadEnvironment(options.app, name);
  const engine = environment.engine.kind === 'embedded' ? await restoreEngine(home) : null;
  const journal = openJournal(environment, home);
  const [holder, unfinished] = await Promise.all([journal.holder(), findUnfinished({ journal })]);
  const services = environment.services.filter(isTaskService);
  const addresses = services.map((service) => ({
    service: service.name,
    cluster: service.cluster,
    engineName: service.engineName,
  }));
  const clients = engine === null ? null : await connect(engine);
  const state = clients === null ? null : await createObserver(clients, addresses, Date.now).observe();
  clients?.close();
  const address = addressOf(environment);
  if (options.json) {
    const lease = holder && { by: holder.by.who, purpose: holder.by.purpose, since: holder.since };
    writeJson({
      app: environment.app,
      environment: name,
      engine: engine?.endpoint ?? null,
      services: state?.services ?? {},
      lease,
      unfinished: holder ? null : (unfinished?.id ?? null),
      address,
    });
    return 0;
  }
  console.log(`${environment.app} in ${name}`);
  if (state === null)
    console.log(
      environment.engine.kind === 'embedded'
        ? '  the engine does not run; `fairway deploy` starts it'
        : '  not yet: reading what runs on Amazon ECS',
    );
  for (const [service, reading] of Object.entries(state?.services ?? {}))
    console.log(`  ${service.padEnd(12)} ${readingWords(reading)}`);
  if (holder)
    console.log(
      `  ${holder.by.who} is changing it: ${holder.by.purpose}, since ${new Date(holder.since).toISOString()}`,
    );
  else if (unfinished)
    console.log(
      `  the deployment ${unfinished.id} was left unfinished; settle it with \`fairway resume ${name}\``,
    );
  if (address !== null && state !== null) console.log(`  open ${address}`);
  return 0;
}

function readingWords(reading: ServiceReading): string {
  switch (reading.kind) {
    case 'unknown':
      return `unknown: ${reading.why}`;
    case 'absent':
      return 'does not run';
    case 'present': {
      const { serving, running, desired, deployment } = reading;
      const what = serving === null ? '(nothing yet)' : revisionName(serving);
      return `${what}, ${running} of ${desired} running${movingWords(deployment)}`;
    }
  }
}

/** Who has the users while a deployment is under way: the old version is not gone, and the new one not decided. */
function movingWords(deployment: DeploymentReading | null): string {
  if (
    !deployment ||
    !['pending', 'in-progress', 'rolling-back', 'rollback-requested'].includes(deployment.status)
  )
    return '';
  const { target, traffic, stage, status, pause } = deployment;
  const to = target === null ? 'a new revision' : revisionName(target);
  const share = traffic === null ? '' : ` with ${traffic.green}% of the traffic`;
  const until =
    pause?.expiresAt == null ? '' : `, which ends by itself at ${new Date(pause.expiresAt).toISOString()}`;
  return `; ${to}${share} is not decided yet (${status}, ${stage ?? 'an unreported stage'}${until})`;
}
