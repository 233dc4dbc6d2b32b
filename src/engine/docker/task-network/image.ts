import { createHash } from 'node:crypto';
import { TaskStartError } from '../../tasks/runtime.ts';
import { textIn } from '../answer.ts';
import type { DockerClient } from '../client.ts';
import { failureIn, imageIdOf } from '../images.ts';
import { archiveOf } from './archive.ts';
import { architectures, waitingProgram } from './program.ts';

const path = 'hold-network';

/**
 * The image of the container that holds a task's network, by the daemon's id of it. It is made where it is not there, of nothing
 * but that one program: the daemon need not pull it. Its tag says what is in it.
 */
export async function holdingImage(docker: DockerClient): Promise<string> {
  const daemon = await docker.call('GET', '/version');
  const [system, machine] = [textIn(daemon, 'Os'), textIn(daemon, 'Arch')];
  const architecture = architectures.find((each) => each === machine);
  if (system !== 'linux' || architecture === undefined) throw notMadeFor(`${system}/${machine}`);
  const program = waitingProgram(architecture);
  const repository = 'fairway.local/task-network';
  const tag = createHash('sha256').update(program).digest('hex').slice(0, 12);
  const reference = `${repository}:${tag}`;
  const known = await imageIdOf(docker, reference);
  if (known !== null) return known;
  const answer = await docker.open('POST', '/images/create', {
    query: { fromSrc: '-', repo: repository, tag, changes: `ENTRYPOINT ["/${path}"]` },
    body: archiveOf(path, program),
  });
  const failure = await failureIn(answer);
  const made = await imageIdOf(docker, reference);
  if (made !== null) return made;
  throw new TaskStartError(
    'ResourceInitializationError',
    `Docker did not take the image ${reference}, which holds the network of a task: ${failure ?? 'it says no more'}`,
  );
}

function notMadeFor(platform: string): TaskStartError {
  return new TaskStartError(
    'ResourceInitializationError',
    `the containers of one task cannot share a network here: what holds it is made for ${architectures.map((each) => `linux/${each}`).join(' and ')}, and this Docker daemon runs ${platform}; with the network mode bridge each container of a task has a network to itself`,
  );
}
