import { chmod, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What a journey leaves behind on the machine: processes, and words in files. */
export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Processes that run in this folder or were started with it in their words or variables (Linux only; none elsewhere). */
export async function processesOf(folder: string): Promise<readonly Process[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (pid === process.pid) return [];
      const [command, environment, place] = await Promise.all([
        textOf(pid, 'cmdline'),
        textOf(pid, 'environ'),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
      ]);
      // A zombie has none of these; what is left of it is for its parent to collect.
      return `${command}\0${environment}\0${place}`.includes(folder)
        ? [{ pid, command: command.replaceAll('\0', ' ').trim() }]
        : [];
    }),
  );
  return found.flat();
}

function textOf(pid: number, file: 'cmdline' | 'environ'): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}

/** Removes a folder with all that is in it, read-only images too. */
export async function removeFolder(folder: string): Promise<void> {
  await makeWritable(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}

/** The files below a folder that hold these words, in whatever they are written. */
export async function filesHolding(folder: string, words: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => ((await readFile(file).catch(() => '')).includes(words) ? [file] : [])),
  );
  return found.flat();
}
