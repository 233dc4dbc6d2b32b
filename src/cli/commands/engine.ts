import { connect } from '../../ecs/clients.ts';
import { readClusters } from '../../ecs/clusters.ts';
import { assertRegistry, nameRegistry, readRegistry } from '../../ecs/platform/registry.ts';
import { homeOf } from '../home.ts';
import { ensureEngine, restoreEngine, stopEngine, type LocalEngine } from '../local-engine.ts';
import { writeJson } from '../session.ts';

export interface EngineOptions {
  readonly json: boolean;
}

export interface StartOptions extends EngineOptions {
  readonly registry?: string;
}

/**
 * Starts the engine, or finds it, and prints nothing but what a shell evaluates, so that any AWS client speaks to it. The
 * keys are of this engine alone and good for nothing else. A registry that is named is kept until another is.
 */
export async function start({ json, registry }: StartOptions): Promise<number> {
  if (registry !== undefined && registry !== 'none') assertRegistry(registry, '--registry');
  const engine = await ensureEngine(homeOf(process.env));
  if (registry !== undefined) {
    const clients = await connect(engine);
    await nameRegistry(clients, registry === 'none' ? null : registry);
    clients.close();
  }
  const environment = awsEnvironment(engine);
  if (json) writeJson(environment);
  else
    for (const [name, value] of Object.entries(environment)) console.log(`export ${name}=${quoted(value)}`);
  return 0;
}

export async function status({ json }: EngineOptions): Promise<number> {
  const engine = await restoreEngine(homeOf(process.env));
  if (engine === null) {
    if (json) writeJson({ running: false });
    else console.log('the engine does not run; `fairway engine start` starts it');
    return 0;
  }
  const clients = await connect(engine);
  const [clusters, registry] = await Promise.all([readClusters(clients), readRegistry(clients)]);
  clients.close();
  if (json)
    writeJson({ running: true, endpoint: engine.endpoint, region: engine.region, registry, clusters });
  else {
    console.log(`the engine answers at ${engine.endpoint} (${engine.region})`);
    if (registry !== null) console.log(`Docker images are pushed to ${registry} and run from there`);
    for (const { name, services, tasks } of clusters)
      console.log(`  ${name.padEnd(24)} ${count(services, 'service')}, ${count(tasks, 'task')} running`);
  }
  return 0;
}

export async function stop({ json }: EngineOptions): Promise<number> {
  const stopped = await stopEngine(homeOf(process.env));
  if (json) writeJson({ stopped });
  else
    console.log(
      stopped
        ? '✓ the engine is stopped with everything it ran; the data of stores is kept'
        : 'the engine was not running',
    );
  return 0;
}

/** What every AWS SDK and the AWS CLI read. */
function awsEnvironment({ endpoint, region, credentials }: LocalEngine): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    // An address has no names below it, such as the `stream-…` at which a live tail is called.
    AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
  };
}

function quoted(value: string): string {
  return /^[\w:/.=+-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
