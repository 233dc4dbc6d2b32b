import { dockerClient } from '../../src/engine/docker/client.ts';
import type { DockerClient } from '../../src/engine/docker/client.ts';

/**
 * A client of the Docker daemon that answers here. Null where none does, and the tests that need it say that they are skipped;
 * in CI it may not be missing.
 */
export async function findDocker(): Promise<DockerClient | null> {
  const docker = dockerClient(process.env);
  try {
    await docker.call('GET', '/version');
    return docker;
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    if (process.env['CI'] === 'true') throw new Error(`${why}: .ci/run starts one`, { cause: failure });
    console.log(`skipped: what needs Docker: ${why}`);
    return null;
  }
}
