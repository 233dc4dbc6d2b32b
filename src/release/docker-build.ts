import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Build } from '../app/environment.ts';
import { Refusal } from '../refusal.ts';
import type { BuiltImage, Image } from './build.ts';
import { runBuild } from './build-run.ts';
import { dockerSourceDigest, stageSource } from './docker-context.ts';
import { recall, remember } from './source-memory.ts';

export interface DockerBuildJob {
  readonly app: string;
  readonly service: string;
  readonly build: Extract<Build, { kind: 'docker' }>;
  readonly memory: string;
}

/** What decides whether a service must be built again: its Dockerfile, and all that is sent to Docker with it. */
export async function dockerSource(job: DockerBuildJob): Promise<string> {
  if (!existsSync(job.build.dockerfile)) throw dockerfileMissing(job);
  return dockerSourceDigest(job.build);
}

/** The image that this source was built into before, if Docker still has it. */
export async function findDockerImage(job: DockerBuildJob, source: string): Promise<Image | null> {
  const digest = await recall(job, source);
  if (digest === null) return null;
  const { failed } = await docker(['image', 'inspect', '--format', '{{.Id}}', digest]);
  return failed ? null : image(job, digest);
}

/** Builds the service's image from a copy of its context; the local daemon keeps it. */
export async function buildDockerImage(job: DockerBuildJob, signal?: AbortSignal): Promise<BuiltImage> {
  const { build, service } = job;
  if (!existsSync(build.dockerfile)) throw dockerfileMissing(job);
  await assertDocker(job);
  const folder = await mkdtemp(join(tmpdir(), 'fairway-build-'));
  try {
    const { staged, digest: source } = await stageSource(build, folder);
    const idFile = join(folder, 'image-id');
    const words = [
      '--force-rm',
      '--file',
      staged.dockerfile,
      '--tag',
      tagOf(job, source),
      '--iidfile',
      idFile,
    ];
    await runBuild({
      service,
      said: `docker build --file ${build.dockerfile} ${build.context}`,
      argv: ['docker', 'build', ...words, staged.context],
      cwd: build.context,
      // Where an image is told by its manifest, one with the time of its build in it would never be the same again.
      env: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
      ...(signal === undefined ? {} : { signal }),
    });
    const digest = (await readFile(idFile, 'utf8')).trim();
    return {
      ...image(job, digest),
      source,
      async remember() {
        await remember(job, source, digest);
        return true;
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Keeps the image from being cleared away as one that nobody names; what runs is told by its digest. */
function tagOf({ app, service }: DockerBuildJob, source: string): string {
  return `fairway.local/${app}/${service}:${source.slice(0, 12)}`;
}

function image({ app, service }: DockerBuildJob, digest: string): Image {
  return { digest, reference: `fairway.local/${app}/${service}@${digest}` };
}

async function docker(words: readonly string[]) {
  return execa('docker', words, { reject: false, stdin: 'ignore' });
}

async function assertDocker({ service, build }: DockerBuildJob): Promise<void> {
  const asked = await docker(['version', '--format', '{{.Server.Version}}']);
  if (!asked.failed) return;
  const missing = asked.code === 'ENOENT';
  throw new Refusal({
    code: 'docker-missing',
    what: `${service} is built with Docker, and no Docker answers`,
    where: `services.${service}.build.dockerfile: ${build.dockerfile}`,
    why: missing
      ? 'there is no `docker` on the PATH'
      : (asked.stderr.split('\n').findLast((line) => line.trim() !== '') ?? 'it does not say why'),
    next: missing
      ? 'install Docker, or give this environment a build by command, with the files to include; nothing was changed'
      : 'start Docker, or give this environment a build by command, with the files to include; nothing was changed',
  });
}

function dockerfileMissing({ service, build }: DockerBuildJob): Refusal {
  return new Refusal({
    code: 'dockerfile-missing',
    what: `the Dockerfile of ${service} is not there`,
    where: `services.${service}.build.dockerfile: ${build.dockerfile}`,
    next: 'correct `build.context` or `build.dockerfile` in fairway.config.ts; nothing was changed',
  });
}
