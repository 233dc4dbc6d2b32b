import type { IncomingMessage } from 'node:http';
import { listIn, member, numberIn, textIn } from './answer.ts';
import { DockerError, isMissing } from './client.ts';
import type { DockerClient } from './client.ts';
import { runtimeLabel, taskLabel } from './container-settings.ts';

/** What the daemon says of one container. */
export interface ContainerState {
  readonly status: 'created' | 'running' | 'ended';
  /** 0 where it does not run. */
  readonly pid: number;
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  /** ms since 1970; null while it has not ended. */
  readonly finishedAt: number | null;
}

/** Calls about containers, each by Docker's id of it. */
export function containers(docker: DockerClient) {
  const at = (id: string, what: string): string => `/containers/${id}${what}`;
  return {
    async create(name: string, settings: Readonly<Record<string, unknown>>): Promise<string> {
      const answer = await docker.call('POST', '/containers/create', { query: { name }, body: settings });
      const id = textIn(answer, 'Id');
      if (id === null) throw new Error('Docker made a container and did not say which');
      return id;
    },
    async start(id: string): Promise<void> {
      await docker.call('POST', at(id, '/start'));
    },
    /** No error where it does not run. */
    async kill(id: string, signal: string): Promise<void> {
      try {
        await docker.call('POST', at(id, '/kill'), { query: { signal } });
      } catch (failure) {
        if (!isMissing(failure) && !(failure instanceof DockerError && failure.status === 409)) throw failure;
      }
    },
    /** Ends it too, where it runs. No error where it is not there. */
    async remove(id: string): Promise<void> {
      try {
        await docker.call('DELETE', at(id, ''), { query: { force: '1', v: '1' } });
      } catch (failure) {
        // 409: somebody else is removing it just now.
        if (!isMissing(failure) && !(failure instanceof DockerError && failure.status === 409)) throw failure;
      }
    },
    /** null: there is no such container. */
    async state(id: string): Promise<ContainerState | null> {
      try {
        return stateIn(await docker.call('GET', at(id, '/json')));
      } catch (failure) {
        if (isMissing(failure)) return null;
        throw failure;
      }
    },
    /** Resolves when it does not run. */
    async ended(id: string, signal: AbortSignal): Promise<void> {
      await docker.call('POST', at(id, '/wait'), {
        query: { condition: 'not-running' },
        signal,
        silenceMs: 0,
      });
    },
    /** Its log with times from a second on; with `follow`, until it ends. */
    async logs(id: string, since: number, follow: boolean, signal?: AbortSignal): Promise<IncomingMessage> {
      const query = {
        stdout: '1',
        stderr: '1',
        timestamps: '1',
        follow: follow ? '1' : '0',
        since: String(since),
      };
      return docker.open('GET', at(id, '/logs'), { query, ...(signal === undefined ? {} : { signal }) });
    },
    async weigh(id: string, shares: number): Promise<void> {
      await docker.call('POST', at(id, '/update'), { body: { CpuShares: shares } });
    },
    /** All containers of a runtime, by their task. */
    async of(runtimeId: string): Promise<ReadonlyMap<string, string>> {
      const filters = JSON.stringify({ label: [`${runtimeLabel}=${runtimeId}`] });
      const found = listIn(await docker.call('GET', '/containers/json', { query: { all: '1', filters } }));
      return new Map(
        found.flatMap((each) => {
          const [id, taskId] = [textIn(each, 'Id'), textIn(each, 'Labels', taskLabel)];
          return id === null || taskId === null ? [] : [[taskId, id] as const];
        }),
      );
    },
  };
}

export type Containers = ReturnType<typeof containers>;

function stateIn(answer: unknown): ContainerState {
  const state = member(answer, 'State');
  const created = textIn(state, 'Status') === 'created';
  const running = member(state, 'Running') === true;
  const finishedAt = Date.parse(textIn(state, 'FinishedAt') ?? '');
  return {
    status: running ? 'running' : created ? 'created' : 'ended',
    pid: numberIn(state, 'Pid') ?? 0,
    exitCode: numberIn(state, 'ExitCode'),
    outOfMemory: member(state, 'OOMKilled') === true,
    // The daemon's zero time is in the year 1.
    finishedAt: finishedAt > 0 ? finishedAt : null,
  };
}
