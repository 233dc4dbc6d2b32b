import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whyNotWritten } from './full-disk.ts';

export interface SourceMemory {
  readonly service: string;
  /** The folder in which it is remembered which source gave which image. */
  readonly memory: string;
}

/** The digest of the image that a source was built into. */
export async function recall(job: SourceMemory, source: string): Promise<string | null> {
  const text = await readFile(fileOf(job, source), 'utf8').catch(() => null);
  const digest = text?.trim();
  return digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : null;
}

export async function remember(job: SourceMemory, source: string, digest: string): Promise<void> {
  const file = fileOf(job, source);
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(job.memory, { recursive: true, mode: 0o700 });
    await writeFile(draft, `${digest}\n`);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw whyNotWritten(error, job.memory, 'what was built');
  }
}

function fileOf({ memory, service }: SourceMemory, source: string): string {
  return join(memory, `${service}-${source}`);
}
