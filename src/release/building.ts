import { buildImage, findImage, sourceDigest, type BuildJob, type BuiltImage, type Image } from './build.ts';
import { buildDockerImage, dockerSource, findDockerImage, type DockerBuildJob } from './docker-build.ts';

/** How a service becomes an image: by the app's own command, or by its Dockerfile. */
export type Building =
  | { readonly kind: 'command'; readonly job: BuildJob }
  | { readonly kind: 'docker'; readonly job: DockerBuildJob };

/** What decides whether it must be built again. */
export async function sourceOf(building: Building): Promise<string> {
  return building.kind === 'docker' ? dockerSource(building.job) : sourceDigest(building.job);
}

/** The image that this source was built into before, if it still exists. */
export async function findBuilt(building: Building, source: string): Promise<Image | null> {
  return building.kind === 'docker' ? findDockerImage(building.job, source) : findImage(building.job, source);
}

/** Rejects with `BuildFailed` where the build itself does, with a refusal where it cannot begin. */
export async function build(building: Building, signal?: AbortSignal): Promise<BuiltImage> {
  return building.kind === 'docker'
    ? buildDockerImage(building.job, signal)
    : buildImage(building.job, signal);
}

/** For people. */
export function buildWords(building: Building): string {
  return building.kind === 'docker' ? 'docker build' : (building.job.build.command ?? 'snapshot');
}
