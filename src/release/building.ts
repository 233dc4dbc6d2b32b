import { repositoryName, type Repository } from '../repository/repository.ts';
import { buildImage, findImage, sourceDigest, type BuildJob, type BuiltImage, type Image } from './build.ts';
import { buildDockerImage, dockerSource, findDockerImage, type DockerBuildJob } from './docker-build.ts';
import type { Registry } from './registry/registry.ts';

/** How a service becomes an image: by the app's own command, or by its Dockerfile. */
export type Building =
  | { readonly kind: 'command'; readonly job: BuildJob }
  | {
      readonly kind: 'docker';
      readonly job: DockerBuildJob;
      /** Null: the engine takes it from the local daemon. */
      readonly target: Target | null;
    };

/** Where an image goes, and where the engine gets it from. */
export interface Target {
  readonly registry: Registry;
  readonly repository: Repository;
}

/** What is there already of a source. */
export type Found =
  /** The engine can run it. */
  | { readonly kind: 'built'; readonly reference: string }
  /** It was built on this machine; the registry does not have it. */
  | { readonly kind: 'unpushed'; readonly image: Image; readonly repository: Repository }
  | { readonly kind: 'unbuilt'; readonly repository: Repository | null };

/** What decides whether it must be built again. */
export async function sourceOf(building: Building): Promise<string> {
  return building.kind === 'docker' ? dockerSource(building.job) : sourceDigest(building.job);
}

/** Looks for the image that this source was built into: on this machine, or, where there is one, first in the registry. */
export async function findBuilt(building: Building, source: string): Promise<Found> {
  const target = building.kind === 'docker' ? building.target : null;
  if (target !== null) {
    const digest = await target.registry.digestOf(target.repository, tagOf(source));
    if (digest !== null) return { kind: 'built', reference: referenceTo(target.repository, digest) };
  }
  const image = await (building.kind === 'docker'
    ? findDockerImage(building.job, source)
    : findImage(building.job, source));
  if (image === null) return { kind: 'unbuilt', repository: target?.repository ?? null };
  return target === null
    ? { kind: 'built', reference: image.reference }
    : { kind: 'unpushed', image, repository: target.repository };
}

/** Rejects with `BuildFailed` where the build itself does, with a refusal where it cannot begin. */
export async function build(building: Building, signal?: AbortSignal): Promise<BuiltImage> {
  return building.kind === 'docker'
    ? buildDockerImage(building.job, signal)
    : buildImage(building.job, signal);
}

/** @returns the reference by which the engine gets it */
export async function push(
  { registry, repository }: Target,
  image: Image,
  source: string,
  signal?: AbortSignal,
): Promise<string> {
  return referenceTo(repository, await registry.push(image.digest, repository, tagOf(source), signal));
}

/** By what it was made of, so that every machine looks for the same source under the same tag. */
function tagOf(source: string): string {
  return `source-${source}`;
}

function referenceTo(repository: Repository, digest: string): string {
  return `${repositoryName(repository)}@${digest}`;
}

/** For people. */
export function buildWords(building: Building): string {
  return building.kind === 'docker' ? 'docker build' : (building.job.build.command ?? 'snapshot');
}
