import type { Environment } from '../app/environment.ts';
import type { Acts } from '../ecs/act.ts';
import type { Handover } from '../ecs/handover.ts';
import type { AppState, ServiceReading } from '../ecs/state.ts';
import {
  differences,
  renderTaskDefinition,
  sameDefinition,
  type TaskDefinitionInput,
  type TaskService,
} from '../ecs/task-definition.ts';
import { findImage, sourceDigest, type BuildJob, type CommandBuild } from '../release/build.ts';
import { Refusal } from '../refusal.ts';
import type { DeploymentPlan, Move, ServicePlan, WantedImage } from './plan.ts';

export interface Survey {
  readonly environment: Environment;
  readonly services: readonly TaskService[];
  readonly handovers: ReadonlyMap<string, Pick<Handover, 'roles' | 'values'>>;
  /** What was handed over by the deployment before. */
  readonly before: ReadonlyMap<string, Pick<Handover, 'loadBalancer'>>;
  readonly state: AppState;
  /** Services that run and are no longer described, with what serves. */
  readonly former: Readonly<Record<string, string | null>>;
  readonly acts: Pick<Acts, 'taskDefinition'>;
  readonly region: string;
  readonly imageStore: string;
  readonly buildMemory: string;
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
      ...Object.entries(job.former).map(([service, serving]) => ({
        change: 'remove' as const,
        service,
        serving,
      })),
    ],
    moves: movesIn(job),
    migrates: environment.migration !== null,
    gates: environment.gates.map(({ name }) => name),
  };
}

/** Only the embedded engine listens where the description says; on AWS it is the load balancer's. */
function movesIn({ environment: { engine }, services, before }: Survey): readonly Move[] {
  const known = services.map(({ name }) => before.get(name)?.loadBalancer).find(Boolean);
  if (engine.kind !== 'embedded' || !known) return [];
  const moves: readonly Move[] = [
    { port: 'public', from: portIn(known.url), to: engine.port },
    { port: 'test', from: portIn(known.testUrl), to: engine.testPort },
  ];
  return moves.filter(({ from, to }) => from !== to);
}

function portIn(url: string): number {
  return Number(new URL(url).port);
}

async function surveyService(job: Survey, service: TaskService): Promise<ServicePlan> {
  const [image, running] = await Promise.all([wantedImage(job, service), runningDefinition(job, service)]);
  const wanted = { image, definition: render(job, service, image) };
  if (running === null)
    return { change: 'create', service: service.name, serving: null, differences: [], ...wanted };
  const { serving, definition, desired } = running;
  if (definition === null)
    return { change: 'update', service: service.name, serving, differences: [], ...wanted };
  if (sameDefinition(wanted.definition, definition) && desired === service.replicas) {
    return { change: 'none', service: service.name, serving, image };
  }
  const replicas = desired === service.replicas ? [] : [`replicas: ${desired} → ${service.replicas}`];
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
  return sameDefinition(wanted, running.definition) && running.desired === service.replicas;
}

async function wantedImage(job: Survey, service: TaskService): Promise<WantedImage> {
  // What a Dockerfile makes is known only once it is built.
  if (service.build.kind === 'docker') return { kind: 'unbuilt', source: service.build.dockerfile };
  const build = buildJobOf(job, service);
  const source = await sourceDigest(build);
  const found = await findImage(build, source);
  return found ? { kind: 'built', reference: found.reference } : { kind: 'unbuilt', source };
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
  const reference = image.kind === 'built' ? image.reference : '(to be built)';
  return renderTaskDefinition({
    app: environment.app,
    environment: environment.name,
    service,
    image: reference,
    region,
    handover,
  });
}

export function buildJobOf(
  { environment, imageStore, buildMemory }: Pick<Survey, 'environment' | 'imageStore' | 'buildMemory'>,
  service: TaskService,
): BuildJob {
  return {
    app: environment.app,
    service: service.name,
    build: commandBuild(service),
    outputs: outputsIn(environment, service.build.context),
    command: service.command,
    stopSignal: service.stop.signal,
    store: imageStore,
    memory: buildMemory,
  };
}

/** Services that are built in one folder leave their results there side by side. */
function outputsIn({ services }: Environment, context: string): readonly string[] {
  return services.flatMap(({ build }) =>
    build.kind === 'command' && build.command !== null && build.context === context ? build.include : [],
  );
}

function commandBuild({ name, build }: TaskService): CommandBuild {
  if (build.kind === 'command') return build;
  throw new Refusal({
    code: 'not-yet',
    what: `building ${name} with Docker is not there yet`,
    where: `services.${name}.build`,
    next: 'give this environment a build by command, with the files to include',
  });
}

export function unreadable(service: string, why: string | undefined): Refusal {
  return new Refusal({
    code: 'engine-unreadable',
    what: `the engine does not say what runs as ${service}`,
    why: why ?? 'its answer leaves the service out',
    next: 'try again in a moment',
  });
}
