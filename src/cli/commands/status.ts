import type { Environment } from '../../app/environment.ts';
import { findUnfinished } from '../../deployment/resume.ts';
import { provenReleases, type ProvenRelease } from '../../deployment/rollback.ts';
import type { EngineAddress } from '../../ecs/address.ts';
import { connect } from '../../ecs/clients.ts';
import { listHandovers } from '../../ecs/handover.ts';
import { createObserver } from '../../ecs/observe.ts';
import { schemaOf } from '../../deployment/schema-breaks.ts';
import { isMoving, type DeploymentReading, type ServiceReading } from '../../ecs/state.ts';
import { isTaskService } from '../../ecs/task-definition.ts';
import { homeOf } from '../home.ts';
import { stageInWords } from '../present/lines.ts';
import { revisionName } from '../present/outcome.ts';
import { openJournal } from '../journal.ts';
import { loadEnvironment, publicAddress, writeJson, type StreamOptions } from '../session.ts';
import { findEngineOf } from '../tools.ts';

/** What the engine says runs, who is changing it, and whether a deployment was left unfinished. */
export async function run(name: string, options: StreamOptions): Promise<number> {
  const home = homeOf(process.env);
  const environment = await loadEnvironment(options.app, name);
  const engine = await findEngineOf(environment, home);
  const journal = await openJournal(environment, home);
  const [holder, unfinished, proven, schema, seen] = await Promise.all([
    journal.holder(),
    findUnfinished({ journal }),
    provenReleases({ journal }),
    environment.migration === null ? null : schemaOf({ journal }),
    engine === null ? null : look(environment, engine),
  ]);
  const release = seen === null ? null : releaseOf(seen.services, proven);
  const address = seen?.address ?? null;
  if (options.json) {
    const lease = holder && { by: holder.by.who, purpose: holder.by.purpose, since: holder.since };
    writeJson({
      app: environment.app,
      environment: name,
      engine: engine === null ? null : 'endpoint' in engine ? engine.endpoint : engine.region,
      release,
      schema,
      services: seen?.services ?? {},
      lease,
      unfinished: holder ? null : (unfinished?.id ?? null),
      address,
    });
    return 0;
  }
  console.log(
    `${environment.app} in ${name}${release === null ? '' : `, release ${release}`}${schema === null ? '' : `, schema at ${schema}`}`,
  );
  if (seen === null) console.log('  the engine does not run; `fairway deploy` starts it');
  for (const [service, reading] of Object.entries(seen?.services ?? {}))
    console.log(`  ${service.padEnd(12)} ${readingWords(reading)}`);
  if (holder)
    console.log(
      `  ${holder.by.who} is changing it: ${holder.by.purpose}, since ${new Date(holder.since).toISOString()}`,
    );
  else if (unfinished)
    console.log(
      `  the deployment ${unfinished.id} was left unfinished; settle it with \`fairway resume ${name}\``,
    );
  if (address !== null) console.log(`  open ${address}`);
  return 0;
}

interface Seen {
  readonly services: Readonly<Record<string, ServiceReading>>;
  /** Where users come in: what this engine listens on, and not what the description would like. */
  readonly address: string | null;
}

async function look(environment: Environment, engine: EngineAddress): Promise<Seen> {
  const addresses = environment.services
    .filter(isTaskService)
    .map(({ name, cluster, engineName }) => ({ service: name, cluster, engineName }));
  const clients = await connect(engine);
  try {
    const [{ services }, handovers] = await Promise.all([
      createObserver(clients, addresses, Date.now).observe(),
      listHandovers(clients, environment.app, environment.name),
    ]);
    return { services, address: publicAddress(handovers) };
  } finally {
    clients.close();
  }
}

/** The newest release that all of what serves belongs to; null where nothing serves, or not one release. */
export function releaseOf(
  services: Readonly<Record<string, ServiceReading>>,
  proven: readonly Pick<ProvenRelease, 'release' | 'running'>[],
): string | null {
  const serving = Object.entries(services).flatMap(([name, reading]) =>
    reading.kind === 'present' && reading.serving !== null ? [[name, reading.serving] as const] : [],
  );
  if (serving.length === 0) return null;
  const found = proven.find(({ running }) => serving.every(([name, revision]) => running[name] === revision));
  return found?.release ?? null;
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
  if (!deployment || !isMoving(deployment.status)) return '';
  const { target, traffic, stage, status, pause } = deployment;
  const to = target === null ? 'a new revision' : revisionName(target);
  const share = traffic === null ? '' : ` with ${traffic.green}% of the traffic`;
  const until =
    pause?.expiresAt == null ? '' : `, which ends by itself at ${new Date(pause.expiresAt).toISOString()}`;
  return `; ${to}${share} is not decided yet (${stageInWords(stage ?? status)}${until})`;
}
