import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerClient } from '../../../src/engine/docker/client.ts';
import { createDockerRuntime } from '../../../src/engine/docker/docker-runtime.ts';
import type { DockerRuntime } from '../../../src/engine/docker/docker-runtime.ts';
import { listIn, member, textIn } from '../../../src/engine/docker/answer.ts';
import { containers } from '../../../src/engine/docker/containers.ts';
import type { LogLimits } from '../../../src/engine/tasks/log/rotation.ts';
import { portBook } from '../../../src/engine/tasks/ports.ts';
import type { PortBook } from '../../../src/engine/tasks/ports.ts';
import { testImage } from '../../docker/image.ts';
import { temporaryFolder } from '../tasks/rig.ts';
import type { RuntimeHarness } from '../tasks/conformance.ts';
import { programs } from '../../programs.ts';

export interface DockerHarness extends RuntimeHarness {
  readonly runtime: DockerRuntime;
  readonly folder: string;
  /** As if a process of the engine's had this port of 127.0.0.1. */
  holdPort(port: number): void;
  reopen(): Promise<DockerRuntime>;
  /** Docker's id of a task's container, and what Docker says of it. */
  container(taskId: string): Promise<{ readonly id: string; readonly described: unknown }>;
}

/** The runtime's own; the daemon may have others' containers. */
const mine = (label: string): string => JSON.stringify({ label: [label] });

export async function dockerHarness(
  docker: DockerClient,
  log: LogLimits = { fileBytes: 10 * 1024 * 1024, files: 3 },
): Promise<DockerHarness> {
  const image = await testImage(docker);
  const folder = temporaryFolder();
  const held: number[] = [];
  const hold = (ports: PortBook, hostPort: number): void =>
    ports.hold('f'.repeat(32), [{ containerPort: hostPort, host: '127.0.0.1', hostPort }]);
  let book: PortBook;
  const open = (): DockerRuntime => {
    book = portBook((below) => Math.floor(Math.random() * below));
    for (const port of held) hold(book, port);
    return createDockerRuntime({
      folder: join(folder.path, 'docker'),
      clock: Date.now,
      docker,
      ports: book,
      log,
      relayCommand: [process.execPath, programs.relay],
    });
  };
  const runtimes = [open()];
  const [runtime] = runtimes;
  if (runtime === undefined) throw new Error('no runtime');
  const calls = containers(docker);
  const container = async (taskId: string) => {
    const found = await docker.call('GET', '/containers/json', {
      query: { all: '1', filters: mine(`fairway.task=${taskId}`) },
    });
    const id = textIn(found, 0, 'Id');
    if (id === null) throw new Error(`no container of ${taskId}`);
    return { id, described: await docker.call('GET', `/containers/${id}/json`) };
  };
  return {
    runtime,
    image,
    folder: folder.path,
    container,
    holdPort(port) {
      held.push(port);
      hold(book, port);
    },
    async reopen() {
      for (const each of runtimes) each.close();
      const next = open();
      runtimes.push(next);
      return next;
    },
    async signal({ taskId }, signal) {
      await calls.kill((await container(taskId)).id, signal);
    },
    async runs({ taskId }) {
      const { described } = await container(taskId);
      return member(described, 'State', 'Running') === true;
    },
    async close() {
      for (const each of runtimes) each.close();
      const id = readFileSync(join(folder.path, 'docker', 'runtime-id'), 'utf8').trim();
      const filters = mine(`fairway.runtime=${id}`);
      for (const each of listIn(
        await docker.call('GET', '/containers/json', { query: { all: '1', filters } }),
      ))
        await calls.remove(textIn(each, 'Id') ?? '');
      for (const each of listIn(await docker.call('GET', '/networks', { query: { filters } })))
        await docker.call('DELETE', `/networks/${textIn(each, 'Id')}`);
      folder.remove();
    },
  };
}
