import type { AssignedPort } from '../tasks/ports.ts';
import type { ContainerSpec } from '../tasks/runtime.ts';

export interface ContainerWish {
  readonly taskId: string;
  /** Of the runtime that this container belongs to. */
  readonly runtimeId: string;
  /** By the id that the daemon knows it by. */
  readonly imageId: string;
  readonly container: ContainerSpec;
  readonly attachment: Attachment;
  /** How many processors the daemon has, where there is a limit: it refuses one above that. */
  readonly processors: number | null;
}

/** How a container is in a network. */
export type Attachment =
  | {
      readonly kind: 'own';
      /** Docker's name of the network; null: the daemon's own. */
      readonly network: string | null;
      readonly aliases: readonly string[];
      /** Running containers of the same task, and what this one calls them. */
      readonly siblings: readonly { readonly taskId: string; readonly alias: string }[];
      readonly ports: readonly AssignedPort[];
    }
  /** As another container is, by Docker's id of that: addresses, ports and names are all its own. */
  | { readonly kind: 'shared'; readonly pauseId: string };

/** By these a runtime knows its containers, whatever they are called. */
export const runtimeLabel = 'fairway.runtime';
export const taskLabel = 'fairway.task';

export const containerName = (taskId: string): string => `fairway-${taskId}`;

/** The name by which containers reach what listens on this machine for everybody, or on Docker's own addresses. */
export const machine = 'host.docker.internal:host-gateway';
/** What the daemon keeps of a log until it is copied; as much as is kept of the copy. */
const logKept = { 'max-size': '10m', 'max-file': '3' };
/** ECS's own weight of a container that asks for none. */
const leastShares = 2;
/** Until a container serves it has so small a part of its weight. */
const behind = 10;

/** What the daemon is asked to make of a container spec: the body of `POST /containers/create`. */
export function containerSettings(wish: ContainerWish): Readonly<Record<string, unknown>> {
  const { container, attachment, processors } = wish;
  const { memoryLimit, isolation = {}, entryPoint, command } = container;
  const { cpus } = isolation;
  const network = networkSettings(attachment);
  return {
    Image: wish.imageId,
    Labels: { [runtimeLabel]: wish.runtimeId, [taskLabel]: wish.taskId },
    Env: Object.entries(container.environment).map(([name, value]) => `${name}=${value}`),
    ...(entryPoint === null || entryPoint.length === 0 ? {} : { Entrypoint: entryPoint }),
    ...(command === null || command.length === 0 ? {} : { Cmd: command }),
    ...(container.workingDirectory === null ? {} : { WorkingDir: container.workingDirectory }),
    ...(container.stopSignal === null ? {} : { StopSignal: container.stopSignal }),
    // ECS takes no notice of an image's own health check.
    Healthcheck: { Test: ['NONE'] },
    ...network.outer,
    HostConfig: {
      ...network.host,
      Mounts: container.mounts.map(({ sourcePath, containerPath, readOnly }) => ({
        Type: 'bind',
        Source: sourcePath,
        Target: containerPath,
        ReadOnly: readOnly,
      })),
      // Swap would make a limit a slow death instead of an end.
      ...(memoryLimit === undefined ? {} : { Memory: memoryLimit, MemorySwap: memoryLimit }),
      ...(cpus === undefined ? {} : { NanoCpus: Math.round(Math.min(cpus, processors ?? cpus) * 1e9) }),
      CpuShares: sharesBefore(container),
      Init: isolation.init ?? false,
      LogConfig: { Type: 'json-file', Config: logKept },
      RestartPolicy: { Name: 'no' },
    },
  };
}

/** What is said of the network, in the body itself and in its `HostConfig`. */
function networkSettings(
  attachment: Attachment,
): Readonly<Record<'outer' | 'host', Record<string, unknown>>> {
  if (attachment.kind === 'shared')
    return { outer: {}, host: { NetworkMode: `container:${attachment.pauseId}` } };
  const { network, aliases, siblings, ports } = attachment;
  const Links = siblings.map(({ taskId, alias }) => `${containerName(taskId)}:${alias}`);
  const named = network !== null && {
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: aliases, Links } } },
  };
  return {
    outer: { ExposedPorts: exposed(ports), ...named },
    host: { NetworkMode: network ?? 'default', PortBindings: published(ports), ExtraHosts: [machine] },
  };
}

/** Its weight once it serves. */
export function sharesServing({ isolation }: Pick<ContainerSpec, 'isolation'>): number {
  return Math.max(leastShares, isolation?.cpuShares ?? usualShares);
}

/** Docker's own. */
const usualShares = 1024;

function sharesBefore(container: ContainerSpec): number {
  return Math.max(leastShares, Math.round(sharesServing(container) / behind));
}

export function exposed(ports: readonly AssignedPort[]): Record<string, object> {
  return Object.fromEntries(ports.map(({ containerPort }) => [tcp(containerPort), {}]));
}

export function published(
  ports: readonly AssignedPort[],
): Record<string, { HostIp: string; HostPort: string }[]> {
  const byPort = Map.groupBy(ports, ({ containerPort }) => tcp(containerPort));
  return Object.fromEntries(
    [...byPort].map(([port, each]) => [
      port,
      each.map(({ host, hostPort }) => ({ HostIp: host, HostPort: String(hostPort) })),
    ]),
  );
}

const tcp = (port: number): string => `${port}/tcp`;
