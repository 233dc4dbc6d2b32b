import { textIn } from './answer.ts';
import { DockerError, isMissing } from './client.ts';
import type { DockerClient } from './client.ts';
import { runtimeLabel } from './container-settings.ts';

/** A network for each cluster that has containers; it goes with the last of them. */
export function networks(docker: DockerClient, runtimeId: string) {
  const members = new Map<string, Set<string>>();
  /** One after the other: a network must not go while somebody joins it. */
  let queue: Promise<unknown> = Promise.resolve();
  const nameOf = (network: string): string => `fairway-${runtimeId.slice(0, 8)}-${network}`;

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = queue.then(work);
    queue = done.catch(() => {});
    return done;
  }

  function hold(network: string, taskId: string): void {
    const others = members.get(network);
    if (others === undefined) members.set(network, new Set([taskId]));
    else others.add(taskId);
  }

  async function make(name: string): Promise<void> {
    const settings = {
      Name: name,
      CheckDuplicate: true,
      Labels: { [runtimeLabel]: runtimeId },
      Options: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' },
    };
    try {
      await docker.call('POST', '/networks/create', { body: settings });
    } catch (failure) {
      if (!(failure instanceof DockerError && failure.status === 409)) throw failure;
    }
  }

  return {
    /** For an adopted container. */
    hold,
    /** Docker's names of those that have containers. */
    names: (): readonly string[] =>
      [...members].flatMap(([network, { size }]) => (size > 0 ? [nameOf(network)] : [])).toSorted(),
    /** @returns Docker's name of the network, which is there now */
    async join(network: string, taskId: string): Promise<string> {
      hold(network, taskId);
      const name = nameOf(network);
      await inTurn(async () => {
        if (!(await isThere(docker, name))) await make(name);
      });
      return name;
    },
    async leave(network: string, taskId: string): Promise<void> {
      const left = members.get(network);
      left?.delete(taskId);
      if ((left?.size ?? 0) > 0) return;
      await inTurn(async () => {
        if ((members.get(network)?.size ?? 0) > 0) return;
        members.delete(network);
        // Where somebody has put a container of theirs into it, it stays.
        await docker.call('DELETE', `/networks/${nameOf(network)}`).catch(() => {});
      });
    },
  };
}

export type Networks = ReturnType<typeof networks>;

async function isThere(docker: DockerClient, name: string): Promise<boolean> {
  try {
    return textIn(await docker.call('GET', `/networks/${name}`), 'Id') !== null;
  } catch (failure) {
    if (isMissing(failure)) return false;
    throw failure;
  }
}
