import type { Environment } from '../app/environment.ts';
import { withinBounds } from '../app/scaling.ts';
import type { Acts } from '../ecs/act.ts';
import type { Handover } from '../ecs/handover.ts';
import { platformChanges, platformRecordOf, type PlatformChange } from '../ecs/platform/settings.ts';
import type { AppState, ServiceReading } from '../ecs/state.ts';
import {
  differences,
  renderTaskDefinition,
  sameDefinition,
  type TaskDefinitionInput,
  type TaskService,
} from '../ecs/task-definition.ts';
import { findBuilt, sourceOf, type Building } from '../release/building.ts';
import type { Registry } from '../release/registry/registry.ts';
import { repositoryName, type Repository } from '../repository/repository.ts';
import type { Before } from './before.ts';
import type { FormerService } from './former.ts';
import { unreadable } from './unreadable.ts';
import type { DeploymentPlan, ServicePlan, WantedImage } from './plan.ts';

export interface Survey {
  readonly environment: Environment;
  readonly services: readonly TaskService[];
  readonly handovers: ReadonlyMap<string, Pick<Handover, 'roles' | 'values'>>;
  readonly before: Pick<Before, 'platform'> & {
    readonly handovers: ReadonlyMap<string, Pick<Handover, 'loadBalancer'>>;
  };
  readonly state: AppState;
  readonly former: readonly Pick<FormerService, 'kind' | 'name' | 'serving'>[];
  readonly acts: Pick<Acts, 'taskDefinition'>;
  readonly region: string;
  readonly imageStore: string;
  readonly buildMemory: string;
  /** Where the images of services go; those that are not named stay on this machine. */
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly registry: Registry;
}

/** Holds what runs against what is wanted. Reads only. */
export async function survey(job: Survey): Promise<DeploymentPlan> {
  const { environment, services } = job;
  return {
    app: environment.app,
    environment: environment.name,
    strategy: environment.strategy.kind,
    services: [
      ...(await Promise.all(services.map((service) => surveyService(job, service)))),
      ...job.former.map(({ kind, name, serving }) => ({
        change: 'remove' as const,
        service: name,
        kind,
        serving,
      })),
    ],
    platform: changesIn(job),
    migrates: environment.migration !== null,
    classifies: environment.migration?.pending != null,
    gates: environment.gates.map(({ name }) => name),
  };
}

/** Only the embedded engine's platform is ours to change; on AWS it is Terraform's. */
function changesIn({ environment, services, before, state }: Survey): readonly PlatformChange[] {
  const { engine } = environment;
  if (engine.kind !== 'embedded') return [];
  const known = services.map(({ name }) => before.handovers.get(name)?.loadBalancer).find(Boolean);
  const ports = known
    ? [
        { subject: 'public port', from: portIn(known.url), to: String(engine.port) },
        { subject: 'test port', from: portIn(known.testUrl), to: String(engine.testPort) },
      ]
    : [];
  return [
    ...ports.filter(({ from, to }) => from !== to),
    ...platformChanges(before.platform, platformRecordOf(environment)),
    ...services.flatMap((service) => countChange(service, state.services[service.name])),
  ];
}

/** Bounds that are set anew bring a count that is beyond them back between them. */
function countChange({ name, scaling }: TaskService, reading?: ServiceReading): readonly PlatformChange[] {
  if (scaling === null || reading?.kind !== 'present') return [];
  const [from, to] = [reading.desired, withinBounds(scaling, reading.desired)];
  return from === to ? [] : [{ subject: `${name} replicas`, from: String(from), to: String(to) }];
}

function portIn(url: string): string {
  return new URL(url).port;
}

async function surveyService(job: Survey, service: TaskService): Promise<ServicePlan> {
  const [image, running] = await Promise.all([wantedImage(job, service), runningDefinition(job, service)]);
  const wanted = { image, definition: render(job, service, image) };
  if (running === null)
    return { change: 'create', service: service.name, serving: null, differences: [], ...wanted };
  const { serving, definition, desired } = running;
  if (definition === null)
    return { change: 'update', service: service.name, serving, differences: [], ...wanted };
  if (sameDefinition(wanted.definition, definition) && isCount(service, desired)) {
    return { change: 'none', service: service.name, serving, image };
  }
  const replicas = isCount(service, desired) ? [] : [`replicas: ${desired} → ${service.replicas}`];
  const changes = [...replicas, ...differences(wanted.definition, definition)];
  return { change: 'update', service: service.name, serving, differences: changes, ...wanted };
}

/** Whether this very definition, in the wanted number, is what serves. */
export async function isServing(
  job: Survey,
  service: TaskService,
  wanted: TaskDefinitionInput,
): Promise<boolean> {
  const running = await runningDefinition(job, service);
  if (running === null || running.definition === null) return false;
  return sameDefinition(wanted, running.definition) && isCount(service, running.desired);
}

/** The count of a service that scales is never a reason to deploy it: what sets it keeps it within its bounds. */
function isCount({ scaling, replicas }: TaskService, desired: number): boolean {
  return scaling !== null || desired === replicas;
}

async function wantedImage(job: Survey, service: TaskService): Promise<WantedImage> {
  // Where nothing was handed over yet, nobody knows where to look.
  if (
    service.build.kind === 'docker' &&
    job.environment.engine.kind !== 'embedded' &&
    !job.repositories.has(service.name)
  )
    return { kind: 'unbuilt', source: service.build.dockerfile, repository: null };
  const building = buildingOf(job, service);
  const source = await sourceOf(building);
  const found = await findBuilt(building, source);
  switch (found.kind) {
    case 'built':
      return found;
    case 'unpushed':
      return { ...found, source, repository: repositoryName(found.repository) };
    case 'unbuilt':
      return { ...found, source, repository: found.repository && repositoryName(found.repository) };
  }
}

async function runningDefinition({ state, acts }: Survey, { name }: TaskService) {
  const reading: ServiceReading | undefined = state.services[name];
  if (reading === undefined || reading.kind === 'unknown') throw unreadable(name, reading?.why);
  if (reading.kind === 'absent' || reading.serving === null) return null;
  return {
    serving: reading.serving,
    desired: reading.desired,
    definition: await acts.taskDefinition(reading.serving),
  };
}

export function render(
  job: Pick<Survey, 'environment' | 'handovers' | 'region'>,
  service: TaskService,
  image: WantedImage,
): TaskDefinitionInput {
  const { environment, handovers, region } = job;
  const handover = handovers.get(service.name) ?? {
    roles: { execution: '(made by the platform)', task: null },
    values: {},
  };
  const reference =
    image.kind === 'built' ? image.reference : `(to be ${image.kind === 'unbuilt' ? 'built' : 'pushed'})`;
  return renderTaskDefinition({
    app: environment.app,
    environment: environment.name,
    service,
    image: reference,
    region,
    handover,
  });
}

export function buildingOf(
  {
    environment,
    imageStore,
    buildMemory,
    repositories,
    registry,
  }: Pick<Survey, 'environment' | 'imageStore' | 'buildMemory' | 'repositories' | 'registry'>,
  { name, build, command, stop }: TaskService,
): Building {
  const job = { app: environment.app, service: name, memory: buildMemory };
  if (build.kind === 'docker') {
    const repository = repositories.get(name);
    const target = repository === undefined ? null : { registry, repository };
    return { kind: 'docker', job: { ...job, build }, target };
  }
  const outputs = outputsIn(environment, build.context);
  return {
    kind: 'command',
    job: { ...job, build, outputs, command, stopSignal: stop.signal, store: imageStore },
  };
}

/** Services that are built in one folder leave their results there side by side. */
function outputsIn({ services }: Environment, context: string): readonly string[] {
  return services.flatMap(({ build }) =>
    build.kind === 'command' && build.command !== null && build.context === context ? build.include : [],
  );
}
