import type { IncomingMessage } from 'node:http';
import { TaskStartError } from '../tasks/runtime.ts';
import { listIn, textIn } from './answer.ts';
import { isMissing } from './client.ts';
import type { DockerClient } from './client.ts';
import { DockerUnreachable } from './endpoint.ts';
import { pullAuthorization } from './pull-authorization.ts';

export interface DockerImage {
  /** By which the daemon knows it for sure, whatever its names come to mean. */
  readonly id: string;
  /** Of its manifest where it came from a registry; else its id. */
  readonly digest: string;
  readonly stopSignal: string | null;
}

const byDigest = /^.+@(sha256:[0-9a-f]{64})$/;

/**
 * The image that a reference names: by name, by its manifest's digest, or, for one that was built here and never was in a
 * registry, by its own id in the place of that digest. What the daemon does not have it is told to pull, with the credentials
 * that `docker login` has kept.
 */
export async function findImage(docker: DockerClient, reference: string): Promise<DockerImage> {
  const known = await present(docker, reference);
  if (known !== null) return known;
  await pull(docker, reference);
  const pulled = await present(docker, reference);
  if (pulled === null) throw cannotPull(reference, 'it was pulled, and is not there');
  return pulled;
}

async function present(docker: DockerClient, reference: string): Promise<DockerImage | null> {
  const id = byDigest.exec(reference)?.[1];
  return (await inspect(docker, reference)) ?? (id === undefined ? null : inspect(docker, id));
}

/** null: the daemon has none. It is not told to pull it. */
export async function imageIdOf(docker: DockerClient, reference: string): Promise<string | null> {
  return (await inspect(docker, reference))?.id ?? null;
}

async function inspect(docker: DockerClient, reference: string): Promise<DockerImage | null> {
  try {
    const image = await docker.call('GET', `/images/${encodeURIComponent(reference)}/json`);
    const id = textIn(image, 'Id') ?? reference;
    const digests = listIn(image, 'RepoDigests').flatMap((each) => byDigest.exec(String(each))?.[1] ?? []);
    const named = byDigest.exec(reference)?.[1];
    return {
      id,
      digest: digests.find((digest) => digest === named) ?? digests[0] ?? id,
      stopSignal: textIn(image, 'Config', 'StopSignal'),
    };
  } catch (failure) {
    if (isMissing(failure)) return null;
    throw failure;
  }
}

async function pull(docker: DockerClient, reference: string): Promise<void> {
  const { headers, missing } = await pullAuthorization(reference, docker.env);
  try {
    const query = { fromImage: named(reference) };
    const response = await docker.open('POST', '/images/create', { query, headers });
    const failure = await failureIn(response);
    if (failure !== null) throw cannotPull(reference, `${failure}${missing}`);
  } catch (failure) {
    if (failure instanceof TaskStartError || failure instanceof DockerUnreachable) throw failure;
    const why = failure instanceof Error ? failure.message : String(failure);
    throw cannotPull(reference, `${why}${missing}`);
  }
}

/** Docker answers 200 and tells a failure in the last of many JSON lines; null where there was none. */
export async function failureIn(response: IncomingMessage): Promise<string | null> {
  response.setEncoding('utf8');
  let tail = '';
  for await (const part of response) tail = (tail + String(part)).slice(-longestTail);
  const failures = tail.split('\n').map(errorIn);
  return failures.findLast((failure) => failure !== null) ?? null;
}

const longestTail = 16 * 1024;

/** Without a tag Docker would pull every one there is. */
function named(reference: string): string {
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? reference : `${reference}:latest`;
}

function errorIn(line: string): string | null {
  try {
    return textIn(JSON.parse(line), 'error');
  } catch {
    return null;
  }
}

/** In ECS's words, with the daemon's own behind them. */
function cannotPull(reference: string, why: string): TaskStartError {
  return new TaskStartError(
    'CannotPullContainerError',
    `pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${why}`,
  );
}
