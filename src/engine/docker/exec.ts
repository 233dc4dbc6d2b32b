import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { send } from '../tasks/signals.ts';
import { numberIn, textIn } from './answer.ts';
import type { DockerClient } from './client.ts';

/** Runs commands beside containers. One at a time in each: Docker has no way to end one that hangs. */
export function prober(docker: DockerClient) {
  const busy = new Set<string>();

  async function run(
    container: string,
    argv: readonly string[],
    begun: (exec: string) => void,
  ): Promise<boolean> {
    const made = await docker.call('POST', `/containers/${container}/exec`, {
      body: { Cmd: argv, AttachStdout: true, AttachStderr: true },
    });
    const exec = textIn(made, 'Id') ?? '';
    begun(exec);
    const output = await docker.open('POST', `/exec/${exec}/start`, { body: { Detach: false, Tty: false } });
    for await (const part of output) void part;
    return numberIn(await docker.call('GET', `/exec/${exec}/json`), 'ExitCode') === 0;
  }

  /** What a system administrator may do and Docker cannot. */
  async function end(container: string, exec: string): Promise<void> {
    const pid = numberIn(await docker.call('GET', `/exec/${exec}/json`), 'Pid') ?? 0;
    if (ownProcess(pid, container) !== null) send(pid, 'SIGKILL');
  }

  /** Whether the command ended with 0 in time. */
  return async (container: string, argv: readonly string[], timeoutMs: number): Promise<boolean> => {
    if (busy.has(container)) return false;
    busy.add(container);
    let exec: string | null = null;
    const over = new AbortController();
    const passed = run(container, argv, (id) => (exec = id))
      .catch(() => false)
      .finally(() => busy.delete(container));
    const late = pause(timeoutMs, null, { signal: over.signal, ref: false }).catch(() => null);
    const outcome = await Promise.race([passed, late]);
    over.abort();
    if (outcome === null && exec !== null) await end(container, exec).catch(() => {});
    return outcome ?? false;
  };
}

/** The pid where it is a process of that container on this machine; null where the daemon counts elsewhere, or it has ended. */
export function ownProcess(pid: number, container: string): number | null {
  if (process.platform !== 'linux' || pid <= 0) return null;
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container) ? pid : null;
  } catch {
    return null;
  }
}
