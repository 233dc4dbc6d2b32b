import type { Repository } from '../../repository/repository.ts';

/**
 * A registry as a release needs it. What it refuses, and what stays out of reach however often it is tried, rejects with a
 * `Refusal`; nothing has changed then but that some layers may be there already. Both calls may be repeated.
 */
export interface Registry {
  /** The digest (`sha256:…`) of what a tag names; null where there is no such tag, or no such repository. */
  digestOf(repository: Repository, tag: string): Promise<string | null>;
  /**
   * Uploads an image of the local Docker daemon, by its id, under a tag. A tag that somebody else has made meanwhile, and
   * that the registry does not let be changed, stays theirs.
   * @returns the digest of what the tag names now
   */
  push(image: string, repository: Repository, tag: string, signal?: AbortSignal): Promise<string>;
}
