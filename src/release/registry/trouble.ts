import type { CredentialsUnreadable } from '../../repository/credentials.ts';
import { isLoopback, repositoryName, type Repository } from '../../repository/repository.ts';
import { Refusal, type Problem } from '../../refusal.ts';

/** What a registry can have against a release. */
export type Trouble =
  | 'unreachable'
  | 'untrusted'
  | 'plain-http'
  | 'unauthorized'
  | 'denied'
  | 'repository-missing'
  | 'tag-immutable'
  | 'disk-full'
  | 'failing';

type Words = Pick<Problem, 'code' | 'what' | 'next'>;

/** `why` is what was found, free of credentials. */
export function refusalOf(
  trouble: Trouble,
  repository: Repository,
  why: string,
  options?: { readonly cause?: unknown },
): Refusal {
  return new Refusal({ ...wordsOf(trouble, repository), where: repositoryName(repository), why }, options);
}

export function credentialsRefused({ place, why }: CredentialsUnreadable, { host }: Repository): Refusal {
  return new Refusal({
    code: 'credentials-unreadable',
    what: `the credentials for the registry ${host} cannot be read`,
    where: place,
    why,
    next: `mend it, or \`docker login ${host}\` anew; nothing was changed`,
  });
}

function wordsOf(trouble: Trouble, { host, path }: Repository): Words {
  switch (trouble) {
    case 'unreachable':
      return {
        code: 'registry-unreachable',
        what: `the registry ${host} cannot be reached`,
        next: `${isLoopback(host) ? 'start it' : 'see that it runs and that this machine may connect to it'}, or name another registry; nothing was changed`,
      };
    case 'untrusted':
      return {
        code: 'registry-untrusted',
        what: `the registry ${host} shows a certificate that this machine does not trust`,
        next: 'set NODE_EXTRA_CA_CERTS to the file of the authority that signed it, and let Docker trust it too (/etc/docker/certs.d); nothing was changed',
      };
    case 'plain-http':
      return {
        code: 'registry-plain-http',
        what: `the registry ${host} speaks plain HTTP, where anybody on the way could read and change images and passwords`,
        next: 'give it a certificate; plain HTTP is spoken on this machine alone (127.0.0.1). Nothing was changed',
      };
    case 'unauthorized':
      return {
        code: 'registry-unauthorized',
        what: `the registry ${host} lets nobody in without the right credentials`,
        next: `\`docker login ${host}\`, then deploy again; nothing was changed`,
      };
    case 'denied':
      return {
        code: 'registry-denied',
        what: `the registry ${host} does not allow this user to push to ${path}`,
        next: `\`docker login ${host}\` anew (what ECR gives out holds for twelve hours), or give its user the right to pull from and push to it; nothing was changed`,
      };
    case 'repository-missing':
      return {
        code: 'repository-missing',
        what: `the registry ${host} has no repository ${path}, and makes none by itself`,
        next: 'make it there, then deploy again; nothing was changed',
      };
    case 'tag-immutable':
      return {
        code: 'tag-immutable',
        what: `the registry ${host} holds something else under the tag of this release, does not let it be replaced, and does not show it as an image`,
        next: 'delete that tag there, then deploy again; nothing was changed',
      };
    case 'disk-full':
      return {
        code: 'disk-full',
        what: `there is no space left for the image, in the registry ${host} or with Docker`,
        next: 'free some space and deploy again; nothing was changed',
      };
    case 'failing':
      return {
        code: 'registry-failing',
        what: `the registry ${host} fails`,
        next: 'look at its own log (a full disk shows there too), then deploy again; nothing was changed',
      };
  }
}
