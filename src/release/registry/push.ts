import { execa } from 'execa';
import type { Credentials } from '../../repository/credentials.ts';
import { repositoryName, type Repository } from '../../repository/repository.ts';
import { BuildFailed, runBuild } from '../build-run.ts';
import { without } from './answer.ts';
import { Transient } from './patience.ts';
import { refusalOf, type Trouble } from './trouble.ts';

export interface PushAs {
  readonly env: NodeJS.ProcessEnv;
  /** To be kept out of what is said. */
  readonly credentials: Credentials | null;
  readonly signal: AbortSignal | undefined;
}

/**
 * Pushes an image of the local daemon with the docker command, which finds the credentials by itself. Rejects with a
 * `Refusal`, with `Transient`, or with `BuildFailed` where it was told to end.
 */
export async function pushOnce(
  image: string,
  repository: Repository,
  tag: string,
  { env, credentials, signal }: PushAs,
): Promise<void> {
  const reference = `${repositoryName(repository)}:${tag}`;
  await execa('docker', ['tag', image, reference], { stdin: 'ignore', env });
  try {
    await runBuild({
      service: repository.path,
      said: `docker push ${repositoryName(repository)}`,
      argv: ['docker', 'push', reference],
      cwd: '/',
      env,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!(error instanceof BuildFailed) || signal?.aborted === true) throw error;
    const last = error.lines.findLast((line) => line.trim() !== '')?.trim() ?? '';
    const said = without(credentials, last.slice(0, 500));
    const refusal = refusalOf(troubleIn(last), repository, `\`docker push\` ended with: ${said}`);
    throw isTransient(last) ? new Transient(refusal) : refusal;
  }
}

/** In the daemon's words, and in the registry's behind them. */
const troubles: readonly (readonly [RegExp, Trouble])[] = [
  [/no space left on device|disk quota exceeded|insufficient storage/i, 'disk-full'],
  [/cannot be overwritten|tag is immutable|is immutable|immutable tag/i, 'tag-immutable'],
  [/gave HTTP response to HTTPS client/i, 'plain-http'],
  [/x509:|certificate/i, 'untrusted'],
  [/unauthorized|no basic auth credentials|authentication required|\b401\b/i, 'unauthorized'],
  [/denied|forbidden|insufficient_scope|\b403\b/i, 'denied'],
  [/name unknown|repository .*(does not exist|not found)/i, 'repository-missing'],
  [/connection refused|no such host|no route to host|network is unreachable|i\/o timeout/i, 'unreachable'],
];

function troubleIn(line: string): Trouble {
  return troubles.find(([words]) => words.test(line))?.[1] ?? 'failing';
}

/** What may be otherwise in a moment. */
function isTransient(line: string): boolean {
  if (troubleIn(line) !== 'failing') return /i\/o timeout/i.test(line);
  return /\b(429|5\d\d)\b|toomanyrequests|EOF|reset by peer|broken pipe|timeout|deadline exceeded|closed network connection/i.test(
    line,
  );
}
