import { existsSync } from 'node:fs';
import { sharedIds, taskFolder, taskIds } from './folder.ts';
import type { ProcessRuntime } from './process-runtime.ts';
import { TaskStartError } from './runtime.ts';
import type { ContainerNetwork, TaskExit, TaskRuntime, TaskSpec } from './runtime.ts';

/** A runtime that can look away from what it runs. */
export interface ClosableRuntime extends TaskRuntime {
  close(): void;
}

export interface RuntimesOptions {
  readonly processes: ProcessRuntime;
  /** Where the tasks of the containers' runtime are kept; see folder.ts. */
  readonly containersFolder: string;
  /** What else could be done about an image that cannot be had; null where nothing is known. */
  readonly advice: (reference: string) => string | null;
  /** Made when it is first needed: an engine that runs no container does not load it, nor look for a daemon. */
  readonly containers: () => Promise<ClosableRuntime>;
}

/**
 * One runtime of two: the image decides. What the engine has itself (a snapshot of a built service, a built-in store) is a
 * process; any other reference is for containers.
 */
export function runtimesByImage({
  processes,
  containersFolder,
  advice,
  containers,
}: RuntimesOptions): ClosableRuntime {
  const listeners = new Set<(taskId: string, exit: TaskExit) => void>();
  /** Which runtime a task belongs to, from the moment that somebody asks for it. */
  const choices = new Map<string, Promise<TaskRuntime>>();
  let loaded: Promise<ClosableRuntime> | null = null;
  let open: ClosableRuntime | null = null;

  async function load(): Promise<ClosableRuntime> {
    loaded ??= containers().then((runtime) => {
      open = runtime;
      runtime.onExit((taskId, exit) => {
        for (const listener of listeners) listener(taskId, exit);
      });
      return runtime;
    });
    return loaded;
  }

  const inContainer = (taskId: string): boolean => existsSync(taskFolder(containersFolder, taskId).path);

  async function runtimeOf(taskId: string): Promise<TaskRuntime> {
    return choices.get(taskId) ?? (inContainer(taskId) ? load() : processes);
  }

  /** Processes have this machine's address, whatever their task shares: it is for the containers of the task alone. */
  async function amongContainers(spec: TaskSpec): Promise<TaskSpec> {
    const { container } = spec;
    const network = container.isolation?.network;
    if (network?.kind !== 'shared') return spec;
    const areProcesses = await Promise.all(network.members.map(async ({ image }) => processes.has(image)));
    const members = network.members.filter((_, index) => areProcesses[index] === false);
    const { name } = network;
    const aliases = members.some(({ ports }) => ports.length > 0) ? network.aliases : [];
    const theirs: ContainerNetwork =
      members.length > 1 ? { ...network, aliases, members } : { kind: 'own', name, aliases, siblings: [] };
    return { ...spec, container: { ...container, isolation: { ...container.isolation, network: theirs } } };
  }

  return {
    async start(spec) {
      const { taskId } = spec;
      const choice = processes.has(spec.container.image).then((has) => (has ? processes : load()));
      choices.set(taskId, choice);
      try {
        const runtime = await choice;
        return await runtime.start(runtime === processes ? spec : await amongContainers(spec));
      } catch (failure) {
        throw advised(failure, advice(spec.container.image));
      } finally {
        // From here on the folders tell.
        choices.delete(taskId);
      }
    },
    serves(taskId) {
      if (inContainer(taskId)) open?.serves(taskId);
      else processes.serves(taskId);
    },
    async stop(taskId) {
      return (await runtimeOf(taskId)).stop(taskId);
    },
    async probe(taskId, argv, timeoutMs) {
      return (await runtimeOf(taskId)).probe(taskId, argv, timeoutMs);
    },
    async adopt() {
      // Processes first: containers are led to their ports.
      const own = await processes.adopt();
      const left = taskIds(containersFolder).length + sharedIds(containersFolder).length > 0;
      const others = left ? await (await load()).adopt() : [];
      return [...own, ...others];
    },
    onExit(listener) {
      listeners.add(listener);
      processes.onExit(listener);
    },
    async readLog(taskId, options) {
      return (await runtimeOf(taskId)).readLog(taskId, options);
    },
    async forget(taskId) {
      return (await runtimeOf(taskId)).forget(taskId);
    },
    async release(ecsTask) {
      // Processes share nothing but the machine.
      await open?.release(ecsTask);
    },
    close() {
      processes.close();
      open?.close();
    },
  };
}

function advised(failure: unknown, advice: string | null): unknown {
  if (advice === null || !(failure instanceof TaskStartError)) return failure;
  if (failure.code !== 'CannotPullContainerError') return failure;
  return new TaskStartError(failure.code, `${failure.message}; ${advice}`, { cause: failure });
}
