import { credentialsFor, CredentialsUnreadable, type Credentials } from '../../repository/credentials.ts';
import type { Repository } from '../../repository/repository.ts';
import { Refusal } from '../../refusal.ts';
import { lookUp } from './look-up.ts';
import { persevere } from './patience.ts';
import { pushOnce } from './push.ts';
import type { Registry } from './registry.ts';
import { credentialsRefused, refusalOf } from './trouble.ts';

export interface RegistryAccess {
  /** Where `docker login` keeps what it was told: `DOCKER_CONFIG`, `HOME`, and the PATH of credential helpers. */
  readonly env: NodeJS.ProcessEnv;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** Any registry that speaks the OCI distribution API, by HTTP and by the local Docker daemon. */
export function openRegistry({ env, pause }: RegistryAccess): Registry {
  const digestOf: Registry['digestOf'] = (repository, tag) =>
    persevere(() => lookUp(repository, tag, () => readCredentials(repository)), pause);

  return {
    digestOf,
    async push(image, repository, tag, signal) {
      // The docker command reads them by itself; here they are only to be kept out of what it says.
      const credentials = await credentialsFor(repository.host, env).catch(() => null);
      try {
        await persevere(() => pushOnce(image, repository, tag, { env, credentials, signal }), pause);
      } catch (error) {
        // Somebody else was faster with the same source: what they pushed is as good.
        const theirs = isImmutable(error) ? await digestOf(repository, tag) : null;
        if (theirs === null) throw error;
        return theirs;
      }
      const digest = await digestOf(repository, tag);
      if (digest === null) throw refusalOf('failing', repository, 'it took the image, and does not have it');
      return digest;
    },
  };

  async function readCredentials(repository: Repository): Promise<Credentials | null> {
    try {
      return await credentialsFor(repository.host, env);
    } catch (error) {
      throw error instanceof CredentialsUnreadable ? credentialsRefused(error, repository) : error;
    }
  }
}

function isImmutable(error: unknown): boolean {
  return error instanceof Refusal && error.problems[0].code === 'tag-immutable';
}
