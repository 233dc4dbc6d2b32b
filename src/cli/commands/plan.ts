import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from '../../app/environment.ts';
import {
  changeWords,
  nothingToDo,
  sameServices,
  type DeploymentPlan,
  type ServicePlan,
  type WantedImage,
} from '../../deployment/plan.ts';
import type { Before } from '../../deployment/before.ts';
import { survey } from '../../deployment/survey.ts';
import type { Clients } from '../../ecs/clients.ts';
import { repositoriesIn, type Handover } from '../../ecs/handover.ts';
import { nothingRecorded } from '../../ecs/platform/settings.ts';
import type { AppState } from '../../ecs/state.ts';
import { isTaskService, type TaskService } from '../../ecs/task-definition.ts';
import { openRegistry } from '../../release/registry/open.ts';
import type { Repository } from '../../repository/repository.ts';
import type { EngineAddress } from '../../ecs/address.ts';
import { homeOf, type Home } from '../home.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { findEngineOf, readDotenv } from '../tools.ts';

/** Shows what a deployment would do. Reads only; an engine is not started for it. */
export async function run(name: string, options: StreamOptions): Promise<number> {
  const environment = await loadEnvironment(options.app, name);
  const plan = await planOf(environment, homeOf(process.env));
  if (options.json) writeJson({ ...plan, notYet: environment.notYet });
  else console.log(planText(plan, environment));
  return 0;
}

export async function planOf(environment: Environment, home: Home): Promise<DeploymentPlan> {
  const engine = await findEngineOf(environment, home);
  const services = environment.services.filter(isTaskService);
  const known = engine === null ? nothingRuns(services) : await whatRuns(environment, services, engine);
  const region = environment.engine.kind === 'embedded' ? known.region : environment.engine.region;
  const buildMemory = `${home.builds}/${environment.app}`;
  const registry = openRegistry({ env: process.env, pause: (milliseconds) => pause(milliseconds) });
  return survey({ environment, services, imageStore: home.images, buildMemory, registry, ...known, region });
}

function nothingRuns(services: readonly TaskService[]) {
  const state: AppState = {
    readAt: 0,
    services: Object.fromEntries(services.map(({ name }) => [name, { kind: 'absent' as const }])),
  };
  const handovers = new Map<string, Handover>();
  return {
    region: 'local',
    handovers,
    before: { handovers, platform: nothingRecorded },
    state,
    former: [],
    repositories: new Map<string, Repository>(),
    acts: { taskDefinition: () => Promise.resolve(null) },
  };
}

async function whatRuns(environment: Environment, services: readonly TaskService[], engine: EngineAddress) {
  const [{ connect }, { createActs }, { createObserver }, { readBefore }, { findFormer }] = await Promise.all(
    [
      import('../../ecs/clients.ts'),
      import('../../ecs/act.ts'),
      import('../../ecs/observe.ts'),
      import('../../deployment/before.ts'),
      import('../../deployment/former.ts'),
    ],
  );
  const clients = await connect(engine);
  const addresses = services.map(({ name, cluster, engineName }) => ({ service: name, cluster, engineName }));
  const before = await readBefore(clients, environment);
  const [wanted, state, former] = await Promise.all([
    engine.kind === 'embedded'
      ? toBeMade(clients, environment, services, before)
      : handedOver(clients, environment),
    createObserver(clients, addresses, Date.now).observe(),
    findFormer(clients, environment, before),
  ]);
  return { region: engine.region, ...wanted, before, state, former, acts: createActs(clients) };
}

async function handedOver(clients: Clients, environment: Environment) {
  const { readHandedOver } = await import('../../ecs/handed-over.ts');
  const handovers = await readHandedOver(clients, environment);
  const repositories = [...handovers].map(([name, { repository = null }]) => [name, repository] as const);
  return { handovers, repositories: repositoriesIn(repositories) };
}

/** As the next deployment will make it. */
async function toBeMade(
  clients: Clients,
  environment: Environment,
  services: readonly TaskService[],
  { handovers }: Before,
) {
  const [{ placesOf, readValues }, { readRegistry, repositoryIn }] = await Promise.all([
    import('../../ecs/platform/values.ts'),
    import('../../ecs/platform/registry.ts'),
  ]);
  const [registry, values] = await Promise.all([
    readRegistry(clients),
    readValues(clients, environment, await readDotenv(environment.root)),
  ]);
  const repositories = services.map(
    (service) => [service.name, repositoryIn(registry, environment, service)] as const,
  );
  return {
    handovers: withValues(handovers, placesOf(values)),
    repositories: repositoriesIn(repositories),
  };
}

/** What a deployment would hand over: a secret or parameter that was given another value has another place. */
function withValues(
  handovers: ReadonlyMap<string, Handover>,
  places: Handover['values'],
): ReadonlyMap<string, Handover> {
  return new Map(
    [...handovers].map(([name, handover]) => [
      name,
      { ...handover, values: { ...handover.values, ...places } },
    ]),
  );
}

export function planText(plan: DeploymentPlan, { notYet }: Pick<Environment, 'notYet'>): string {
  const looked = plan.classifies
    ? ' What is pending is known with that image, and is classified by the deployment before it is applied.'
    : '';
  const lines = [`${plan.app} in ${plan.environment}, ${plan.strategy}`];
  for (const service of plan.services) lines.push(...serviceLines(service));
  for (const change of plan.platform) lines.push(`  ~ ${changeWords(change)}`);
  if (nothingToDo(plan)) lines.push('', 'Nothing to do: what runs is what is wanted.');
  else if (sameServices(plan))
    lines.push('', 'No service is deployed: what runs is only reached or watched otherwise.');
  else if (plan.migrates)
    lines.push('', `Migrates once, with the new image, before any service is updated.${looked}`);
  if (plan.gates.length > 0) lines.push(`Gates: ${plan.gates.join(', ')}.`);
  for (const { path, what } of notYet) lines.push(`Not yet: ${what} (${path}).`);
  if (notYet.length > 0)
    lines.push(`Deploying is refused until ${notYet.length === 1 ? 'it is' : 'all of this is'} left out.`);
  return lines.join('\n');
}

function serviceLines(plan: ServicePlan): readonly string[] {
  switch (plan.change) {
    case 'none':
      return [`  = ${plan.service.padEnd(12)} unchanged`];
    case 'remove':
      return [
        `  - ${plan.service.padEnd(12)} to be removed: the description no longer has it${plan.kind === 'store' ? '; its data is kept' : ''}`,
      ];
    case 'create':
      return [`  + ${plan.service.padEnd(12)} new, ${imageWords(plan.image)}`];
    case 'update':
      return [
        `  ~ ${plan.service.padEnd(12)} ${imageWords(plan.image)}`,
        ...plan.differences.map((difference) => `      ${shortDigests(difference)}`),
      ];
  }
}

/** Enough to tell two of them apart. */
function shortDigests(text: string): string {
  return text.replaceAll(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');
}

function imageWords(image: WantedImage): string {
  switch (image.kind) {
    case 'built':
      return 'image is there';
    case 'unpushed':
      return `image is on this machine, to be pushed to ${image.repository}`;
    case 'unbuilt':
      return image.repository === null ? 'to be built' : `to be built, and pushed to ${image.repository}`;
  }
}
